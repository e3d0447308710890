"""What a condition asks of single facts and answers: the values of each that would make it met, or not met.

Each option is enough by itself while all else stays. Knows no cost and no rule; judges nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor
from typing import Any, cast

from policies.derived import LAST_YEAR, SMALL_LOW_PROFIT_LIMITS
from policies.expressions import Constant, Expr, FactAt
from policies.facts import PLACES, Fact, Registry
from policies.given import Profile
from policies.known import FactCell, Known
from policies.nodes import Ago, Area, Attest, Leaf, bounds_of
from policies.operators import OPERATORS, counted_back
from policies.size_classes import SIZES, SizeScope
from policies.spans import Leaves
from policies.supposed import Cell, Days, Demand, Titles
from policies.values import Exact, Interval

Option = Mapping[Cell, Demand]
_INDUSTRY: FactCell = ("industry", None)
MOST_SCOPES = 4  # lines of the table of sizes that are gone through; with more, the size itself is asked for
_STEPS: Mapping[str, Exact] = {"money": Fraction(1, 100), "ratio": Fraction(1, 10_000)}
_SOME_DAY = date(2000, 1, 1)
_OTHER = {"gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt"}


def attest_cell(key: str) -> Cell:
    """Under which cell the answer to an attestation stands."""
    return f"#{key}", None


def options_of(leaf: Leaf | Attest, wanted: bool, known: Known) -> list[Option]:
    """Ways to make a condition `wanted`, each a set of demands that are enough; [] where none is found."""
    if isinstance(leaf, Attest):
        return [{attest_cell(leaf.key): frozenset((wanted,))}]
    subject = leaf.subject
    fixed = all(isinstance(bound, Constant) for bound in bounds_of(leaf))
    if fixed and isinstance(subject, FactAt):
        fact = known.registry.facts[subject.fact]
        if not fact.derived:
            cell = (subject.fact, subject.year)
            return [{cell: demand} for demand in _demands(leaf, wanted, known, fact)]
        if subject.fact in _DERIVED:
            return list(_DERIVED[subject.fact](leaf, wanted, known))
    return list(_solved(leaf, wanted, known))


def inputs_of(leaf: Leaf, registry: Registry) -> frozenset[FactCell]:
    """The given facts behind a leaf with their years; those behind a derived fact as well."""
    used = (at for number in (leaf.subject, *bounds_of(leaf)) for at in number.facts())
    return frozenset(cell for fact, year in used for cell in _behind(registry, fact, year))


@lru_cache(1_024)
def _behind(registry: Registry, fact: str, year: int | None) -> tuple[FactCell, ...]:
    if not registry.facts[fact].derived:
        return ((fact, year),)
    found = registry.derive[fact].to_learn(Known(Profile(), registry, _SOME_DAY), year)
    own = LAST_YEAR if year is None else year
    return tuple((name, own if registry.facts[name].by_year else None) for name in sorted(found))


def _demands(leaf: Leaf, wanted: bool, known: Known, fact: Fact) -> list[Demand]:
    operand: Any = leaf.operand
    if fact.type in PLACES:
        area = cast(Area, operand).leaves
        return [found for found in [area if wanted else _rest(known, fact, area)] if found]
    if fact.type in ("enum", "flag"):
        domain: frozenset[Any] = frozenset(fact.values or (True, False))
        left = domain & operand if wanted else domain - operand
        return [left] if left else []
    if fact.type in ("set", "zones"):
        return list(_titles(leaf.operator, operand, wanted))
    if fact.type == "date":
        return list(_days(leaf, wanted, known))
    spans = _spans(leaf, wanted, known, _STEPS.get(fact.type, 1))
    return [clipped for one in spans if (clipped := _clipped(one, fact.domain)) is not None]


def _rest(known: Known, fact: Fact, area: Leaves) -> Leaves:
    ((start, end),) = known.registry.tree(fact).everything().spans or ((0, 0),)
    edges = [start, *(edge for span in area.spans for edge in span), end]
    return Leaves.of(pair for pair in list(pairwise(edges))[::2] if pair[0] < pair[1])


def _titles(operator: str, codes: Sequence[str], wanted: bool) -> Iterator[Titles]:
    each = (operator == "has_all") != wanted  # one of the codes is enough
    held = wanted != (operator == "has_none")
    if operator == "has_none":
        each = not wanted
    for some in [[code] for code in codes] if each else [codes]:
        yield Titles(frozenset(some)) if held else Titles(frozenset(), frozenset(some))


def _spans(leaf: Leaf, wanted: bool, known: Known, step: Exact) -> list[Interval]:
    """The numbers that make a comparison with constants `wanted`, on the grid of the fact's smallest step."""
    ends = [cast(Exact, cast(Interval, bound.possible(known)).lo) for bound in bounds_of(leaf)]
    if leaf.operator == "between":
        first, last = _half("gte", ends[0], step), _half("lte", ends[1], step)
        if wanted:
            inside = _clipped(first, last)
            return [] if inside is None else [inside]
        return [_half("lt", ends[0], step), _half("gt", ends[1], step)]
    operator = leaf.operator if wanted else _OTHER[leaf.operator]
    return [_half(operator, ends[0], step)]


