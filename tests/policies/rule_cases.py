"""Rules, profiles and hypothesis strategies for the tests of rules and verdicts.

Everything goes through the readers, so the tests speak the language of officers and enterprises.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from policies.eligibility import Judgement, judge
from policies.facts import china
from policies.faults import Fault
from policies.known import Known
from policies.profiles import read_profile
from policies.rules import Rule, read_rule

TODAY = date(2026, 11, 24)
MEASURE = "cn-2026-a.b"


def rule(written: object) -> Rule:
    faults: list[Fault] = []
    read = read_rule(written, china(), "", faults)
    assert not faults, faults
    assert isinstance(read, Rule)
    return read


def faults_of(written: object, at: str = "") -> list[tuple[str, str]]:
    faults: list[Fault] = []
    read_rule(written, china(), at, faults)
    return [(fault.pointer, fault.code) for fault in faults]


def known(facts: Any = None, answers: Any = None, as_of: date = TODAY) -> Known:
    answers = {f"{MEASURE}#{key}": value for key, value in (answers or {}).items()}
    profile = read_profile({"facts": facts or {}, "answers": answers}, china(), today=as_of)
    return Known(profile, china(), as_of)


def judged(written: object, facts: Any = None, answers: Any = None, as_of: date = TODAY) -> Judgement:
    return judge(rule(written), known(facts, answers, as_of), MEASURE)


def verdict(written: object, facts: Any = None, as_of: date = TODAY) -> str:
    """The verdict of a single leaf."""
    (condition,) = judged(written, facts, as_of=as_of).conditions
    return condition.verdict


REGIONS = ("000000", "330000", "330100", "330106", "330102", "330200", "110000", "110105", "330103")
INDUSTRIES = ("I", "C", "65", "I65", "651", "6513", "C39", "3911", "F51")
CODES = ("high_tech", "tech_sme", "srdi")
FORMS = ("company", "partnership", "branch")
YEARS = ("2022", "2023", "2024", "2025", "2026")
MONEY = ("revenue", "rd_expense", "total_assets", "profit")
NUMBERS = ("employees", "patents_invention", "registered_capital", *MONEY)
BY_YEAR = ("employees", *MONEY)
FLAGS = ("credit_dishonest", "in_operation")

amounts = st.sampled_from([0, 1, 2, 10, 20, 300, 5000, 100_000])
days = st.sampled_from(["2016-02-29", "2023-11-23", "2023-11-24", "2025-11-25", "2026-11-24", "2027-01-01"])


def _lists(words: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(words), min_size=1, max_size=3)


def _fact(name: str) -> st.SearchStrategy[dict[str, Any]]:
    if name not in BY_YEAR:
        return st.just({"field": name})
    return st.sampled_from([{"field": name}, *({"field": name, "year": year} for year in (0, -1, -2, -3))])


numeric_facts = st.sampled_from(NUMBERS).flatmap(_fact)
totals = st.builds(
    lambda form, name, first: {form: {"field": name, "years": [first, -1]}},
    st.sampled_from(["sum", "mean"]),
    st.sampled_from(BY_YEAR),
    st.integers(-3, -1),
)
growths = st.builds(
    lambda name, first: {"growth": {"field": name, "from": first, "to": -1}},
    st.sampled_from(BY_YEAR),
    st.integers(-3, -1),
)
expressions = st.recursive(
    st.one_of(numeric_facts, totals, growths, st.sampled_from([0, 1, Decimal("0.5"), -3])),
    lambda inner: st.one_of(
        st.builds(
            lambda form, parts: {form: parts},
            st.sampled_from(["add", "mul", "min", "max"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda form, a, b: {form: [a, b]}, st.sampled_from(["sub", "div"]), inner, inner),
    ),
    max_leaves=4,
)
_formulas = expressions.filter(lambda written: isinstance(written, dict))
_bounds = st.sampled_from(["gt", "gte", "lt", "lte"])


def _compared(subject: dict[str, Any], operator: str, bound: Any) -> dict[str, Any]:
    return {**subject, operator: bound}


def _between(subject: dict[str, Any], ends: list[Any]) -> dict[str, Any]:
    return {**subject, "between": sorted(ends)}


_ago = st.builds(lambda unit, n: {unit: n}, st.sampled_from(["days", "months", "years"]), st.integers(1, 40))
_leaves = st.one_of(
    st.builds(lambda codes: {"field": "region", "within": codes}, _lists(REGIONS)),
    st.builds(lambda codes: {"field": "industry", "within": codes}, _lists(INDUSTRIES)),
    st.builds(lambda words: {"field": "size", "in": words}, _lists(("micro", "small", "medium", "large"))),
    st.builds(lambda words: {"field": "legal_form", "in": words}, _lists(FORMS)),
    st.builds(lambda word: {"field": "legal_form", "is": word}, st.sampled_from(FORMS)),
    st.builds(lambda name, yes: {"field": name, "is": yes}, st.sampled_from(FLAGS), st.booleans()),
    st.just({"field": "small_low_profit", "is": True}),
    st.builds(_compared, numeric_facts, _bounds, st.one_of(amounts, _formulas)),
    st.builds(_between, numeric_facts, st.lists(amounts, min_size=2, max_size=2)),
    st.builds(lambda e, op, bound: {"value": e, op: bound}, expressions, _bounds, expressions),
    st.builds(lambda op, bound: {"field": "rd_ratio", op: bound}, _bounds, st.just(Decimal("0.5"))),
    st.builds(lambda op, n: {"field": "age_months", op: n}, _bounds, st.integers(0, 40)),
    st.builds(
        lambda op, day: {"field": "registered_on", op: day},
        st.sampled_from(["before", "after", "on_or_before", "on_or_after"]),
        days,
    ),
    st.builds(
        lambda op, ago: {"field": "registered_on", op: ago},
        st.sampled_from(["within_last", "at_least_ago"]),
        _ago,
    ),
    st.builds(
        lambda op, codes: {"field": "qualifications", op: codes},
        st.sampled_from(["has_any", "has_all", "has_none"]),
        _lists(CODES),
    ),
    st.builds(lambda op: {"field": "zones", op: ["east-park"]}, st.sampled_from(["has_any", "has_none"])),
)


@st.composite
def _named(draw: st.DrawFn, strategy: Any) -> Any:
    return draw(strategy())


leaves = _named(lambda: _leaves)  # hypothesis would write out what stands in so many places
attests = st.sampled_from([{"attest": key, "text": f"情况{key}"} for key in "pqr"])


def _groups(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=4)
    return st.one_of(
        st.builds(lambda nodes: {"all": nodes}, st.lists(inner, max_size=4)),
        st.builds(lambda nodes: {"any": nodes}, some),
        st.builds(lambda node: {"not": node}, inner),
        some.flatmap(
            lambda nodes: st.builds(lambda n: {"at_least": n, "of": nodes}, st.integers(1, len(nodes)))
        ),
    )


_plain_rules = st.recursive(st.one_of(leaves, leaves, attests), _groups, max_leaves=8)
plain_rules = _named(lambda: _plain_rules)


def _without_years(written: Any) -> Any:
    if isinstance(written, list):
        return [_without_years(one) for one in written]
    if isinstance(written, dict):
        return {key: _without_years(value) for key, value in written.items() if key != "year"}
    return written


def for_years(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda first, kind, node: {"for_years": [first, -1], kind: _without_years(node)},
        st.integers(-3, -1),
        st.sampled_from(["every", "some"]),
        inner,
    )


def weighing(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Points and tiers."""
    entry = st.builds(lambda node, n: {"when": node, "points": n}, inner, st.integers(-3, 5))
    tier = st.builds(lambda when, then: {"when": when, "then": then}, inner, inner)
    return st.one_of(
        st.builds(
            lambda entries, n: {"points": entries, "gte": n},
            st.lists(entry, min_size=1, max_size=4),
            st.sampled_from([-2, 0, 1, Decimal("2.5"), 5]),
        ),
        st.lists(tier, min_size=1, max_size=3).map(lambda tiers: {"tiers": tiers}),
    )


