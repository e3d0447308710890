"""What it takes that a fact or an answer is as demanded: nothing, learning, changing, waiting or moving.

Says what cannot be done at all; chooses nothing and words nothing.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, cast

from policies.demands import inputs_of
from policies.eligibility import to_learn
from policies.facts import Change, Fact
from policies.known import FactCell, Known
from policies.nodes import Ago, Leaf
from policies.operators import counted_back, verdict_of
from policies.supposed import Cell, Days, Demand, Titles, inside, together
from policies.values import Choices, Holding, Interval

Do = Literal["learn", "confirm", "change", "wait", "move"]
DOINGS: tuple[Do, ...] = ("learn", "confirm", "change", "wait", "move")
_HARD: Mapping[Do, int] = {"learn": 1, "confirm": 1, "change": 2, "wait": 3, "move": 4}
_BY_CHANGE: Mapping[Change, Do | None] = {"free": "change", "wait": "wait", "move": "move", "never": None}
_LAST_DAY_COUNTED = date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class Effort:
    """What is to be done, None for nothing; `on` is the day from which waiting is over, where it is known."""

    do: Do | None
    on: date | None = None

    @property
    def hard(self) -> int:
        """How hard it is beside other efforts of as many steps."""
        return 0 if self.do is None else _HARD[self.do]


_NOTHING = Effort(None)


def effort_of(cell: Cell, demand: Demand, known: Known, measure_id: str) -> Effort | None:
    """The effort, None where nothing brings it about."""
    if isinstance(cell, Leaf):
        return _of_whole(cell, True in cast(Choices, demand), known)
    name, year = cell
    if name.startswith("#"):
        answer = known.answer(measure_id, name[1:])
        wanted = True in cast(Choices, demand)
        return _NOTHING if answer is wanted else Effort("confirm" if answer is None else "change")
    fact, possible = known.registry.facts[name], known.possible(name, year)
    if inside(possible, demand, known.as_of):
        return _NOTHING
    if isinstance(demand, Titles):
        return _of_titles(cast(Holding, possible), demand, fact, known.as_of)
    if together(possible, demand) is not None:
        return Effort("learn")
    if isinstance(demand, Days) and fact.change == "wait":
        return _of_days(cast(Interval, possible), demand)
    return _changed(fact, year, known)


def numbers_behind(leaf: Leaf, known: Known) -> list[FactCell]:
    """The numbers behind a condition that may become others, in the registry's order."""
    facts, cells = known.registry.facts, inputs_of(leaf, known.registry)
    return [
        cell
        for name, fact in facts.items()
        for cell in sorted(cells, key=str)
        if cell[0] == name and fact.number and fact.change != "never"
    ]


def _of_whole(leaf: Leaf, wanted: bool, known: Known) -> Effort | None:
    """A condition that no fact brings about alone: to be known, else its numbers must become others."""
    if verdict_of(leaf, known) is None and to_learn(leaf, known):
        return Effort("learn")
    cells = numbers_behind(leaf, known)
    free = known.supposing({cell: known.registry.facts[cell[0]].domain for cell in cells})
    if not cells or verdict_of(leaf, free) is (not wanted):
        return None
    efforts = [_changed(known.registry.facts[name], year, known) for name, year in cells]
    return max((one for one in efforts if one), key=lambda one: (one.hard, one.on or date.min))


def _changed(fact: Fact, year: int | None, known: Known) -> Effort | None:
    """What makes a known fact another one."""
    do = _BY_CHANGE[fact.change]
    if do is not None and year is not None and year < 0:
        return _next_figures(known.as_of.year - year)
    return None if do is None else Effort(do)


def _next_figures(year: int) -> Effort:
    """Figures of a year that is over stay: another year must take its place."""
    return Effort("wait", date(year, 1, 1))


def _of_titles(holding: Holding, demand: Titles, fact: Fact, day: date) -> Effort | None:
    lost = [code for code in demand.not_held if holding.on(code, day)]
    if lost and fact.change == "free":
        return _until_lapsed(holding, lost)
    known = lost or any(holding.on(code, day) is False for code in demand.held)
    do = _BY_CHANGE[fact.change] if known else "learn"
    return None if do is None else Effort(do)


def _until_lapsed(holding: Holding, codes: list[str]) -> Effort | None:
    """A title is never to be given up: it must run out, on a day that is known."""
    ends = [stay.until for code in codes for stay in holding.held[code]]
    last = [end for end in ends if end is not None and end < _LAST_DAY_COUNTED]
    return Effort("wait", max(last) + timedelta(days=1)) if len(last) == len(ends) else None


def _of_days(possible: Interval, demand: Days) -> Effort | None:
    """Time makes a day older, and nothing makes it younger."""
    latest = possible.hi if possible.hi is not None else possible.lo
    too_late = possible.lo is not None and demand.hi is not None and possible.lo > demand.hi
    if not too_late or latest is None or not demand.ages:
        return None
    if demand.last is not None and cast(int, possible.lo) > demand.last:
        return None
    days = [first_day(date.fromordinal(int(latest)), ago) for ago in demand.ages]
    found = [day for day in days if day is not None]
    return Effort("wait", max(found)) if len(found) == len(days) else None


def first_day(since: date, ago: Ago) -> date | None:
    """The first day that, counted back by `ago`, is not before `since`; None past the calendar's use."""
    if ago.n > 12 * (_LAST_DAY_COUNTED.year - since.year):
        return None if ago.unit != "days" else since + timedelta(days=min(ago.n, 10**6))
    if ago.unit == "days":
        return since + timedelta(days=ago.n)
    months = since.year * 12 + since.month - 1 + ago.n * (12 if ago.unit == "years" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= _LAST_DAY_COUNTED.year:
        return None
    day = date(year, month + 1, min(since.day, monthrange(year, month + 1)[1]))
    while counted_back(day, ago) < since:
        day += timedelta(days=1)
    while counted_back(day - timedelta(days=1), ago) >= since:
        day -= timedelta(days=1)
    return day
