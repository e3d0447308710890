"""Facts that nobody gives: size, age, R&D ratio and small low profit, as what is still possible.

Each says as well which given facts can still narrow it; none ever guesses an input.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Protocol, cast

from policies.size_classes import SizeScopes
from policies.spans import Leaves
from policies.values import NOT_NEGATIVE, Exact, Interval, Possible, months_between


class Seen(Protocol):
    """What a derivation looks at: a profile's possible values on one day."""

    @property
    def as_of(self) -> date:
        """The day."""

    def possible(self, fact: str, year: int | None) -> Possible:
        """What the fact may be; `year` is relative to the day's year, None for facts without."""


LooksAt = Mapping[tuple[str, int | None], tuple[int, ...] | None]


@dataclass(frozen=True)
class Derivation:
    """How one derived fact comes from given ones; `year` is None where it has none of its own.

    `looks_at`: the facts behind it, each with the numbers at which what follows may change (None: at any).
    `daily`: whether it changes with the day alone.
    """

    possible: Callable[[Seen, int | None], Possible]
    to_learn: Callable[[Seen, int | None], set[str]]
    looks_at: Callable[[int | None], LooksAt]
    daily: bool = False


def interval(seen: Seen, fact: str, year: int | None) -> Interval:
    """The possible values of a number or date."""
    return cast(Interval, seen.possible(fact, year))


LAST_YEAR = -1


def size(scopes: SizeScopes) -> Derivation:
    """The class by the table of scopes, over last year's figures."""

    def look(seen: Seen) -> tuple[Leaves, Mapping[str, Interval]]:
        figures = {fact: interval(seen, fact, LAST_YEAR) for fact in scopes.facts}
        return cast(Leaves, seen.possible("industry", None)), figures

    def to_learn(seen: Seen, _year: int | None) -> set[str]:
        industries, figures = look(seen)
        if len(scopes.possible(industries, figures)) == 1:
            return set()
        learn = scopes.to_learn(industries, figures)
        return learn | {"industry"} if len(scopes.of(industries)) > 1 else learn

    looks_at: dict[tuple[str, int | None], tuple[int, ...] | None] = {("industry", None): None}
    looks_at.update({(fact, LAST_YEAR): scopes.steps(fact) for fact in scopes.facts})
    return Derivation(lambda seen, _year: scopes.possible(*look(seen)), to_learn, lambda _year: looks_at)


def _age(seen: Seen, _year: int | None) -> Interval:
    registered = interval(seen, "registered_on", None)
    return Interval(_months(registered.hi, seen.as_of), _months(registered.lo, seen.as_of))


def _months(ordinal: Exact | None, day: date) -> int | None:
    return None if ordinal is None else months_between(date.fromordinal(int(ordinal)), day)


def _age_to_learn(seen: Seen, year: int | None) -> set[str]:
    return set() if _age(seen, year).exact else {"registered_on"}


AGE_MONTHS = Derivation(_age, _age_to_learn, lambda _year: {("registered_on", None): None}, True)


def _rd_ratio(seen: Seen, year: int | None) -> Interval:
    spent, revenue = interval(seen, "rd_expense", year), interval(seen, "revenue", year)
    if not revenue.lo:
        return NOT_NEGATIVE
    lo = 0 if revenue.hi is None else Fraction(spent.lo or 0) / Fraction(revenue.hi)
    hi = None if spent.hi is None else Fraction(spent.hi) / Fraction(revenue.lo)
    return Interval(lo, hi)


def _rd_ratio_to_learn(seen: Seen, year: int | None) -> set[str]:
    spent, revenue = interval(seen, "rd_expense", year), interval(seen, "revenue", year)
    if _rd_ratio(seen, year).exact or (revenue.exact and not revenue.lo):
        return set()
    return {fact for fact, value in (("rd_expense", spent), ("revenue", revenue)) if not value.exact}


RD_RATIO = Derivation(
    _rd_ratio, _rd_ratio_to_learn, lambda year: {("rd_expense", year): None, ("revenue", year): None}
)

# 财政部 税务总局公告2023年第12号: 应纳税所得额 ≤ 300 万元, 从业人数 ≤ 300, 资产总额 ≤ 5000 万元
SMALL_LOW_PROFIT_LIMITS: Mapping[str, int] = {
    "taxable_income": 3_000_000,
    "employees": 300,
    "total_assets": 50_000_000,
}


def _within(seen: Seen) -> dict[str, bool | None]:
    verdicts: dict[str, bool | None] = {}
    for fact, limit in SMALL_LOW_PROFIT_LIMITS.items():
        value = interval(seen, fact, LAST_YEAR)
        above = value.lo is not None and value.lo > limit
        below = value.hi is not None and value.hi <= limit
        verdicts[fact] = False if above else True if below else None
    return verdicts


def _small_low_profit(seen: Seen, _year: int | None) -> frozenset[str | bool]:
    verdicts = _within(seen).values()
    if False in verdicts:
        return frozenset((False,))
    return frozenset((True, False)) if None in verdicts else frozenset((True,))


def _small_low_profit_to_learn(seen: Seen, _year: int | None) -> set[str]:
    verdicts = _within(seen)
    open_ones = {fact for fact, verdict in verdicts.items() if verdict is None}
    return set() if False in verdicts.values() else open_ones


_LIMITS: LooksAt = {(fact, LAST_YEAR): (limit,) for fact, limit in SMALL_LOW_PROFIT_LIMITS.items()}
SMALL_LOW_PROFIT = Derivation(_small_low_profit, _small_low_profit_to_learn, lambda _year: _LIMITS)
