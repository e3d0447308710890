"""Possible values: what a fact may still be, from one known value to its whole domain.

Exact numbers only (int or Fraction, yuan; days as ordinals): a binary float never enters here.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from policies.spans import Leaves

Exact = int | Fraction
Choices = frozenset[str | bool]


@dataclass(frozen=True, slots=True)
class Interval:
    """Every number from lo to hi, both ends in; None is without end."""

    lo: Exact | None = None
    hi: Exact | None = None

    @property
    def exact(self) -> bool:
        """Whether one value is left."""
        return self.lo is not None and self.lo == self.hi

    def nearest(self, value: Exact) -> Exact:
        """The number of these that is nearest to the value."""
        if self.lo is not None and value < self.lo:
            return self.lo
        return self.hi if self.hi is not None and value > self.hi else value


@dataclass(frozen=True, slots=True)
class Stay:
    """The days on which one code is held: since ≤ day ≤ until, None is without end."""

    since: date | None = None
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the day lies inside."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Holding:
    """What is known of a set: codes held (and when), codes not held, and whether the list is complete."""

    held: Mapping[str, tuple[Stay, ...]]
    not_held: frozenset[str] = frozenset()
    complete: bool = False

    def on(self, code: str, day: date) -> bool | None:
        """Whether the code is held on that day; None is unknown."""
        if code in self.held:
            return any(stay.covers(day) for stay in self.held[code])
        return False if self.complete or code in self.not_held else None

    def held_on(self, day: date) -> list[str]:
        """The codes known to be held on that day, sorted."""
        return sorted(code for code in self.held if self.on(code, day))


Possible = Interval | Choices | Leaves | Holding

MOST_MONEY, MOST_COUNT = 10**15, 10**9  # the largest amount in yuan, and the largest count, that is taken
ANY_NUMBER = Interval()
NOT_NEGATIVE = Interval(0, None)
SHARE = Interval(0, 1)
NOTHING_KNOWN = Holding({})


def is_exact(possible: Possible) -> bool:
    """Whether nothing is left to learn of it."""
    if isinstance(possible, Interval):
        return possible.exact
    return possible.complete if isinstance(possible, Holding) else len(possible) == 1


def exactly(value: int | Decimal) -> Exact:
    """A decoded JSON number as int where it is whole, else as a Fraction."""
    if isinstance(value, int):
        return value
    if not value:
        return 0
    fraction = Fraction(value)
    return fraction.numerator if fraction.denominator == 1 else fraction


_SIX_PLACES = Decimal("0.000001")
_WIDE = Context(prec=200)


def shown_number(value: Exact) -> int | Decimal:
    """A number for showing: quotients are rounded half-even to six decimals, the rest stays exact."""
    if isinstance(value, int):
        return value
    if value.denominator == 1:
        return value.numerator
    micro = round(value * 1_000_000)
    plain = _WIDE.multiply(Decimal(micro), _SIX_PLACES).normalize(_WIDE)
    whole = plain == plain.to_integral_value(ROUND_HALF_EVEN)
    return int(plain) if whole else plain


def plain_number(value: Exact) -> int | Decimal:
    """A number that somebody wrote, as a decimal of as many places as it has."""
    if isinstance(value, int):
        return value
    return _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))


def months_between(first: date, day: date) -> int:
    """The most whole months n with `first` ≤ `day` counted back n months, clamped to the month's end."""
    n = (day.year - first.year) * 12 + day.month - first.month
    same_day = min(day.day, monthrange(first.year, first.month)[1])
    return n if first.day <= same_day else n - 1