def rules_over(yearly: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.one_of(leaves, leaves, attests, yearly),
        lambda inner: st.one_of(_groups(inner), _groups(inner), weighing(inner)),
        max_leaves=8,
    )


_yearly = for_years(st.one_of(plain_rules, weighing(plain_rules)))
_rules = rules_over(_named(lambda: _yearly))
rules = _named(lambda: _rules)

_sets = st.lists(st.sampled_from(CODES), unique=True, max_size=3).flatmap(
    lambda held: st.builds(
        lambda no, complete: {
            "held": held,
            "not_held": [code for code in no if code not in held],
            "complete": complete,
        },
        st.lists(st.sampled_from(CODES), unique=True, max_size=3),
        st.booleans(),
    )
)
whole_facts = st.fixed_dictionaries(
    {},
    optional={
        "region": st.sampled_from(REGIONS[1:]),
        "industry": st.sampled_from(INDUSTRIES),
        "registered_on": days,
        "legal_form": st.sampled_from(FORMS),
        **{name: st.booleans() for name in FLAGS},
        **{name: st.dictionaries(st.sampled_from(YEARS), amounts, min_size=1) for name in BY_YEAR},
        "patents_invention": amounts,
        "registered_capital": amounts,
        "qualifications": _sets,
        "zones": st.sampled_from([["east-park"], {"held": [], "complete": True}]),
    },
)
whole_answers = st.dictionaries(st.sampled_from("pqr"), st.booleans())


@st.composite
def less_known(draw: st.DrawFn, facts: dict[str, Any], answers: dict[str, bool]) -> tuple[Any, Any]:
    """What somebody knows who knows less: facts and answers left out, numbers and dates as bands."""
    left = {name: value for name, value in facts.items() if draw(st.booleans())}
    for name in BY_YEAR:
        if name in left:
            left[name] = {year: draw(st.sampled_from([n, _band(n)])) for year, n in left[name].items()}
    if "registered_on" in left and draw(st.booleans()):
        left["registered_on"] = {"min": left["registered_on"]}
    if "qualifications" in left:
        kept = {**left["qualifications"], "complete": False}
        left["qualifications"] = draw(st.sampled_from([left["qualifications"], kept]))
    return left, {key: value for key, value in answers.items() if draw(st.booleans())}


def _band(number: int) -> dict[str, int]:
    return {"min": number // 2, "max": number * 2 + 1}
