"""What one fact of many profiles may be, as arrays: numbers and days on a grid, everything else by codes.

What a grid cannot hold exactly it refuses; nothing is rounded, and nothing here knows a rule.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from policies.expressions import Constant, Expr
from policies.facts import Fact
from policies.known import Known
from policies.nodes import Leaf
from policies.operators import DAY_EDGES, OPERATORS
from policies.turning import SIGNS
from policies.values import Exact, Holding, Interval, Possible

Ints = NDArray[np.int64]
Signs = NDArray[np.int8]  # 1 met, 0 unknown, -1 not met
Steps = Sequence[Exact]
Ends = tuple[int | None, int | None]
_GRIDS = {"money": 100, "count": 1, "ratio": 10**12, "date": 1}  # how many points of the grid make one
_MOST = 2**62
_NO_LOW, _NO_HIGH = -(2**63), 2**63 - 1  # without end
_MOST_TABLES = 64
N = TypeVar("N", bound=np.signedinteger[Any])


class Cells(Protocol):
    """The possible values of many rows; what they refuse to hold is kept by the caller."""

    def write(self, row: int, possible: Possible) -> bool:
        """Whether it could be held."""

    def read(self, row: int) -> Possible:
        """What was written."""

    def grow(self, size: int) -> None:
        """Room for so many rows; new ones may be anything."""

    def judged(self, leaf: Leaf, rows: Ints, nobody: Known) -> Signs:
        """The verdict in each row of a leaf that can_judge; `nobody` says nothing, on the day of judging."""

    def grouped(self, rows: Ints, steps: Steps | None) -> list[Ints]:
        """Numbers for each row: where they are alike, rows are, or lie alike to the steps."""


def cells_for(fact: Fact, unknown: Possible, size: int) -> Cells:
    """Cells in which every row may be all that is `unknown`."""
    if isinstance(unknown, Interval):
        return NumberCells(_GRIDS[fact.type], unknown, size)
    return ChoiceCells(unknown, size)


def can_judge(leaf: Leaf, fact: Fact) -> bool:
    """Whether cells of the fact, which the leaf is over, judge it by themselves."""
    if fact.type not in _GRIDS or leaf.operator in DAY_EDGES:
        return True
    bounds = [one.value for one in cast(tuple[Expr, ...], leaf.operand) if isinstance(one, Constant)]
    return len(bounds) == len(cast(tuple[Expr, ...], leaf.operand)) and bounds == sorted(bounds)


def _window(leaf: Leaf, grid: int, day: date) -> tuple[int, int]:
    """The first and the last point of the grid that meet a leaf over one number or day."""
    if leaf.operator in DAY_EDGES:
        first, last = DAY_EDGES[leaf.operator](leaf.operand, day)
    else:
        bounds = (cast(Constant, one).value * grid for one in cast(tuple[Expr, ...], leaf.operand))
        first, last = _EDGES[leaf.operator](*bounds)
    return _NO_LOW if first is None else _near(first), _NO_HIGH if last is None else _near(last)


def _near(point: int) -> int:
    return max(-_MOST - 1, min(point, _MOST + 1))


_EDGES: Mapping[str, Callable[..., Ends]] = {
    "gt": lambda bound: (floor(bound) + 1, None),
    "gte": lambda bound: (ceil(bound), None),
    "lt": lambda bound: (None, ceil(bound) - 1),
    "lte": lambda bound: (None, floor(bound)),
    "between": lambda first, last: (ceil(first), floor(last)),
}


class NumberCells:
    """Intervals whose ends lie on a grid: `low` and `high`, int64 [rows]."""

    def __init__(self, grid: int, unknown: Interval, size: int) -> None:
        self._grid = grid
        self._unknown = _NO_LOW, _NO_HIGH
        self._low, self._high = np.zeros((2, 0), dtype=np.int64)
        self._unknown = cast(tuple[int, int], self._points(unknown))
        self.grow(size)

    def grow(self, size: int) -> None:
        """Room for so many rows; new ones may be anything."""
        self._low = _longer(self._low, size, self._unknown[0])
        self._high = _longer(self._high, size, self._unknown[1])

    def write(self, row: int, possible: Possible) -> bool:
        """False where an end lies between two points of the grid, or beyond it."""
        points = self._points(cast(Interval, possible))
        self._low[row], self._high[row] = points or self._unknown
        return points is not None

    def _points(self, value: Interval) -> tuple[int, int] | None:
        low = _NO_LOW if value.lo is None else self._point(value.lo)
        high = _NO_HIGH if value.hi is None else self._point(value.hi)
        return None if low is None or high is None else (low, high)

    def _point(self, end: Exact) -> int | None:
        point = end * self._grid
        return int(point) if point.denominator == 1 and abs(int(point)) <= _MOST else None

    def read(self, row: int) -> Possible:
        """The interval that was written."""
        low, high = int(self._low[row]), int(self._high[row])
        return Interval(
            None if low == _NO_LOW else self._value(low), None if high == _NO_HIGH else self._value(high)
        )

    def _value(self, point: int) -> Exact:
        return Fraction(point, self._grid) if point % self._grid else point // self._grid

    def judged(self, leaf: Leaf, rows: Ints, nobody: Known) -> Signs:
        """Met where all of the interval lies in the window of the leaf, not met where none does."""
        low, high = self._low[rows], self._high[rows]
        first, last = _window(leaf, self._grid, nobody.as_of)
        met, not_met = (low >= first) & (high <= last), (high < first) | (low > last)
        return met.astype(np.int8) - not_met.astype(np.int8)

    def grouped(self, rows: Ints, steps: Steps | None) -> list[Ints]:
        """The ends themselves, or where they lie: at, below or above each step, or without end."""
        ends = [self._low[rows], self._high[rows]]
        if steps is None:
            return ends
        points = [_near(floor(step * self._grid)) for step in steps]
        points += [_near(ceil(step * self._grid)) for step in steps]
        edges = np.array(sorted({*points, _NO_LOW, _NO_HIGH}), dtype=np.int64)
        return [np.searchsorted(edges, end) + np.searchsorted(edges, end, side="right") for end in ends]


class ChoiceCells:
    """Codes of the distinct possible values, int32 [rows]; 0 is that of what may be anything."""

    def __init__(self, unknown: Possible, size: int) -> None:
        self._values: list[Possible] = [unknown]
        self._codes_of: dict[Hashable, int] = {_key(unknown): 0}
        self._codes: NDArray[np.int32] = np.zeros(size, dtype=np.int32)
        self._tables: dict[Hashable, Signs] = {}

    def grow(self, size: int) -> None:
        """Room for so many rows; new ones may be anything."""
        self._codes = _longer(self._codes, size, 0)

    def write(self, row: int, possible: Possible) -> bool:
        """Always True."""
        key = _key(possible)
        code = self._codes_of.get(key)
        if code is None:
            if len(self._values) > 2 * len(self._codes) + 1:
                self._forget_unused()
            code = self._codes_of[key] = len(self._values)
            self._values.append(possible)
        self._codes[row] = code
        return True

    def _forget_unused(self) -> None:
        used, codes = np.unique(np.concatenate([[0], self._codes]), return_inverse=True)
        self._values = [self._values[code] for code in used]
        self._codes_of = {_key(value): code for code, value in enumerate(self._values)}
        self._codes = codes[1:].astype(np.int32)
        self._tables.clear()

    def read(self, row: int) -> Possible:
        """The value that was written."""
        return self._values[int(self._codes[row])]

    def judged(self, leaf: Leaf, rows: Ints, nobody: Known) -> Signs:
        """Each distinct value is judged once."""
        return self._table(leaf, nobody)[self._codes[rows]]

    def _table(self, leaf: Leaf, nobody: Known) -> Signs:
        key = leaf, nobody.as_of
        before = self._tables.pop(key, np.zeros(0, dtype=np.int8))
        test, operand = OPERATORS[leaf.operator].test, leaf.operand
        new = [SIGNS[test(value, operand, nobody)] for value in self._values[len(before) :]]
        if len(self._tables) >= _MOST_TABLES:
            self._tables.pop(next(iter(self._tables)))
        self._tables[key] = np.append(before, np.array(new, dtype=np.int8)) if new else before
        return self._tables[key]

    def grouped(self, rows: Ints, steps: Steps | None) -> list[Ints]:
        """The codes."""
        return [self._codes[rows].astype(np.int64)]


def _key(value: Possible) -> Hashable:
    if isinstance(value, Holding):
        return tuple(sorted(value.held.items(), key=lambda one: one[0])), value.not_held, value.complete
    return value


def _longer(array: NDArray[N], size: int, filled: int) -> NDArray[N]:
    return np.concatenate([array, np.full(size - len(array), filled, dtype=array.dtype)])
