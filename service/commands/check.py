"""`huiqi check`: documents read as an import would read them, each fault with its file, line and pointer.

Needs no service and no database; stores nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from policies.documents import Document
from policies.facts import china
from policies.faults import Fault as Wrong
from policies.faults import Refused
from policies.yaml_reading import read_yaml
from service.commands.fault import Fault
from service.commands.language import IN_WORDS, Language, of_the_terminal
from service.commands.law_cases import cases_below, check_cases
from service.publishing.importing import LAW_TESTS, NDJSON, Placed, Source, read_sources, sources_of
from service.publishing.warned import doubts_of

Place = Callable[[str], int | None]
_WORDS: Mapping[Language, Mapping[str, str]] = {
    Language.ZH: {
        "none": "这里没有文件",
        "measures": "{n} 项措施",
        "sound": "{n} 份文件，没有错误",
        "warning": "提醒",
    },
    Language.EN: {
        "none": "no documents here",
        "measures": "{n} measure{s}",
        "sound": "{n} document{s} without a fault",
        "warning": "warning",
    },
}


def run(
    path: Annotated[Path, typer.Argument(help="A document (.yaml .yml .json .ndjson), or a folder of them.")],
    lang: Annotated[
        Language | None, typer.Option(help="The language of the sentences; else the terminal's.")
    ] = None,
    strict: Annotated[bool, typer.Option(help="A verdict without a law case is a fault.")] = False,
) -> None:
    """Check documents and law cases: every fault with file, line, pointer and code; exit 1 for any.

    Warnings are told beside them and fail nothing.
    """
    language = lang or of_the_terminal()
    wrong: list[str] = []
    documents: dict[Path, Document] = {}
    if not path.name.endswith(LAW_TESTS):
        try:
            documents = _check_documents(path, language)
        except Fault as fault:
            wrong += fault.lines
    try:
        for told in check_cases(cases_below(path), documents, language.value, strict):
            print(told)
    except Fault as fault:
        wrong += fault.lines
    if wrong:
        raise Fault(*wrong)


def _check_documents(path: Path, lang: Language) -> dict[Path, Document]:
    """The documents by file, but for files that hold a list of them."""
    sources = sources_of(path)
    if not sources:
        raise Fault(f"{path}: {_WORDS[lang]['none']} (.yaml .yml .json .ndjson)")
    try:
        placed = read_sources(sources, china())
    except Refused as refused:
        raise Fault(*lines(refused, sources, lang)) from None
    for each in placed:
        print(_described(each, lang))
    for line in _warnings(placed, sources, lang):
        print(line)
    print(_counted("sound", len(placed), lang))
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
        yield f"{_where(file, place(doubt.pointer))}: {_WORDS[lang]['warning']}: {doubt.line(IN_WORDS[lang])}"


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


def _described(each: Placed, lang: Language) -> str:
    document = each.document
    measures = _counted("measures", len(document.measures), lang)
    return f"{each.file}: {document.id}: {measures}, {document.provenance}, {document.in_force}"


def _counted(what: str, number: int, lang: Language) -> str:
    return _WORDS[lang][what].format(n=number, s="" if number == 1 else "s")
