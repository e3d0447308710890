"""Graded (firm, measure) pairs, read strictly, each with its line when it is faulty.

A grade is a person's reading by ranking/judgements/GUIDELINE.md; nothing here makes or changes one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from policies.faults import Refused
from policies.json_reading import read_json
from policies.reading import Number, Object, Text, Word, read

JUDGEMENTS = Path(__file__).parent / "judgements"
Split = Literal["seen", "unseen"]
SPLITS: tuple[Split, ...] = ("seen", "unseen")
BEST = 3
SECOND = "second.jsonl"
FIRMS = "firms.jsonl"

_LINE = Object(
    {
        "enterprise": Text(64, least=1),
        "measure": Text(161, least=3),
        "grade": Number(0, BEST, places=0),
        "reason": Text(500, least=1),
        "split": Word(SPLITS),
    },
    required=("enterprise", "measure", "grade", "reason", "split"),
)


class PairsRefused(ValueError):
    """The graded pairs cannot be used; the message names file and line, or what is lacking."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How useful one measure is to one firm, 0 … 3, and why."""

    enterprise: str
    measure: str
    grade: int
    reason: str
    split: Split


def load_judgements(folder: Path = JUDGEMENTS) -> list[Judgement]:
    """All pairs of seen.jsonl, then unseen.jsonl. Raises PairsRefused, also for a firm in both."""
    pairs: list[Judgement] = []
    split_of: dict[str, Split] = {}
    graded: set[tuple[str, str]] = set()
    for split in SPLITS:
        for at, pair in _lines(folder / f"{split}.jsonl"):
            if pair.split != split or split_of.setdefault(pair.enterprise, split) != split:
                raise PairsRefused(f"{at}: {pair.enterprise} belongs to the other split")
            if (pair.enterprise, pair.measure) in graded:
                raise PairsRefused(f"{at}: {pair.enterprise} and {pair.measure} were graded before")
            graded.add((pair.enterprise, pair.measure))
            pairs.append(pair)
    return pairs


def _lines(file: Path) -> Iterator[tuple[str, Judgement]]:
    for at, line in _objects(file):
        try:
            yield at, Judgement(**read(_LINE, line))
        except Refused as reason:
            raise PairsRefused(f"{at}: {reason}") from reason


def _objects(file: Path) -> Iterator[tuple[str, Any]]:
    """What each line holds, with its place; empty lines hold nothing."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError as reason:
        raise PairsRefused(str(reason)) from reason
    for number, line in enumerate(lines, start=1):
        if line.strip():
            at = f"{file.name}:{number}"
            try:
                yield at, read_json(line)
            except Refused as reason:
                raise PairsRefused(f"{at}: {reason}") from reason


_SECOND_LINE = Object(
    {
        "enterprise": Text(64, least=1),
        "measure": Text(161, least=3),
        "grade": Number(0, BEST, places=0),
    },
    required=("enterprise", "measure", "grade"),
)
FIRM_MEMBERS = ("id", "name", "credit_code", "text", "facts", "answers")


def load_second(first: Sequence[Judgement], folder: Path = JUDGEMENTS) -> list[tuple[Judgement, int]]:
    """Every pair of second.jsonl as it was graded first, and its second grade. Raises PairsRefused."""
    known = {(pair.enterprise, pair.measure): pair for pair in first}
    again: dict[tuple[str, str], int] = {}
    for at, line in _objects(folder / SECOND):
        try:
            row = read(_SECOND_LINE, line)
        except Refused as reason:
            raise PairsRefused(f"{at}: {reason}") from reason
        name = (row["enterprise"], row["measure"])
        if name not in known or name in again:
            fault = "were not graded a first time" if name not in known else "stand twice"
            raise PairsRefused(f"{at}: {name[0]} and {name[1]} {fault}")
        again[name] = row["grade"]
    return [(known[name], grade) for name, grade in again.items()]


def load_firms(folder: Path = JUDGEMENTS) -> list[dict[str, Any]]:
    """The judged firms of firms.jsonl, as bodies of PUT with their `id`; their facts are not looked at here.

    Raises PairsRefused for a line that is no such firm, and for an id that stands twice.
    """
    firms: dict[str, dict[str, Any]] = {}
    for at, firm in _objects(folder / FIRMS):
        if not isinstance(firm, dict) or set(firm) != set(FIRM_MEMBERS):
            raise PairsRefused(f"{at}: a firm has exactly {', '.join(FIRM_MEMBERS)}")
        if not isinstance(firm["id"], str) or firm["id"] in firms:
            raise PairsRefused(f"{at}: the id is no text, or stands twice")
        firms[firm["id"]] = firm
    return list(firms.values())
