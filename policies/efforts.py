"""What it takes that a fact or an answer is as demanded on a day: nothing, learning, changing or waiting.

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
from policies.values import Choices, Holding

Do = Literal["learn", "confirm", "change", "wait", "move"]
DOINGS: tuple[Do, ...] = ("learn", "confirm", "change", "wait", "move")
_HARD: Mapping[Do, int] = {"learn": 1, "confirm": 1, "change": 2, "wait": 3, "move": 4}
_BY_CHANGE: Mapping[Change, Do | None] = {"free": "change", "wait": "wait", "move": "move", "never": None}
LAST_DAY_COUNTED = date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class Effort:
    """What is to be done, None for nothing; `on` is the day from which waiting is over, where it is known.

    `figures`: whether it is figures of a year not over yet that are waited for, else time alone brings it.
    """

    do: Do | None
    on: date | None = None
    figures: bool = False

    @property
    def hard(self) -> int:
        """How hard it is beside other efforts of as many steps."""
        return 0 if self.do is None else _HARD[self.do]


_NOTHING = Effort(None)


def effort_of(cell: Cell, demand: Demand, known: Known, measure_id: str, today: date) -> Effort | None:
    """The effort, seen `today`, that it is so on the day of `known`; None where nothing brings it about."""
    if isinstance(cell, Leaf):
        return _of_whole(cell, True in cast(Choices, demand), known, today)
    name, year = cell
    if name.startswith("#"):
        answer = known.answer(measure_id, name[1:])
        wanted = True in cast(Choices, demand)
        return _NOTHING if answer is wanted else Effort("confirm" if answer is None else "change")
    fact, possible = known.registry.facts[name], known.possible(name, year)
    if inside(possible, demand, known.as_of):
        return _NOTHING
    if isinstance(demand, Titles):
        return _of_titles(cast(Holding, possible), demand, fact, known, today)
    if is_to_come(year, known, today):
        return _next_figures(known)
    if together(possible, demand) is not None:
        return _learned(year, known, today)
    return None if isinstance(demand, Days) else _changed(fact, year)


def is_to_come(year: int | None, known: Known, today: date) -> bool:
    """Whether a figure counted from a later day is of a year that is not over `today`."""
    return year is not None and today.year < known.as_of.year and known.as_of.year + year >= today.year


def numbers_behind(leaf: Leaf, known: Known) -> list[FactCell]:
    """The numbers behind a condition that may become others, in the registry's order."""
    facts, cells = known.registry.facts, inputs_of(leaf, known.registry)
    return [
        cell
        for name, fact in facts.items()
        for cell in sorted(cells, key=str)
        if cell[0] == name and fact.number and fact.change != "never"
    ]


def _of_whole(leaf: Leaf, wanted: bool, known: Known, today: date) -> Effort | None:
    """A condition that no fact brings about alone: to be known, else its numbers must become others."""
    if verdict_of(leaf, known) is None and to_learn(leaf, known):
        cells = inputs_of(leaf, known.registry)
        new = any(is_to_come(year, known, today) for _, year in cells)
        by_year = any(year is not None for _, year in cells)
        return _next_figures(known) if new else _learned(-1 if by_year else None, known, today)
    facts, efforts = known.registry.facts, {}
    for cell in numbers_behind(leaf, known):
        new = is_to_come(cell[1], known, today)
        efforts[cell] = _next_figures(known) if new else _changed(facts[cell[0]], cell[1])
    free = known.supposing({cell: facts[cell[0]].domain for cell, one in efforts.items() if one})
    able = [one for one in efforts.values() if one]
    if not able or verdict_of(leaf, free) is (not wanted):
        return None
    return max(able, key=lambda one: (one.hard, one.on or date.min))


def _changed(fact: Fact, year: int | None) -> Effort | None:
    """What makes a known fact another one; figures of a year that is over stay."""
    do = _BY_CHANGE[fact.change]
    return None if do is None or (year is not None and year < 0) else Effort(do)


def _next_figures(known: Known) -> Effort:
    """Another year takes the place of one that is over, from the first day of the year of the day seen."""
    return Effort("wait", date(known.as_of.year, 1, 1), True)


def _learned(year: int | None, known: Known, today: date) -> Effort:
    """What is to be known; on a later day only what is so then is enough, for figures from its year on."""
    day = known.as_of if year is None else max(today, date(known.as_of.year, 1, 1))
    return Effort("learn", day if day > today else None)


def _of_titles(holding: Holding, demand: Titles, fact: Fact, known: Known, today: date) -> Effort | None:
    """A title is never given up and one that is granted only begins: both are so on another day, or not."""
    day = known.as_of
    lost = [code for code in demand.not_held if holding.on(code, day)]
    if any(_begins(holding, code, day) for code in demand.held):
        return None
    if lost and fact.change == "free":
        return None
    if not lost and all(holding.on(code, day) is not False for code in demand.held):
        return _learned(None, known, today)
    do = _BY_CHANGE[fact.change]
    return None if do is None else Effort(do)


def _begins(holding: Holding, code: str, day: date) -> bool:
    stays = holding.held.get(code, ())
    return any(stay.since is not None and stay.since > day for stay in stays) and not holding.on(code, day)


def first_day(since: date, ago: Ago) -> date | None:
    """The first day that, counted back by `ago`, is not before `since`; None past the calendar's use."""
    if ago.n > 12 * (LAST_DAY_COUNTED.year - since.year):
        return None if ago.unit != "days" else since + timedelta(days=min(ago.n, 10**6))
    if ago.unit == "days":
        return since + timedelta(days=ago.n)
    months = since.year * 12 + since.month - 1 + ago.n * (12 if ago.unit == "years" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= LAST_DAY_COUNTED.year:
        return None
    day = date(year, month + 1, min(since.day, monthrange(year, month + 1)[1]))
    while counted_back(day, ago) < since:
        day += timedelta(days=1)
    while counted_back(day - timedelta(days=1), ago) >= since:
        day -= timedelta(days=1)
    return day
