"""Answers worth trying for a fact: the edges of the conditions that look at it, and plain values between.

Enough to find one that settles a condition, not all that somebody may say. Judges nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import chain, islice
from math import floor
from typing import Any, cast

from policies.demands import inputs_of
from policies.facts import Registry
from policies.known import FactCell, Known
from policies.nodes import Ago, Area, Leaf, bounds_of
from policies.operators import counted_back
from policies.spans import Leaves
from policies.values import Exact, Holding, Interval, Possible, Stay, is_exact

MOST_ANSWERS = 24  # to one fact
_PLAIN = (0, 10**9, 1, 10**6, 10**3, 10**12, -1, -(10**6), -(10**9))
_MONTHS = (0, 1, 12, 24, 36, 60, 120, 600)


def answers_to(fact: str, leaves: Iterable[Leaf], known: Known) -> Iterator[Possible]:
    """Values of a given fact, each exactly one, by what the leaves ask; at most MOST_ANSWERS."""
    entry = known.registry.facts[fact]
    possible = entry.domain if entry.by_year else known.possible(fact, None)
    return islice(_FORMS[entry.type](possible, list(leaves), known), MOST_ANSWERS)


def cells_of(leaves: Iterable[Leaf], registry: Registry) -> frozenset[FactCell]:
    """The given facts behind leaves, each in its years."""
    return frozenset(cell for leaf in leaves for cell in inputs_of(leaf, registry))


def learning(known: Known, learnt: Mapping[str, Possible], cells: Iterable[FactCell]) -> Known:
    """The profile, had it said this of facts in those of the cells that are not exactly known."""
    seen = {cell: known.possible(*cell) for cell in cells if cell[0] in learnt}
    return known.supposing(
        {cell: _nearest(one, learnt[cell[0]]) for cell, one in seen.items() if not is_exact(one)}
    )


def _nearest(possible: Possible, learnt: Possible) -> Possible:
    """What was learnt, for numbers the nearest that was possible."""
    if isinstance(possible, Interval) and isinstance(learnt, Interval) and learnt.lo is not None:
        number = possible.nearest(learnt.lo)
        return Interval(number, number)
    return learnt


def _numbers(possible: Possible, leaves: list[Leaf], known: Known, parts: int = 1) -> Iterator[Possible]:
    return _inside(cast(Interval, possible), chain(_PLAIN[:2], _near(leaves, known, parts), _PLAIN[2:]))


def _near(leaves: list[Leaf], known: Known, parts: int) -> Iterator[Exact]:
    bounds = [cast(Interval, bound.possible(known)) for leaf in leaves for bound in bounds_of(leaf)]
    edges = [end for bound in bounds for end in (bound.lo, bound.hi) if end is not None]
    return (_whole(floor((edge + step) * parts), parts) for step in (0, -1, 1) for edge in edges)


def _whole(n: int, parts: int) -> Exact:
    return Fraction(n, parts) if n % parts else n // parts


def _days(possible: Possible, leaves: list[Leaf], known: Known) -> Iterator[Possible]:
    edges = [counted_back(known.as_of, Ago("months", n)) for n in _MONTHS]
    edges += [day for leaf in leaves for day in _edges(leaf, known)]
    near = [day.toordinal() + step for step in (0, -1, 1) for day in edges]
    return _inside(cast(Interval, possible), [day for day in near if 1 <= day <= date.max.toordinal()])


def _edges(leaf: Leaf, known: Known) -> Iterator[date]:
    operand = leaf.operand
    if isinstance(operand, date):
        yield operand
    elif isinstance(operand, Ago):
        yield counted_back(known.as_of, operand)
    for bound in bounds_of(leaf):
        months = cast(Interval, bound.possible(known)).lo
        if months is not None and 0 <= months <= 12 * known.as_of.year:
            yield counted_back(known.as_of, Ago("months", int(months)))


def _inside(possible: Interval, values: Iterable[Exact]) -> Iterator[Possible]:
    ends = [end for end in (possible.lo, possible.hi) if end is not None]
    seen = set[Exact]()
    for value in chain(ends, values):
        if value not in seen and possible.nearest(value) == value:
            seen.add(value)
            yield Interval(value, value)


def _places(possible: Possible, leaves: list[Leaf], _: Known) -> Iterator[Possible]:
    mine = cast(Leaves, possible)
    areas = [leaf.operand.leaves for leaf in leaves if isinstance(leaf.operand, Area)]
    edges = [edge for area in areas for span in area.spans[:MOST_ANSWERS] for edge in span]
    every = max(1, len(mine) // MOST_ANSWERS)
    spread = [n for start, end in mine.spans for n in range(start, end, every)]
    for place in dict.fromkeys([*edges, *spread]):
        if mine.covers(one := Leaves(((place, place + 1),))):
            yield one


def _choices(possible: Possible, _leaves: list[Leaf], _: Known) -> Iterator[Possible]:
    return (frozenset((one,)) for one in sorted(cast(frozenset[Any], possible), key=str))


def _sets(possible: Possible, leaves: list[Leaf], known: Known) -> Iterator[Possible]:
    mine = cast(Holding, possible)
    asked = [str(code) for leaf in leaves if isinstance(leaf.operand, tuple) for code in leaf.operand]
    free = [code for code in dict.fromkeys(asked) if mine.on(code, known.as_of) is None]
    for more in ([], free, *([code] for code in free)):
        yield Holding({**mine.held, **{code: (Stay(),) for code in more}}, mine.not_held, complete=True)


_Form = Callable[[Possible, list[Leaf], Known], Iterator[Possible]]
_FORMS: Mapping[str, _Form] = {
    "count": _numbers,
    "money": partial(_numbers, parts=100),
    "ratio": partial(_numbers, parts=10_000),
    "date": _days,
    **dict.fromkeys(("region", "industry"), _places),
    **dict.fromkeys(("enum", "flag"), _choices),
    **dict.fromkeys(("set", "zones"), _sets),
}