def _half(operator: str, bound: Exact, step: Exact) -> Interval:
    steps = Fraction(bound) / step
    above = floor(steps) + 1 if operator == "gt" else ceil(steps)
    below = ceil(steps) - 1 if operator == "lt" else floor(steps)
    end = _plain((above if operator in ("gt", "gte") else below) * step)
    return Interval(end, None) if operator in ("gt", "gte") else Interval(None, end)


def _plain(number: Exact) -> Exact:
    return int(number) if number.denominator == 1 else number


def _clipped(one: Interval, other: Interval) -> Interval | None:
    los, his = ([end for end in ends if end is not None] for ends in ((one.lo, other.lo), (one.hi, other.hi)))
    lo, hi = max(los, default=None), min(his, default=None)
    return None if lo is not None and hi is not None and lo > hi else Interval(lo, hi)


def _days(leaf: Leaf, wanted: bool, known: Known) -> Iterator[Days]:
    as_of, operand = known.as_of.toordinal(), leaf.operand
    if not isinstance(operand, Ago):
        day = cast(Any, operand).toordinal()
        early = leaf.operator in ("before", "on_or_before")
        last = day - 1 if leaf.operator in ("before", "on_or_after") else day
        yield Days(None, last, last) if early == wanted else Days(last + 1, None)
        return
    edge = counted_back(known.as_of, operand).toordinal()
    if leaf.operator == "at_least_ago":
        yield Days(None, edge, None, (operand,)) if wanted else Days(edge + 1, None)
    elif wanted:
        yield Days(edge, as_of, None, (Ago("days", 0),))
    else:
        yield from (Days(None, edge - 1, None, (operand, Ago("days", 1))), Days(as_of + 1, None))


def _age(leaf: Leaf, wanted: bool, known: Known) -> Iterator[Option]:
    for months in _spans(leaf, wanted, known, 1):
        old = None if months.lo is None else Ago("months", int(months.lo))
        young = None if months.hi is None else Ago("months", int(months.hi) + 1)
        hi = None if old is None else counted_back(known.as_of, old).toordinal()
        lo = None if young is None else counted_back(known.as_of, young).toordinal() + 1
        yield {("registered_on", None): Days(lo, hi, None, () if old is None else (old,))}


def _small_low_profit(leaf: Leaf, wanted: bool, known: Known) -> Iterator[Option]:
    if len(cast(frozenset[bool], leaf.operand)) != 1:
        return
    cells = [((fact, LAST_YEAR), fact, limit) for fact, limit in SMALL_LOW_PROFIT_LIMITS.items()]
    if (True in cast(frozenset[bool], leaf.operand)) == wanted:
        yield {cell: _in_domain(known, fact, "lte", limit) for cell, fact, limit in cells}
    else:
        for cell, fact, limit in cells:
            yield {cell: _in_domain(known, fact, "gt", limit)}


def _in_domain(known: Known, name: str, operator: str, bound: Exact) -> Interval:
    fact = known.registry.facts[name]
    half = _half(operator, bound, _STEPS.get(fact.type, 1))
    return _clipped(half, fact.domain) or half


