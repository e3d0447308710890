"""Pairs of a rule and a profile for the oracle: those of rule_cases, and edges of numbers, days and codes.

Days and bounds are drawn from short lists, so that what is compared is often equal or a cent or a day apart.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

from hypothesis import strategies as st

from tests.policies.oracle.engine import Pair
from tests.policies.rule_cases import (
    CODES,
    FLAGS,
    TODAY,
    attests,
    leaves,
    less_known,
    rules,
    rules_over,
    whole_answers,
    whole_facts,
)

D = Decimal
ASKED = (
    TODAY,
    *(date(*day) for day in [(2026, 3, 31), (2024, 2, 29), (2025, 2, 28), (2024, 3, 31), (2026, 1, 1)]),
)
EDGE_DAYS = [
    "2026-02-28",
    "2026-02-27",
    "2026-03-01",
    "2026-03-31",
    "2025-03-31",
    "2024-02-29",
    "2024-02-28",
    "2023-02-28",
    "2023-03-01",
    "2025-02-28",
    "2025-12-31",
    "2026-01-01",
    "2024-03-31",
    "2024-03-01",
    "2026-04-01",
]
CENT = D("0.01")
EDGE_MONEY = [D(n) + cents * CENT for n in (0, 100, 1_000_000, 10**15 - 1) for cents in (0, 1)]
EDGE_MONEY += [D(n) - CENT for n in (100, 1_000_000, 10**15)]
EDGE_COUNTS = (0, 9, 10, 11, 99, 100, 101, 299, 300, 301, 10**9)
SIZE_MONEY = (499_999, 500_000, 3_000_000, D("2999999.99"), 10_000_000, 50_000_000, D("50000000.01"), 10**8)
SHARES = (0, D("0.05"), D("0.1"), D("0.15"), D("0.2"), 1)
OLD_REGIONS = (
    "110103",
    "130103",
    "130104",
    "130102",
    "130100",
    "130101",
    "130000",
    "132100",
    "110100",
    "110000",
)
RULE_REGIONS = tuple(code for code in OLD_REGIONS if code != "132100")
TRADES = ("A", "E47", "F51", "F52", "G591", "G", "I65", "K701", "K", "P83", "M", "6513", "J66")
SIZES = ("micro", "small", "medium", "large")
bounds = st.sampled_from(["gt", "gte", "lt", "lte"])
edge_days = st.sampled_from(EDGE_DAYS)
agos = st.sampled_from(
    [{"months": 1}, {"months": 12}, {"years": 1}, {"years": 2}, {"days": 1}, {"days": 365}, {"months": 13}]
)


def some(words: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True)


def leaf(field: str, operators: Any, operands: Any, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda op, operand: {"field": field, **more, op: operand}, operators, operands)


def one_of(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split())


_edge_leaves = st.one_of(
    leaf("registered_capital", bounds, st.sampled_from(EDGE_MONEY)),
    leaf("profit", bounds, st.sampled_from([-n for n in EDGE_MONEY[:8]] + EDGE_MONEY[:8])),
    leaf("employees", bounds, st.sampled_from(EDGE_COUNTS)),
    leaf("employees", st.just("between"), st.sampled_from([[9, 10], [10, 10], [11, 99], [0, 10**9]])),
    leaf("rd_ratio", bounds, st.sampled_from(SHARES)),
    leaf("rd_ratio", bounds, st.sampled_from(SHARES), year=-2),
    leaf("staff_laid_off_ratio", bounds, st.sampled_from(SHARES)),
    st.builds(
        lambda form, op, n: {"value": {form: {"field": "staff_laid_off_ratio", "years": [-2, -1]}}, op: n},
        one_of("sum mean"),
        bounds,
        st.sampled_from(SHARES),
    ),
    st.builds(lambda op, n: {"value": {"growth": {"field": "profit", "from": -2, "to": -1}}, op: n}, bounds,
              st.sampled_from([-3, 0, D("0.5"), 1])),
    leaf("age_months", bounds, st.sampled_from([-1, 0, 1, 11, 12, 13, 23, 24])),
    leaf("registered_on", one_of("before after on_or_before on_or_after"), edge_days),
    leaf("registered_on", one_of("within_last at_least_ago"), agos),
    leaf("registered_on", one_of("within_last at_least_ago"), agos),
    leaf("region", st.just("within"), some(RULE_REGIONS)),
    leaf("industry", st.just("within"), some(TRADES)),
    leaf("size", st.just("in"), some(SIZES)),
    leaf("size", st.just("is"), st.sampled_from(SIZES)),
    leaf("small_low_profit", st.just("is"), st.booleans()),
    leaf("tax_credit_grade", st.just("in"), some("ABMCD")),
    leaf("credit_dishonest", st.just("in"), some([True, False])),
    leaf("qualifications", one_of("has_any has_all has_none"), some(CODES)),
)  # fmt: skip


@st.composite
def _drawn(draw: st.DrawFn, strategy: Any) -> Any:
    return draw(strategy())


edge_leaves = _drawn(lambda: _edge_leaves)
_edge_rules = rules_over(st.one_of(edge_leaves, edge_leaves, attests))
edge_rules = _drawn(lambda: _edge_rules)
written_rules = st.one_of(leaves, edge_leaves, edge_leaves, rules, edge_rules)


def or_band(values: Any, ends: Any = ("min", "max")) -> st.SearchStrategy[Any]:
    """One of the values, or a band of two, or of one with the other side open."""
    one = st.sampled_from(values)
    pair = st.tuples(one, one).map(sorted).map(lambda both: dict(zip(ends, both, strict=True)))
    return st.one_of(one, one, pair, st.builds(lambda end, value: {end: value}, st.sampled_from(ends), one))


def by_year(values: Any) -> st.SearchStrategy[Any]:
    years = st.dictionaries(
        st.sampled_from(["2022", "2023", "2024", "2025", "2026"]), or_band(values), min_size=1
    )
    seen = st.builds(
        lambda value, day: {"value": value, "as_of": day},
        or_band(values),
        st.sampled_from(["2025-12-31", "2026-01-01", "2026-11-24"]),
    )
    last_three = st.fixed_dictionaries({year: st.sampled_from(values) for year in ("2023", "2024", "2025")})
    return st.one_of(years, last_three, or_band(values), seen)


_dated = st.builds(
    lambda code, since, until: {
        "code": code,
        **dict(zip(("since", "until"), since_until(since, until), strict=False)),
    },
    st.sampled_from(CODES),
    edge_days,
    st.one_of(st.none(), edge_days),
)


def since_until(since: str, until: str | None) -> list[str]:
    return [since] if until is None else sorted([since, until])


_sets = st.lists(st.one_of(st.sampled_from(CODES), _dated), max_size=3).flatmap(
    lambda held: st.one_of(
        st.just(held),
        st.builds(
            lambda no, complete: {
                "held": held,
                "not_held": sorted({*no} - {one if isinstance(one, str) else one["code"] for one in held}),
                "complete": complete,
            },
            st.lists(st.sampled_from(CODES), max_size=3),
            st.booleans(),
        ),
    )
)
_money = [*EDGE_MONEY, *SIZE_MONEY]
_each_fact = {
    "region": st.sampled_from(OLD_REGIONS),
    "industry": st.sampled_from(TRADES),
    "registered_on": or_band(EDGE_DAYS),
    "registered_capital": or_band(EDGE_MONEY),
    "employees": by_year(EDGE_COUNTS),
    "revenue": by_year([0, 100, 20, *SIZE_MONEY]),
    "rd_expense": by_year([0, 1, 5, D("4.99"), D("5.01"), 20]),
    "total_assets": by_year(_money),
    "taxable_income": by_year([-5, 3_000_000, D("3000000.01")]),
    "profit": by_year([*EDGE_MONEY[:8], *(-n for n in EDGE_MONEY[:8])]),
    "staff_laid_off_ratio": by_year(SHARES),
    "qualifications": _sets,
    "tax_credit_grade": st.sampled_from("ABMCD"),
    **{name: st.booleans() for name in FLAGS},
}
few_facts = st.fixed_dictionaries({}, optional=_each_fact)
many_facts = st.fixed_dictionaries(_each_fact)


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """A rule, facts, answers and the day of asking."""
    facts, answers = draw(st.one_of(few_facts, many_facts, many_facts)), draw(whole_answers)
    if draw(st.integers(0, 3)) == 0:
        facts, answers = draw(less_known(draw(whole_facts), answers))
    written = draw(written_rules)
    if draw(st.integers(0, 2)) == 0:
        written = {"not": written}
    return written, facts, answers, draw(st.sampled_from(ASKED))


def _grid() -> Iterator[tuple[Any, Any]]:
    """Each operator on both sides of its edge and on it; each form with children of every verdict."""
    for op, held, n in product(("gt", "gte", "lt", "lte"), (9, 10, 11, {"min": 9}), (10, 11)):
        yield {"field": "employees", op: n}, {"employees": held}
    for op, day in product(("before", "after", "on_or_before", "on_or_after"), EDGE_DAYS[:3]):
        yield {"field": "registered_on", op: EDGE_DAYS[0]}, {"registered_on": day}
    for op, day, ago in product(("within_last", "at_least_ago"), EDGE_DAYS, ({"months": 1}, {"years": 1})):
        yield {"field": "registered_on", op: ago}, {"registered_on": day}
    for op, wanted in product(("has_any", "has_all", "has_none"), (CODES[:1], CODES[:2])):
        for held, complete in product((CODES[:1], CODES[:2], ()), (True, False)):
            facts = {"qualifications": {"held": list(held), "complete": complete}}
            yield {"field": "qualifications", op: list(wanted)}, facts
    here = [
        {"field": "employees", "gte": 1},
        {"field": "employees", "gte": 2},
        {"field": "revenue", "gte": 1},
    ]
    for a, b in product(here, here):
        forms = [{"all": [a, b]}, {"any": [a, b]}, {"at_least": 1, "of": [a, b]}, {"not": a}]
        points = {"points": [{"when": a, "points": 2}, {"when": b, "points": -1}], "gte": 1}
        tiers = {"tiers": [{"when": a, "then": b}, {"when": b, "then": a}]}
        yield from ((form, {"employees": 1}) for form in (*forms, points, tiers))


GRID: list[Pair] = [(written, facts, {}, day) for (written, facts), day in product(_grid(), ASKED[:3])]
