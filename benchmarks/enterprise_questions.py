"""The questions of firm owners in tests/index/questions, read strictly: style, half and graded measures.

Never mixes the halves: `dev` is for tuning, `final` for the reported figure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from policies.faults import Refused
from policies.json_reading import read_json
from policies.reading import Pattern, Reader, Text, Word, read

QUESTIONS = Path(__file__).parents[1] / "tests" / "index" / "questions"
STYLES = ("everyday", "need", "official", "traditional", "english", "typo")
GRADES = (1, 2)
Half = Literal["dev", "final"]
HALVES: tuple[Half, ...] = ("dev", "final")

_MEMBERS: Mapping[str, Reader] = {
    "id": Pattern(r"q[0-9]{3}"),
    "text": Text(200, least=4),
    "style": Word(STYLES),
    "group": Text(40, least=3),
    "half": Word(HALVES),
}


class QuestionsRefused(ValueError):
    """The questions cannot be used; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a firm owner asks, and the measures that answer it: 2 itself, 1 in part."""

    id: str
    text: str
    style: str
    group: str
    half: Half
    relevant: Mapping[str, int]


def load_questions(half: Half, folder: Path = QUESTIONS) -> tuple[Question, ...]:
    """One half, in the order of the file. Raises QuestionsRefused."""
    file, found = folder / f"{half}.jsonl", dict[str, Question]()
    for number, line in enumerate(file.read_bytes().splitlines(), start=1):
        at = f"{file.name}:{number}"
        question = _question(line, at)
        if question.half != half:
            raise QuestionsRefused(f"{at}: belongs to the other half")
        if question.id in found:
            raise QuestionsRefused(f"{at}: {question.id} stands twice")
        found[question.id] = question
    return tuple(found.values())


def _question(line: bytes, at: str) -> Question:
    try:
        plain = read_json(line)
        if not isinstance(plain, dict) or set(plain) != {*_MEMBERS, "relevant"}:
            raise QuestionsRefused(f"{at}: not exactly {', '.join(_MEMBERS)}, relevant")
        members = {name: read(reader, plain[name], f"/{name}") for name, reader in _MEMBERS.items()}
    except Refused as reason:
        raise QuestionsRefused(f"{at}: {reason}") from reason
    return Question(**members, relevant=dict(_graded(plain["relevant"], at)))


def _graded(plain: Any, at: str) -> Iterator[tuple[str, int]]:
    if not isinstance(plain, dict):
        raise QuestionsRefused(f"{at}: relevant is no object")
    for name, grade in plain.items():
        if isinstance(grade, bool) or grade not in GRADES:
            raise QuestionsRefused(f"{at}: {name} is graded {grade!r}")
        yield name, grade
    if max(GRADES) not in plain.values():
        raise QuestionsRefused(f"{at}: no measure answers it itself")
