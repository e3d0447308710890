"""What a ranker is trained from: features, grades and groups; where behaviour was logged, place and time.

One table whatever the source; it computes no feature and makes no grade.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranking.features import NAMES, Floats

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
_OPTIONAL = ("positions", "weights", "at")


@dataclass(frozen=True, slots=True)
class GradedTable:
    """One row a pair, as serving computed it; `firms` names the group (a firm, or a request of behaviour)."""

    x: Floats
    """float64 [n, len(FEATURES)]."""
    grades: Ints
    firms: tuple[str, ...]
    measures: tuple[str, ...]
    unseen: Bools
    """Rows of groups that only judge: no model is trained on them."""
    as_of: date
    positions: Ints | None = None
    """Where each row was shown, from 0: what position bias is corrected by."""
    weights: Floats | None = None
    at: Ints | None = None
    """When each row was shown, whole seconds; then what came later is held out from what came before."""
    segments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of a segment → the group of firms that each row belongs to; only for the report."""

    def __post_init__(self) -> None:
        n = len(self.grades)
        columns = (self.firms, self.measures, self.unseen, *self.segments.values(), *self._given().values())
        if self.x.shape != (n, len(NAMES)) or {len(column) for column in columns} != {n}:
            raise ValueError("the columns of graded pairs differ in length, or the features in number")

    def _given(self) -> dict[str, NDArray[Any]]:
        every = {name: getattr(self, name) for name in _OPTIONAL}
        return {name: column for name, column in every.items() if column is not None}

    @property
    def cold_start(self) -> bool:
        """True where nothing that enterprises did is learned from."""
        return self.positions is None

    def rows(self, chosen: Bools) -> "GradedTable":
        """The chosen rows, in the order of firm, then measure: what is learned hangs on no order of lines."""
        order = sorted(np.flatnonzero(chosen).tolist(), key=lambda i: (self.firms[i], self.measures[i]))
        picked: dict[str, Any] = {
            name: column[order]
            for name, column in {
                "x": self.x, "grades": self.grades, "unseen": self.unseen, **self._given(),
            }.items()
        }  # fmt: skip
        names: dict[str, Any] = {
            name: tuple(getattr(self, name)[i] for i in order) for name in ("firms", "measures")
        }
        segments = {name: tuple(words[i] for i in order) for name, words in self.segments.items()}
        return replace(self, **picked, **names, segments=segments)

    def groups(self) -> Ints:
        """int64 [n]: the number of each row's firm, firms counted in the order of their ids."""
        numbers = {firm: number for number, firm in enumerate(sorted(set(self.firms)))}
        return np.array([numbers[firm] for firm in self.firms], dtype=np.int64)

    def sha256(self) -> str:
        """The checksum of everything that is learned from, whatever the order of rows."""
        whole = self.rows(np.ones(len(self.grades), dtype=np.bool_))
        given = whole._given()
        head = [whole.firms, whole.measures, str(whole.as_of), sorted(given)]
        digest = hashlib.sha256(json.dumps(head).encode())
        columns = (whole.x + 0.0, whole.grades, whole.unseen, *(given[name] for name in sorted(given)))
        for column in columns:
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()


def later(table: GradedTable, share: float) -> Bools:
    """bool [n]: rows of the last groups by time, at least one and at most `share` of all groups.

    Raises ValueError for a table without times. Groups of one instant go by their names.
    """
    if table.at is None:
        raise ValueError("nothing says when these rows were shown")
    first: dict[str, int] = {}
    for firm, at in zip(table.firms, table.at.tolist(), strict=True):
        first[firm] = min(first.get(firm, at), at)
    in_order = sorted(first, key=lambda firm: (first[firm], firm))
    last = set(in_order[len(in_order) - max(1, int(len(in_order) * share)) :])
    return np.array([firm in last for firm in table.firms], np.bool_)
