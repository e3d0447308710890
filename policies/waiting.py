"""The days on which time alone may change what a rule says of a profile, and what it has brought by then.

Chooses no day and words nothing; what is so on a day is judged by the same evaluator as everything else.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import cast

from policies.demands import Option, inputs_of, options_of
from policies.efforts import LAST_DAY_COUNTED, first_day
from policies.known import Known
from policies.nodes import Leaf
from policies.operators import verdict_of
from policies.supposed import Days, inside
from policies.values import Holding, Interval

MOST_DAYS = 8  # of the days on which something changes, so many of the soonest are looked at


def days_to_come(leaves: Iterable[Leaf], known: Known) -> list[date]:
    """Days after that of `known`, soonest first: new years, titles that begin or run out, ages reached."""
    found = {day for leaf in leaves for day in _days_of(leaf, known)}
    return sorted(day for day in found if known.as_of < day < LAST_DAY_COUNTED)[:MOST_DAYS]


def _days_of(leaf: Leaf, known: Known) -> Iterator[date]:
    for name, year in inputs_of(leaf, known.registry):
        possible = known.possible(name, year)
        if year is not None:
            yield from (date(known.as_of.year + n, 1, 1) for n in range(1, 1 - year))
        elif isinstance(possible, Holding):
            yield from _turns(possible, leaf)
        elif isinstance(possible, Interval) and known.registry.facts[name].type == "date":
            yield from _birthdays(leaf, possible, known)


def _turns(holding: Holding, leaf: Leaf) -> Iterator[date]:
    codes = cast(tuple[str, ...], leaf.operand)
    for stay in (stay for code in codes for stay in holding.held.get(code, ())):
        if stay.since is not None:
            yield stay.since
        if stay.until is not None and stay.until < LAST_DAY_COUNTED:
            yield stay.until + timedelta(days=1)


def _birthdays(leaf: Leaf, possible: Interval, known: Known) -> Iterator[date]:
    if possible.hi is None:
        return
    since = date.fromordinal(int(possible.hi))
    options = [option for wanted in (True, False) for option in options_of(leaf, wanted, known)]
    for demand in (demand for option in options for demand in option.values() if isinstance(demand, Days)):
        yield from (day for ago in demand.ages if (day := first_day(since, ago)) is not None)


def since_when(leaf: Leaf, days: Sequence[Known]) -> date:
    """The first of the days from which the leaf is always as on the last of them."""
    wanted, first = verdict_of(leaf, days[-1]), days[-1].as_of
    for seen in reversed(days):
        if verdict_of(leaf, seen) is not wanted:
            break
        first = seen.as_of
    return first


def brought(leaf: Leaf, wanted: bool, today: Known, then: Known) -> Option | None:
    """The demand of the leaf on one fact that time alone has met by `then`; None where no single one."""
    by_year = any(year is not None for _, year in inputs_of(leaf, today.registry))
    for option in options_of(leaf, wanted, then if by_year else today):
        if len(option) == 1 and all(_met(cell, demand, then) for cell, demand in option.items()):
            return option
    return None


def _met(cell: object, demand: object, then: Known) -> bool:
    if isinstance(demand, Days):
        return bool(demand.ages)
    name, year = cast(tuple[str, int | None], cell)
    return inside(then.possible(name, year), cast(Interval, demand), then.as_of)
