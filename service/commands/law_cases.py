"""Law cases told by file and line: which case the rules contradict, what was expected, what decided.

Reads files and prints or raises; stores nothing and changes no document.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from policies.documents import Document, read_document
from policies.facts import china
from policies.faults import Refused
from policies.law_cases import Outcome, lacking, read_cases, run_case
from policies.yaml_reading import Yaml, read_yaml
from service.commands.fault import Fault
from service.publishing.importing import LAW_TESTS

Lang = Literal["zh", "en"]
_WORDS: Mapping[Lang, Mapping[str, str]] = {
    "zh": {
        "agree": "与规则相符的判例 {count} 个",
        "alone": "旁边没有可读的文件",
        "lacking": "缺少结论为 {kinds} 的判例",
        "or": "、",
        "differs": "{name}：应为 {expected}，实为 {got}；起决定作用的是：{told}",
    },
    "en": {
        "agree": "law cases that agree with the rules: {count}",
        "alone": "no readable document beside it",
        "lacking": "no case that is {kinds}",
        "or": " or ",
        "differs": "{name}: expected {expected}, got {got}; decided by: {told}",
    },
}
_DOCUMENT_ENDINGS = (".yaml", ".yml", ".json")


def cases_below(path: Path) -> list[Path]:
    """The files of cases at a path, by name."""
    if path.is_dir():
        return sorted(path.rglob(f"*{LAW_TESTS}"))
    return [path] if path.name.endswith(LAW_TESTS) else []


def check_cases(
    files: Iterable[Path], documents: Mapping[Path, Document], lang: Lang, strict: bool
) -> Iterator[str]:
    """A line for each file and each measure without all three verdicts. Raises Fault with all faults.

    `documents` are those already read, by file; `strict` makes a fault of what a measure lacks.
    """
    wrong: list[str] = []
    for file in files:
        count, failing, absent = _checked(file, documents, lang)
        wrong += failing + (absent if strict else [])
        yield from () if strict else absent
        if count is not None and not failing:
            yield f"{file}: {_WORDS[lang]['agree'].format(count=count)}"
    if wrong:
        raise Fault(*wrong)


def _checked(
    file: Path, documents: Mapping[Path, Document], lang: Lang
) -> tuple[int | None, list[str], list[str]]:
    """How many cases there are, None where they cannot be read; what is wrong; what is absent."""
    document = _document_beside(file, documents)
    if document is None:
        return None, [f"{file}: {_WORDS[lang]['alone']}"], []
    try:
        content = read_yaml(file.read_bytes())
    except Refused as refused:
        return None, [f"{file}: {fault.line(lang)}" for fault in refused.faults], []
    try:
        cases = read_cases(content.value, document, china())
    except Refused as refused:
        lines = [f"{file}:{content.line(f.pointer)}: {f.line(lang)}" for f in refused.faults]
        return None, lines, []
    failing = [line for case in cases for line in _differences(file, content, run_case(case, china()), lang)]
    words = _WORDS[lang]
    absent = [
        f"{file}: {document.id}.{key}: {words['lacking'].format(kinds=words['or'].join(kinds))}"
        for key, kinds in lacking(document, cases).items()
    ]
    return len(cases), failing, absent


def _document_beside(file: Path, documents: Mapping[Path, Document]) -> Document | None:
    stem = file.name.removesuffix(LAW_TESTS)
    for ending in _DOCUMENT_ENDINGS:
        beside = file.with_name(stem + ending)
        if beside.is_file():
            try:
                return documents.get(beside) or read_document(read_yaml(beside.read_bytes()).value, china())
            except Refused:
                return None
    return None


def _differences(file: Path, content: Yaml, outcome: Outcome, lang: Lang) -> Iterator[str]:
    by_path = {each.path: each for each in outcome.judgement.conditions}
    told = [f"{at} {by_path[at].text} ({by_path[at].verdict})" for at in outcome.decided_by if at in by_path]
    for each in outcome.differences:
        differs = _WORDS[lang]["differs"].format(
            name=each.name, expected=each.expected, got=each.got, told="; ".join(told) or "-"
        )
        yield f"{file}:{content.line(outcome.case.at)}: {outcome.case.at}: {outcome.case.case}: {differs}"
