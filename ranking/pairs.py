"""Graded (firm, measure) pairs: read strictly, and joined with features into one table for training.

A grade is a person's reading by ranking/judgements/GUIDELINE.md; nothing here makes or changes one.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from policies.faults import Refused
from policies.json_reading import read_json
from policies.reading import Number, Object, Text, Word, read
from ranking.features import NAMES, Floats

JUDGEMENTS = Path(__file__).parent / "judgements"
Split = Literal["seen", "unseen"]
SPLITS: tuple[Split, ...] = ("seen", "unseen")
BEST = 3

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
    try:
        lines = file.read_bytes().splitlines()
    except OSError as reason:
        raise PairsRefused(str(reason)) from reason
    for number, line in enumerate(lines, start=1):
        if line.strip():
            at = f"{file.name}:{number}"
            try:
                yield at, Judgement(**read(_LINE, read_json(line)))
            except Refused as reason:
                raise PairsRefused(f"{at}: {reason}") from reason


@dataclass(frozen=True, slots=True)
class GradedTable:
    """Pairs with their features, as serving computes them on `as_of`; one row a pair."""

    x: Floats
    """float64 [n, len(FEATURES)]."""
    grades: NDArray[np.int64]
    firms: tuple[str, ...]
    measures: tuple[str, ...]
    unseen: NDArray[np.bool_]
    as_of: date

    def __post_init__(self) -> None:
        n = len(self.grades)
        if self.x.shape != (n, len(NAMES)) or {len(self.firms), len(self.measures), len(self.unseen)} != {n}:
            raise ValueError("the columns of graded pairs differ in length, or the features in number")

    def rows(self, chosen: NDArray[np.bool_]) -> "GradedTable":
        """The chosen rows, in the order of firm, then measure: what is learned hangs on no order of lines."""
        order = sorted(np.flatnonzero(chosen).tolist(), key=lambda i: (self.firms[i], self.measures[i]))
        return GradedTable(
            self.x[order],
            self.grades[order],
            tuple(self.firms[i] for i in order),
            tuple(self.measures[i] for i in order),
            self.unseen[order],
            self.as_of,
        )

    def groups(self) -> NDArray[np.int64]:
        """int64 [n]: the number of each row's firm, firms counted in the order of their ids."""
        numbers = {firm: number for number, firm in enumerate(sorted(set(self.firms)))}
        return np.array([numbers[firm] for firm in self.firms], dtype=np.int64)

    def sha256(self) -> str:
        """The checksum of everything that is learned from, whatever the order of rows."""
        whole = self.rows(np.ones(len(self.grades), dtype=np.bool_))
        digest = hashlib.sha256(json.dumps([whole.firms, whole.measures, str(whole.as_of)]).encode())
        for column in (whole.x + 0.0, whole.grades, whole.unseen):
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()
