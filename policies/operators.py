"""What each operator of a leaf means: its types of fact, and when all or none of the possible values meet it.

Tests answer True (all meet it), False (none does) or None (some may). They never look at a clock.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from policies.expressions import Expr
from policies.facts import NUMBERS
from policies.known import Known
from policies.nodes import Ago, Area, Leaf, Operand
from policies.spans import Leaves
from policies.values import Holding, Interval, Possible

Verdict = bool | None
Test = Callable[[Possible, Operand, Known], Verdict]
OperandKind = Literal["area", "value", "values", "bound", "bounds", "day", "ago", "codes"]


@dataclass(frozen=True)
class Operator:
    """An operator: the types of fact that it stands on, how its operand is written, and its test."""

    types: tuple[str, ...]
    operand: OperandKind
    test: Test


def verdict_of(leaf: Leaf, known: Known) -> Verdict:
    """The leaf's own verdict: True met, False not met, None unknown."""
    return OPERATORS[leaf.operator].test(leaf.subject.possible(known), leaf.operand, known)


def counted_back(day: date, ago: Ago) -> date:
    """The day `ago` before `day`, clamped to the month's end and to the first day of the calendar."""
    if ago.unit == "days":
        return date.fromordinal(max(1, day.toordinal() - ago.n))
    months = day.year * 12 + day.month - 1 - ago.n * (12 if ago.unit == "years" else 1)
    year, month = divmod(months, 12)
    if year < 1:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _within(possible: Possible, operand: Operand, _: Known) -> Verdict:
    area, mine = cast(Area, operand).leaves, cast(Leaves, possible)
    if area.covers(mine):
        return True
    return None if area.meets(mine) else False


def _among(possible: Possible, operand: Operand, _: Known) -> Verdict:
    mine, wanted = cast(frozenset[str | bool], possible), cast(frozenset[str | bool], operand)
    if mine <= wanted:
        return True
    return False if mine.isdisjoint(wanted) else None


def _gt(possible: Possible, operand: Operand, known: Known) -> Verdict:
    return _less(_bound(operand, 0, known), cast(Interval, possible))


def _gte(possible: Possible, operand: Operand, known: Known) -> Verdict:
    return _not(_less(cast(Interval, possible), _bound(operand, 0, known)))


def _lt(possible: Possible, operand: Operand, known: Known) -> Verdict:
    return _less(cast(Interval, possible), _bound(operand, 0, known))


def _lte(possible: Possible, operand: Operand, known: Known) -> Verdict:
    return _not(_less(_bound(operand, 0, known), cast(Interval, possible)))


def _between(possible: Possible, operand: Operand, known: Known) -> Verdict:
    mine = cast(Interval, possible)
    first, last = _bound(operand, 0, known), _bound(operand, 1, known)
    if _less(mine, first) is False and _less(last, mine) is False:
        return True
    impossible = _less(mine, first) or _less(last, mine) or _less(last, first)
    return False if impossible else None


def _bound(operand: Operand, index: int, known: Known) -> Interval:
    return cast(Interval, cast(tuple[Expr, ...], operand)[index].possible(known))


def _less(a: Interval, b: Interval) -> Verdict:
    """Whether every, no or some value of `a` is less than one of `b`."""
    if a.hi is not None and b.lo is not None and a.hi < b.lo:
        return True
    if a.lo is not None and b.hi is not None and a.lo >= b.hi:
        return False
    return None


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


def _day_test(operator: str) -> Test:
    edges = DAY_EDGES[operator]

    def test(possible: Possible, operand: Operand, known: Known) -> Verdict:
        return _inside(cast(Interval, possible), *edges(operand, known.as_of))

    return test


def _inside(mine: Interval, low: int | None, high: int | None) -> Verdict:
    above = low is None or (mine.lo is not None and mine.lo >= low)
    below = high is None or (mine.hi is not None and mine.hi <= high)
    if above and below:
        return True
    too_early = low is not None and mine.hi is not None and mine.hi < low
    too_late = high is not None and mine.lo is not None and mine.lo > high
    return False if too_early or too_late else None


def _day(operand: Operand) -> int:
    return cast(date, operand).toordinal()


def _edge(operand: Operand, as_of: date) -> int:
    return counted_back(as_of, cast(Ago, operand)).toordinal()


# The first and the last day that meet an operator, as ordinals; None without end.
DAY_EDGES: Mapping[str, Callable[[Operand, date], tuple[int | None, int | None]]] = {
    "before": lambda day, _: (None, _day(day) - 1),
    "after": lambda day, _: (_day(day) + 1, None),
    "on_or_before": lambda day, _: (None, _day(day)),
    "on_or_after": lambda day, _: (_day(day), None),
    "within_last": lambda ago, as_of: (_edge(ago, as_of), as_of.toordinal()),
    "at_least_ago": lambda ago, as_of: (None, _edge(ago, as_of)),
}


def _held(possible: Possible, operand: Operand, known: Known) -> list[Verdict]:
    holding = cast(Holding, possible)
    return [holding.on(code, known.as_of) for code in cast(tuple[str, ...], operand)]


def _has_any(possible: Possible, operand: Operand, known: Known) -> Verdict:
    held = _held(possible, operand, known)
    return True if True in held else (None if None in held else False)


def _has_all(possible: Possible, operand: Operand, known: Known) -> Verdict:
    held = _held(possible, operand, known)
    return False if False in held else (None if None in held else True)


def _has_none(possible: Possible, operand: Operand, known: Known) -> Verdict:
    return _not(_has_any(possible, operand, known))


_NUMBERS = tuple(sorted(NUMBERS))
_DATES, _SETS = ("date",), ("set", "zones")
_AGO = ("within_last", "at_least_ago")

OPERATORS: Mapping[str, Operator] = {
    "within": Operator(("region", "industry"), "area", _within),
    "in": Operator(("enum", "flag"), "values", _among),
    "is": Operator(("enum", "flag"), "value", _among),
    "gt": Operator(_NUMBERS, "bound", _gt),
    "gte": Operator(_NUMBERS, "bound", _gte),
    "lt": Operator(_NUMBERS, "bound", _lt),
    "lte": Operator(_NUMBERS, "bound", _lte),
    "between": Operator(_NUMBERS, "bounds", _between),
    **{name: Operator(_DATES, "day", _day_test(name)) for name in DAY_EDGES if name not in _AGO},
    **{name: Operator(_DATES, "ago", _day_test(name)) for name in _AGO},
    "has_any": Operator(_SETS, "codes", _has_any),
    "has_all": Operator(_SETS, "codes", _has_all),
    "has_none": Operator(_SETS, "codes", _has_none),
}
