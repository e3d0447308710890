"""Numbers made of facts (EXPR): what a formula may be worth for one profile, as an exact closed interval.

Every occurrence of a fact stands for itself; nothing here is rounded or computed in binary floats.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from policies.known import Known
from policies.values import ANY_NUMBER, Exact, Interval, Possible

_End = Exact | float  # a float is only ever -inf or inf


@dataclass(frozen=True)
class Constant:
    """A number as written."""

    value: Exact

    def possible(self, known: Known) -> Interval:
        """The one value, as an interval."""
        return Interval(self.value, self.value)

    def facts(self) -> Iterator[tuple[str, int | None]]:
        """No fact at all."""
        return iter(())


@dataclass(frozen=True)
class FactAt:
    """A fact, for facts by year in the year `year` counted from the year of `as_of`.

    With `each`, a fact by year inside for_years as written: it has a value only once it is put `in_year`.
    """

    fact: str
    year: int | None
    each: bool = False

    def possible(self, known: Known) -> Possible:
        """Every value that the fact may have."""
        return known.possible(self.fact, self.year)

    def facts(self) -> Iterator[tuple[str, int | None]]:
        """The fact itself."""
        yield self.fact, self.year


@dataclass(frozen=True)
class Total:
    """One of OVER_YEARS over a fact in the years `first` to `last`, both counted."""

    fact: str
    first: int
    last: int
    form: str = "sum"

    def possible(self, known: Known) -> Interval:
        """The sum or mean of what each year may be."""
        return OVER_YEARS[self.form]([cast(Interval, known.possible(*at)) for at in self.facts()])

    def facts(self) -> Iterator[tuple[str, int | None]]:
        """The fact once for each year."""
        return ((self.fact, year) for year in range(self.first, self.last + 1))


@dataclass(frozen=True)
class Growth:
    """How much a fact grew from the year `first` to the year `last`, as a share of the first."""

    fact: str
    first: int
    last: int

    def possible(self, known: Known) -> Interval:
        """Any number where the first year is or may be nothing or less."""
        before, after = [cast(Interval, known.possible(*at)) for at in self.facts()]
        if before.lo is None or before.lo <= 0:
            return ANY_NUMBER
        return minus([over([after, before]), Interval(1, 1)])

    def facts(self) -> Iterator[tuple[str, int | None]]:
        """The fact in the first year and in the last."""
        return iter(((self.fact, self.first), (self.fact, self.last)))


@dataclass(frozen=True)
class Formula:
    """One of ARITHMETIC over its parts."""

    form: str
    parts: tuple["Expr", ...]

    def possible(self, known: Known) -> Interval:
        """Interval arithmetic over the parts."""
        return ARITHMETIC[self.form]([cast(Interval, part.possible(known)) for part in self.parts])

    def facts(self) -> Iterator[tuple[str, int | None]]:
        """The facts of all parts, in written order."""
        return (at for part in self.parts for at in part.facts())


def in_year(number: "Expr", year: int) -> "Expr":
    """The number with its facts of each year taken in this one."""
    if isinstance(number, FactAt) and number.each:
        return FactAt(number.fact, year)
    if isinstance(number, Formula):
        return Formula(number.form, tuple(in_year(part, year) for part in number.parts))
    return number


Expr = Constant | FactAt | Total | Growth | Formula


_FACT_DIGITS = 20  # money is below 10^15, with two decimals and a sign


@dataclass(frozen=True)
class Width:
    """At most how many digits a number has, and whether it is a decimal fraction whatever the facts."""

    digits: int
    decimal: bool = True


def width_of(number: Expr) -> Width:
    """How long the exact number may get: products and quotients add digits, sums of decimals do not."""
    if isinstance(number, Constant):
        fraction = Fraction(number.value)
        return Width((abs(fraction.numerator).bit_length() + fraction.denominator.bit_length()) // 3 + 1)
    if not isinstance(number, Formula):
        shares = isinstance(number, Growth) or (isinstance(number, Total) and number.form != "sum")
        return Width(2 * _FACT_DIGITS if shares else _FACT_DIGITS, not shares)
    parts = [width_of(part) for part in number.parts]
    decimal = number.form != "div" and all(part.decimal for part in parts)
    grows = number.form in ("mul", "div") or (number.form in ("add", "sub") and not decimal)
    digits = sum(part.digits for part in parts) if grows else max(part.digits for part in parts) + 4
    return Width(digits, decimal)


def plus(terms: Sequence[Interval]) -> Interval:
    """The sum; unbounded where a term is."""
    lows, highs = [t.lo for t in terms], [t.hi for t in terms]
    lo = None if None in lows else sum(cast(list[Exact], lows))
    return Interval(lo, None if None in highs else sum(cast(list[Exact], highs)))


def average(terms: Sequence[Interval]) -> Interval:
    """The sum divided by how many there are."""
    return times([plus(terms), Interval(Fraction(1, len(terms)), Fraction(1, len(terms)))])


def minus(terms: Sequence[Interval]) -> Interval:
    """The first less the second."""
    first, second = terms
    return plus([first, Interval(_negative(second.hi), _negative(second.lo))])


def times(terms: Sequence[Interval]) -> Interval:
    """The product; nothing times the unbounded is nothing."""
    product = terms[0]
    for term in terms[1:]:
        corners = [_product(a, b) for a in _ends(product) for b in _ends(term)]
        product = _interval(min(corners), max(corners))
    return product


def over(terms: Sequence[Interval]) -> Interval:
    """The first divided by the second; any number where the second is or may be zero."""
    first, second = terms
    lo, hi = _ends(second)
    if lo <= 0 <= hi:
        return ANY_NUMBER
    return times([first, _interval(_inverse(hi), _inverse(lo))])


def least(terms: Sequence[Interval]) -> Interval:
    """The smallest of them."""
    ends = [_ends(term) for term in terms]
    return _interval(min(lo for lo, _ in ends), min(hi for _, hi in ends))


def most(terms: Sequence[Interval]) -> Interval:
    """The largest of them."""
    ends = [_ends(term) for term in terms]
    return _interval(max(lo for lo, _ in ends), max(hi for _, hi in ends))


ARITHMETIC: Mapping[str, Callable[[Sequence[Interval]], Interval]] = {
    "add": plus,
    "mul": times,
    "min": least,
    "max": most,
    "sub": minus,
    "div": over,
}
PAIRS = ("sub", "div")
OVER_YEARS: Mapping[str, Callable[[Sequence[Interval]], Interval]] = {"sum": plus, "mean": average}


def _ends(interval: Interval) -> tuple[_End, _End]:
    lo, hi = interval.lo, interval.hi
    return (-math.inf if lo is None else lo), (math.inf if hi is None else hi)


def _interval(lo: _End, hi: _End) -> Interval:
    return Interval(None if isinstance(lo, float) else lo, None if isinstance(hi, float) else hi)


def _negative(end: Exact | None) -> Exact | None:
    return None if end is None else -end


def _product(a: _End, b: _End) -> _End:
    if a == 0 or b == 0:
        return 0
    if isinstance(a, float) or isinstance(b, float):
        return math.inf if (a > 0) == (b > 0) else -math.inf
    return a * b


def _inverse(end: _End) -> _End:
    return 0 if isinstance(end, float) else Fraction(end.denominator, end.numerator)
