"""One fact of many profiles: cells in arrays once enough rows say something, single rows kept apart.

Says what a leaf over the fact means in many rows at once, exactly as the operators do.
"""

import numpy as np

from policies.column_cells import Cells, Ints, Signs, Steps, cells_for
from policies.facts import Fact
from policies.known import Known
from policies.nodes import Leaf
from policies.operators import OPERATORS
from policies.turning import SIGNS
from policies.values import Possible

SHARE = 16  # one row in so many says something before a fact of a year gets arrays


class Column:
    """One fact, in one year if it has years; a row that says nothing of it may be all that is `unknown`.

    No more rows than `most_apart`, or than one in SHARE, are kept apart before there are arrays.
    """

    def __init__(self, fact: Fact, unknown: Possible, size: int, most_apart: int) -> None:
        self.fact, self._unknown, self._size, self._most_apart = fact, unknown, size, most_apart
        self._cells: Cells | None = None
        self._apart: dict[int, Possible] = {}

    @property
    def in_arrays(self) -> bool:
        """Whether enough rows say something of it."""
        return self._cells is not None

    def put(self, row: int, possible: Possible) -> None:
        """What the fact may be in a row."""
        if self._cells is not None and self._cells.write(row, possible):
            self._apart.pop(row, None)
            return
        self._apart[row] = possible
        if self._cells is None and len(self._apart) > max(self._most_apart, self._size // SHARE):
            cells = self._cells = cells_for(self.fact, self._unknown, self._size)
            self._apart = {one: kept for one, kept in self._apart.items() if not cells.write(one, kept)}

    def clear(self, row: int) -> None:
        """The row says nothing of it any more."""
        self._apart.pop(row, None)
        if self._cells is not None:
            self._cells.write(row, self._unknown)

    def grow(self, size: int) -> None:
        """Room for so many rows."""
        self._size = size
        if self._cells is not None:
            self._cells.grow(size)

    def possible(self, row: int) -> Possible:
        """What the fact may be in a row."""
        if row in self._apart:
            return self._apart[row]
        return self._unknown if self._cells is None else self._cells.read(row)

    def judged(self, leaf: Leaf, rows: Ints, nobody: Known) -> Signs:
        """The verdict, in each of the ascending rows, of a leaf that cells can judge."""
        test, operand = OPERATORS[leaf.operator].test, leaf.operand
        if self._cells is None:
            sign = SIGNS[test(self._unknown, operand, nobody)]
            found = np.full(len(rows), sign, dtype=np.int8)
        else:
            found = self._cells.judged(leaf, rows, nobody)
        places, apart = self._apart_in(rows)
        found[places] = [SIGNS[test(value, operand, nobody)] for value in apart]
        return found

    def grouped(self, rows: Ints, steps: Steps | None) -> list[Ints]:
        """Numbers for each ascending row: where all are alike, rows are, or lie alike to the steps."""
        found = [] if self._cells is None else self._cells.grouped(rows, steps)
        places, _ = self._apart_in(rows)
        if len(places):
            alone = np.zeros(len(rows), dtype=np.int64)
            alone[places] = np.arange(1, len(places) + 1)
            found.append(alone)
        return found

    def _apart_in(self, rows: Ints) -> tuple[Ints, list[Possible]]:
        """Where in the rows some are kept apart, and their values."""
        if not self._apart or not len(rows):
            return np.zeros(0, dtype=np.int64), []
        apart = np.fromiter(self._apart, dtype=np.int64, count=len(self._apart))
        places = np.minimum(np.searchsorted(rows, apart), len(rows) - 1)
        there = rows[places] == apart
        return places[there], [self._apart[row] for row in apart[there].tolist()]
