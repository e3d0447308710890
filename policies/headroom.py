"""How near what speaks for a measure is to failing: the smallest relative headroom of its numbers and dates.

A figure for ordering only, in binary floats; it decides no verdict and looks at nothing about people.
"""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from policies.expressions import Constant, Expr
from policies.facts import Registry
from policies.known import Known
from policies.mask import Marks
from policies.mask_layout import Layout
from policies.nodes import Leaf
from policies.operators import DAY_EDGES
from policies.values import Interval

Floats = NDArray[np.float64]
# Half of the headroom that a date can have: what lies a year off is as far again from failing.
YEAR_DAYS = 365.0
_LEAST = ("gt", "gte", "between")
_MOST = ("lt", "lte", "between")


class Headroom:
    """The conditions of a book that compare a number or a date with a bound as written.

    Left out: bounds that are figures of the firm themselves, and facts that are sensitive (about people).
    """

    def __init__(self, layout: Layout, registry: Registry) -> None:
        self._layout = layout
        subjects: dict[Expr, int] = {}
        self._leaves: list[Leaf] = []
        row_of = np.full(len(layout.distinct), -1, np.int64)
        for place, leaf in enumerate(layout.distinct):
            if isinstance(leaf, Leaf) and _counts(leaf, registry):
                row_of[place] = len(self._leaves)
                self._leaves.append(leaf)
                subjects.setdefault(leaf.subject, len(subjects))
        self._subjects = tuple(subjects)
        self._on: tuple[date, Floats, Floats] | None = None
        self._subject = np.array([subjects[leaf.subject] for leaf in self._leaves], np.int64)
        self._is_day = np.array([leaf.operator in DAY_EDGES for leaf in self._leaves], np.bool_)
        rows = row_of[layout.columns]
        self._slots = np.flatnonzero(rows >= 0)
        self._rows = rows[self._slots]

    def of(self, marks: Marks) -> Floats:
        """float64 [rules], 0 (at the bound) … 1; NaN where no such condition speaks for the measure."""
        found = np.full(len(self._layout.roots), np.inf)
        verdicts = marks.at_leaves[self._slots]
        speaks = verdicts * self._layout.turns[self._slots] == 1
        if speaks.any():
            met, failed = self._margins(marks.known)
            margins = np.where(verdicts == 1, met[self._rows], failed[self._rows])
            chosen = speaks & np.isfinite(margins)
            np.minimum.at(found, self._layout.owners[self._slots][chosen], margins[chosen])
        found[np.isinf(found)] = np.nan
        return found

    def _margins(self, known: Known) -> tuple[Floats, Floats]:
        """How far each condition is from failing where it is met, and from being met where it is not."""
        ends = [cast(Interval, subject.possible(known)) for subject in self._subjects]
        low = np.array([-np.inf if end.lo is None else float(end.lo) for end in ends])[self._subject]
        high = np.array([np.inf if end.hi is None else float(end.hi) for end in ends])[self._subject]
        least, most = self._bounds(known.as_of)
        with np.errstate(invalid="ignore"):
            met = np.fmin(self._relative(low, least), self._relative(most, high))
            failed = np.fmax(self._relative(least, high), self._relative(low, most))
        return met, failed

    def _relative(self, above: Floats, below: Floats) -> Floats:
        """(above - below) against the larger of both; of days against themselves and a year."""
        gap = above - below
        size = np.where(self._is_day, np.abs(gap) + YEAR_DAYS, np.maximum(np.abs(above), np.abs(below)))
        share = np.divide(gap, size, out=np.zeros(len(gap)), where=size > 0)
        return np.minimum(np.where(np.isfinite(share), share, np.nan), 1.0)

    def _bounds(self, day: date) -> tuple[Floats, Floats]:
        """Lower and upper bound of each condition; those of the day asked for last are kept."""
        kept = self._on
        if kept is None or kept[0] != day:
            least, most = (bounds.copy() for bounds in self._written)
            for row in np.flatnonzero(self._is_day).tolist():
                leaf = self._leaves[row]
                first, last = DAY_EDGES[leaf.operator](leaf.operand, day)
                least[row] = -np.inf if first is None else first
                most[row] = np.inf if last is None else last
            kept = self._on = day, least, most
        return kept[1:]

    @cached_property
    def _written(self) -> tuple[Floats, Floats]:
        ends = [list(_constants(leaf)) if leaf.operator not in DAY_EDGES else [] for leaf in self._leaves]
        pairs = list(zip(self._leaves, ends, strict=True))
        least = [values[0] if leaf.operator in _LEAST else -np.inf for leaf, values in pairs]
        most = [values[-1] if leaf.operator in _MOST else np.inf for leaf, values in pairs]
        return np.array(least, np.float64), np.array(most, np.float64)


def _counts(leaf: Leaf, registry: Registry) -> bool:
    facts = [registry.facts[fact] for fact, _ in leaf.subject.facts()]
    if any(fact.sensitivity == "sensitive" for fact in facts):
        return False
    if leaf.operator in DAY_EDGES:
        return True
    numbers = leaf.operator in (*_LEAST, *_MOST)
    return numbers and len(list(_constants(leaf))) == len(cast(tuple[Expr, ...], leaf.operand))


def _constants(leaf: Leaf) -> Iterator[float]:
    return (float(b.value) for b in cast(tuple[Expr, ...], leaf.operand) if isinstance(b, Constant))
