"""How far a number or a date that does not meet its condition is from the bound, in the fact's own unit.

Exact until it is shown, and the least over what is still possible; never told of what is met or unknown.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from policies.expressions import Expr
from policies.known import Known
from policies.nodes import Ago, Leaf
from policies.operators import counted_back
from policies.values import Exact, Interval, shown_number

Side = Literal["least", "most"]
_NUMBER_SIDES: Mapping[str, tuple[Side, ...]] = {
    "gt": ("least",),
    "gte": ("least",),
    "lt": ("most",),
    "lte": ("most",),
    "between": ("least", "most"),
}
_DAY_SIDES: Mapping[str, Side] = {
    "after": "least",
    "on_or_after": "least",
    "before": "most",
    "on_or_before": "most",
}


def distance_of(leaf: Leaf, known: Known) -> int | Decimal | None:
    """The distance of a condition that is not met, ≥ 0; None for codes, words and sets.

    It is counted to the bound as written: 0 where the bound itself is reached and does not count.
    """
    bounds = _bounds_of(leaf, known)
    if not bounds:
        return None
    mine = cast(Interval, leaf.subject.possible(known))
    gaps = [_gap(side, mine, bound) for side, bound in bounds]
    least = max((gap for gap in gaps if gap is not None), default=None)
    return None if least is None or least < 0 else shown_number(least)


def _bounds_of(leaf: Leaf, known: Known) -> list[tuple[Side, Interval]]:
    sides = _NUMBER_SIDES.get(leaf.operator)
    if sides is not None:
        ends = [cast(Interval, end.possible(known)) for end in cast(tuple[Expr, ...], leaf.operand)]
        return [] if _nobody(ends) else list(zip(sides, ends, strict=True))
    days = _DAYS.get(leaf.operator)
    return [] if days is None else [(side, Interval(day, day)) for side, day in days(leaf, known)]


def _nobody(ends: list[Interval]) -> bool:
    """Whether a range ends before it begins, whatever the facts: then no number is near."""
    if len(ends) == 1:
        return False
    first, last = ends[0].lo, ends[1].hi
    return first is not None and last is not None and last < first


def _gap(side: Side, mine: Interval, bound: Interval) -> Exact | None:
    """How far the nearest possible value is below (above) the nearest possible bound; None without end."""
    near, far = (mine.hi, bound.lo) if side == "least" else (bound.hi, mine.lo)
    return None if near is None or far is None else far - near


def _fixed(leaf: Leaf, _: Known) -> list[tuple[Side, int]]:
    return [(_DAY_SIDES[leaf.operator], cast(date, leaf.operand).toordinal())]


def _edge(leaf: Leaf, known: Known) -> int:
    return counted_back(known.as_of, cast(Ago, leaf.operand)).toordinal()


def _last(leaf: Leaf, known: Known) -> list[tuple[Side, int]]:
    return [("least", _edge(leaf, known)), ("most", known.as_of.toordinal())]


def _ago(leaf: Leaf, known: Known) -> list[tuple[Side, int]]:
    return [("most", _edge(leaf, known))]


_DAYS: Mapping[str, Callable[[Leaf, Known], list[tuple[Side, int]]]] = {
    **dict.fromkeys(_DAY_SIDES, _fixed),
    "within_last": _last,
    "at_least_ago": _ago,
}
