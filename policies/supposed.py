"""A profile as it would be if some of its facts and answers were others: learned, changed or grown older.

Changes nothing that was handed in, and judges nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from policies.given import answer_key
from policies.known import FactCell, Known
from policies.nodes import Ago, Leaf
from policies.spans import Leaves
from policies.values import Choices, Exact, Holding, Interval, Possible, Stay

Cell = FactCell | Leaf
"""A given fact in a year, an attestation (`#key`), or a condition that is only to be known as a whole."""


@dataclass(frozen=True, slots=True)
class Titles:
    """Codes that a set must hold, and codes that it must not."""

    held: frozenset[str] = frozenset()
    not_held: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Days(Interval):
    """Days that would do; `last` is a fixed last day, `ages` how old the day must be, which time brings."""

    last: Exact | None = None
    ages: tuple[Ago, ...] = ()


Demand = Interval | Choices | Leaves | Titles


def supposed(known: Known, instead: Mapping[Cell, Demand], measure_id: str) -> Known:
    """The profile as `known` sees it, but for what is demanded of facts and of a measure's attestations."""
    facts: dict[FactCell, Possible] = {}
    answers: dict[str, bool] = {}
    for cell, demand in instead.items():
        if isinstance(cell, Leaf):
            continue
        name, year = cell
        if name.startswith("#"):
            answers[answer_key(measure_id, name[1:])] = True in cast(Choices, demand)
        else:
            facts[cell] = narrowed(known.possible(name, year), demand, known.as_of)
    return known.supposing(facts, answers)


def inside(possible: Possible, demand: Demand, day: date) -> bool:
    """Whether every possible value will do."""
    if isinstance(demand, Titles):
        on = cast(Holding, possible).on
        return all(on(code, day) for code in demand.held) and all(
            on(code, day) is False for code in demand.not_held
        )
    found = together(possible, demand)
    if isinstance(found, Interval) and isinstance(possible, Interval):
        return (found.lo, found.hi) == (possible.lo, possible.hi)
    return found == possible


def narrowed(possible: Possible, demand: Demand, day: date) -> Possible:
    """What is possible once the demand is met: what both allow; sharing nothing, what is demanded."""
    if isinstance(demand, Titles):
        holding = cast(Holding, possible)
        held = {code: stays for code, stays in holding.held.items() if code not in demand.not_held}
        gained = {code: (Stay(),) for code in demand.held if not holding.on(code, day)}
        return Holding({**held, **gained}, holding.not_held - demand.held | demand.not_held, holding.complete)
    found = together(possible, demand)
    return demand if found is None else cast(Possible, found)


def together(one: Possible | Demand, other: Demand) -> Demand | None:
    """The values in both; None where there are none."""
    if isinstance(one, Titles) and isinstance(other, Titles):
        held, not_held = one.held | other.held, one.not_held | other.not_held
        return None if held & not_held else Titles(held, not_held)
    if isinstance(one, Leaves) and isinstance(other, Leaves):
        return _overlap(one, other) or None
    if isinstance(one, Interval) and isinstance(other, Interval):
        lo = max((end for end in (one.lo, other.lo) if end is not None), default=None)
        hi = min((end for end in (one.hi, other.hi) if end is not None), default=None)
        if lo is not None and hi is not None and lo > hi:
            return None
        days = [one_of for one_of in (one, other) if isinstance(one_of, Days)]
        last = min((day.last for day in days if day.last is not None), default=None)
        return Days(lo, hi, last, tuple(a for day in days for a in day.ages)) if days else Interval(lo, hi)
    return (cast(Choices, one) & cast(Choices, other)) or None


def _overlap(one: Leaves, other: Leaves) -> Leaves:
    found = ((max(a, c), min(b, d)) for a, b in one.spans for c, d in other.spans)
    return Leaves.of((start, end) for start, end in found if start < end)