def _size(leaf: Leaf, wanted: bool, known: Known) -> Iterator[Option]:
    operand = cast(frozenset[str], leaf.operand)
    ranks = [rank for rank, name in enumerate(SIZES) if (name in operand) == wanted]
    scopes = known.registry.codes.size_scopes.of(cast(Leaves, known.possible("industry", None)))
    if len(scopes) > MOST_SCOPES:
        return
    for scope in scopes:
        for figures in [] if scope is None else _figures(scope, ranks, known):
            in_scope: Option = {} if len(scopes) == 1 or scope is None else {_INDUSTRY: scope.industries}
            yield {**figures, **in_scope}


def _figures(scope: SizeScope, ranks: Sequence[int], known: Known) -> Iterator[Option]:
    """The class is the lowest over the figures: all are at least the run's first, one at most its last."""
    firsts = [rank for rank in ranks if rank - 1 not in ranks]
    for first in firsts:
        last = next(rank for rank in range(first, len(SIZES)) if rank + 1 not in ranks)
        least: dict[Cell, Interval] = {
            (fact, LAST_YEAR): _in_domain(known, fact, "gte", bounds[first - 1])
            for fact, bounds in scope.bounds.items()
            if first
        }
        if last == len(SIZES) - 1:
            yield dict(least)
            continue
        for fact, bounds in scope.bounds.items():
            most = _in_domain(known, fact, "lt", bounds[last])
            both = _clipped(most, least.get((fact, LAST_YEAR), Interval()))
            if both is not None:
                yield {**least, (fact, LAST_YEAR): both}


def _solved(leaf: Leaf, wanted: bool, known: Known) -> Iterator[Option]:
    """Each number in a formula by itself, where that is straight in it or a quotient by it; else left out."""
    if OPERATORS[leaf.operator].operand not in ("bound", "bounds"):
        return
    for cell in sorted(inputs_of(leaf, known.registry), key=str):
        fact = known.registry.facts[cell[0]]
        if not fact.number:
            continue
        spans = [
            span and _clipped(span, fact.domain)
            for span in _solutions(leaf, wanted, known, cell, _STEPS.get(fact.type, 1))
        ]
        if leaf.operator == "between" and wanted:
            spans = [_clipped(*cast(list[Interval], spans))] if None not in spans else []
        for span in spans:
            if span is not None:
                yield {cell: span}


def _solutions(leaf: Leaf, wanted: bool, known: Known, cell: FactCell, step: Exact) -> list[Interval | None]:
    operators = ["gte", "lte"] if leaf.operator == "between" else [leaf.operator]
    return [
        _solution(operator if wanted else _OTHER[operator], leaf.subject, bound, known, cell, step)
        for operator, bound in zip(operators, bounds_of(leaf), strict=True)
    ]


def _solution(
    operator: str, subject: Expr, bound: Expr, known: Known, cell: FactCell, step: Exact
) -> Interval | None:
    def gap(value: Exact) -> Exact | None:
        seen = known.supposing({cell: Interval(value, value)})
        left, right = cast(Interval, subject.possible(seen)), cast(Interval, bound.possible(seen))
        ends = (left.lo, right.hi) if operator in ("gt", "gte") else (left.hi, right.lo)
        return None if ends[0] is None or ends[1] is None else ends[0] - ends[1]

    mine = cast(Interval, known.possible(*cell))
    start = mine.lo if mine.exact and mine.lo is not None else 1
    straight = _where(operator, start, [gap(start + n) for n in range(3)], step)
    if straight is not None:
        return straight
    gaps = [gap(n) for n in (1, 2, 3)]  # a quotient by the number is straight once it is multiplied
    times = [None if one is None else n * one for n, one in enumerate(gaps, 1)]
    found = _where(operator, 1, times, step)
    return None if found is None else _clipped(found, Interval(step, None))


def _where(operator: str, start: Exact, over: Sequence[Exact | None], step: Exact) -> Interval | None:
    """Where a straight line through three points one apart is above (`gt`) or below nothing; None if bent."""
    first, second, third = over
    if first is None or second is None or third is None:
        return None
    slope = second - first
    if not slope or third - second != slope:
        return None
    if slope < 0:
        operator = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}[operator]
    return _half(operator, start - Fraction(first) / Fraction(slope), step)


_DERIVED: Mapping[str, Callable[[Leaf, bool, Known], Iterator[Option]]] = {
    "age_months": _age,
    "small_low_profit": _small_low_profit,
    "size": _size,
}
