"""Verdicts of leaves that no column judges by itself: of formulas, derived facts, bounds that are facts.

Rows in which all that a leaf looks at lies alike are judged once, by the operators; verdicts are kept.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from typing import cast

import numpy as np

from policies.column import Column
from policies.column_cells import Ints, Signs
from policies.derived import LooksAt
from policies.facts import Registry
from policies.given import Profile
from policies.known import FactCell, Known
from policies.nodes import Leaf, bounds_of
from policies.operators import verdict_of
from policies.turning import SIGNS
from policies.values import Possible

MOST_KEPT = 256  # leaves in a year or on a day
_NOT_YET = 2
ColumnAt = Callable[[FactCell], Column | None]


class Row(Known):
    """One row of the columns on the day of judging, as the operators see a profile."""

    def __init__(self, nobody: Known, row: int, column_at: ColumnAt) -> None:
        super().__init__(Profile(), nobody.registry, nobody.as_of)
        self._nobody, self._row, self._column_at = nobody, row, column_at

    def possible(self, fact: str, year: int | None) -> Possible:
        """What the fact may be; `year` counts from as_of's year."""
        if self.registry.facts[fact].derived:
            return self.registry.derive[fact].possible(self, year)
        column = self._column_at((fact, None if year is None else self.as_of.year + year))
        return self._nobody.possible(fact, year) if column is None else column.possible(self._row)


class KeptVerdicts:
    """The verdicts of each such leaf, of a year or of a day, worked out for the rows that are asked for."""

    def __init__(self, registry: Registry, column_at: ColumnAt) -> None:
        self._registry, self._column_at = registry, column_at
        self._kept: OrderedDict[Hashable, Signs] = OrderedDict()

    def forget(self, row: int) -> None:
        """The row has changed."""
        for signs in self._kept.values():
            if row < len(signs):
                signs[row] = _NOT_YET

    def judged(self, leaf: Leaf, rows: Ints, nobody: Known) -> Signs:
        """The verdict in each of the ascending rows."""
        if not len(rows):
            return np.zeros(0, dtype=np.int8)
        key = leaf, self._period(leaf, nobody.as_of)
        signs = self._kept.pop(key, np.zeros(0, dtype=np.int8))
        if (lacking := int(rows[-1]) + 1 - len(signs)) > 0:
            signs = np.append(signs, np.full(lacking, _NOT_YET, dtype=np.int8))
        waiting = rows[signs[rows] == _NOT_YET]
        if len(waiting):
            signs[waiting] = self._worked_out(leaf, waiting, nobody)
        self._kept[key] = signs
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return signs[rows]

    def _period(self, leaf: Leaf, day: date) -> date | int:
        """The day, or its year where the verdicts are those of every day of it."""
        facts = (fact for number in (leaf.subject, *bounds_of(leaf)) for fact, _ in number.facts())
        derive = self._registry.derive
        return day if any(fact in derive and derive[fact].daily for fact in facts) else day.year

    def _worked_out(self, leaf: Leaf, rows: Ints, nobody: Known) -> Signs:
        first, group = _alike(self._numbers(leaf, rows, nobody.as_of.year), len(rows))
        signs = [SIGNS[verdict_of(leaf, Row(nobody, row, self._column_at))] for row in rows[first].tolist()]
        return np.array(signs, dtype=np.int8)[group]

    def _numbers(self, leaf: Leaf, rows: Ints, year: int) -> list[Ints]:
        found: list[Ints] = []
        for (fact, back), steps in self._looked_at(leaf).items():
            column = self._column_at((fact, None if back is None else year + back))
            if column is not None:
                found += column.grouped(rows, steps)
        return found

    def _looked_at(self, leaf: Leaf) -> LooksAt:
        found: dict[FactCell, tuple[int, ...] | None] = {}
        for number in (leaf.subject, *bounds_of(leaf)):
            for fact, year in number.facts():
                derived = self._registry.facts[fact].derived
                below = self._registry.derive[fact].looks_at(year) if derived else {(fact, year): None}
                for at, steps in below.items():
                    known = found.get(at, ())
                    found[at] = None if known is None or steps is None else (*known, *steps)
        return found


def _alike(numbers: Sequence[Ints], size: int) -> tuple[Ints, Ints]:
    """The first of each group of rows in which all numbers are alike, and each row's group."""
    group, first = np.zeros(size, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for one in numbers:
        _, narrow = np.unique(one, return_inverse=True)
        both = group * (int(narrow.max()) + 1) + narrow
        _, first, group = np.unique(both, return_index=True, return_inverse=True)
    return cast(Ints, first), cast(Ints, group)
