"""`huiqi check`: documents read as an import would read them, each fault with its file, line and pointer.

Needs no service and no database; stores nothing.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from policies.documents import Document
from policies.facts import china
from policies.faults import Fault as Wrong
from policies.faults import Refused
from policies.yaml_reading import read_yaml
from service.commands.fault import Fault
from service.commands.language import IN_WORDS, Language
from service.commands.law_cases import cases_below, check_cases
from service.publishing.importing import LAW_TESTS, NDJSON, Placed, Source, read_sources, sources_of
from service.publishing.warned import doubts_of

Place = Callable[[str], int | None]


def run(
    path: Annotated[Path, typer.Argument(help="A document (.yaml .yml .json .ndjson), or a folder of them.")],
    lang: Annotated[Language, typer.Option(help="The language of the sentences.")] = Language.ZH,
    strict: Annotated[bool, typer.Option(help="A verdict without a law case is a fault.")] = False,
) -> None:
    """Check documents and law cases: every fault with file, line, pointer and code; exit 1 for any.

    Warnings are told beside them and fail nothing.
    """
    documents = {} if path.name.endswith(LAW_TESTS) else _check_documents(path, lang)
    for told in check_cases(cases_below(path), documents, lang.value, strict):
        print(told)


def _check_documents(path: Path, lang: Language) -> dict[Path, Document]:
    """The documents by file, but for files that hold a list of them."""
    sources = sources_of(path)
    if not sources:
        raise Fault(f"{path}: no documents here (.yaml .yml .json .ndjson)")
    try:
        placed = read_sources(sources, china())
    except Refused as refused:
        raise Fault(*lines(refused, sources, lang)) from None
    for each in placed:
        print(_described(each))
    for line in _warnings(placed, sources, lang):
        print(line)
    print(f"{_count(len(placed), 'document')} without a fault")
    return {Path(each.file): each.document for each in placed if each.file and not each.at}


def lines(refused: Refused, sources: list[Source], lang: Language) -> list[str]:
    """`file:line: pointer: code: sentence` for each fault, in the order of the files and of their content."""
    places = {source.file: _places(source) for source in sources}
    return [_line(fault, places[fault.params["file"]], lang) for fault in refused.faults]


def _warnings(placed: list[Placed], sources: list[Source], lang: Language) -> Iterator[str]:
    """`file:line: warning: pointer: code: sentences` for each, which refuse nothing."""
    places: dict[str | None, Place] = {}
    of_file = {source.file: source for source in sources}
    for file, doubt in doubts_of(placed, china()):
        place = places.get(file) or places.setdefault(file, _places(of_file[file]))
        yield f"{_where(file, place(doubt.pointer))}: warning: {doubt.line(IN_WORDS[lang])}"


def _line(fault: Wrong, place: Place, lang: Language) -> str:
    return f"{_where(fault.params['file'], place(fault.pointer))}: {fault.line(lang.value)}"


def _where(file: str | None, number: int | None) -> str:
    return f"{file}" if number is None else f"{file}:{number}"


def _places(source: Source) -> Place:
    """Where each value of the file begins. JSON is read as the YAML that it is, NDJSON as its lines."""
    if source.kind == NDJSON:
        filled = [n for n, line in enumerate(source.content.split(b"\n"), start=1) if line.strip()]
        return lambda at: filled[int(at.split("/")[1])] if at else None
    try:
        return read_yaml(source.content).line
    except Refused:
        return lambda _at: None


def _described(each: Placed) -> str:
    document = each.document
    measures = _count(len(document.measures), "measure")
    return f"{each.file}: {document.id}: {measures}, {document.provenance}, {document.in_force}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
