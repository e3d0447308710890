"""Advice to wait holds on the day it names: years move on, new ones are unknown until figures are told.

Every told step is taken, the profile is judged on that day, and nothing else is supposed.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.eligibility import judge
from policies.path_to_eligible import path_to_eligible
from policies.steps import Step
from tests.policies.rule_cases import MEASURE, known, rule
from tests.policies.test_path_to_eligible import comes_by_itself, day_of, taken

NEXT_YEAR = date(2027, 1, 1)
GROWN = {"value": {"growth": {"field": "revenue", "from": -2, "to": -1}}, "gte": Decimal("0.2")}
SPENT = {"value": {"sum": {"field": "rd_expense", "years": [-3, -1]}}, "gte": 3_000_000}
Told = tuple[str, int | None, Any, date | None]


def steps_of(written: Any, facts: Any, lang: str = "en") -> tuple[Step, ...] | None:
    return path_to_eligible(rule(written), known(facts), MEASURE, lang).steps


def told(written: Any, facts: Any) -> list[Told]:
    return [(step.do, step.year, step.target, step.on) for step in steps_of(written, facts) or ()]


def yearly(kind: str, first: int) -> Any:
    return {"for_years": [first, -1], kind: {"field": "profit", "gt": 0}}


ABOVE = {"min": Decimal("0.01")}
CASES: list[tuple[Any, Any, list[Told]]] = [
    (
        GROWN,
        {"revenue": {"2024": 5_000_000, "2025": 5_500_000}},
        [("wait", 2026, {"min": 6_600_000}, NEXT_YEAR)],
    ),
    (
        SPENT,
        {"rd_expense": {"2023": 1_500_000, "2024": 500_000, "2025": 500_000}},
        [("wait", 2026, {"min": 2_000_000}, NEXT_YEAR)],
    ),
    (
        {"field": "revenue", "year": -2, "gte": 100},
        {"revenue": {"2024": 50, "2025": 120}},
        [("wait", 2025, {"min": 100}, NEXT_YEAR)],
    ),
    (yearly("every", -2), {"profit": {"2024": -5, "2025": 1}}, [("wait", 2026, ABOVE, NEXT_YEAR)]),
    (yearly("some", -2), {"profit": {"2024": -5, "2025": -1}}, [("wait", 2026, ABOVE, NEXT_YEAR)]),
    (
        yearly("every", -3),
        {"profit": {"2023": 1, "2024": -5, "2025": 1}},
        [("wait", 2026, ABOVE, date(2028, 1, 1)), ("wait", 2027, ABOVE, date(2028, 1, 1))],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("written", "facts", "steps"), CASES)
def test_years_are_those_of_the_day_waited_for(written: Any, facts: Any, steps: list[Told]) -> None:
    assert told(written, facts) == steps


@pytest.mark.parametrize(("written", "facts", "steps"), CASES)
def test_a_step_less_or_a_yuan_less_is_not_enough(written: Any, facts: Any, steps: list[Told]) -> None:
    found, day = steps_of(written, facts) or (), steps[-1][3]
    assert day is not None
    short = {
        name: {**years, **{str(y): t["min"] - 1 for _, y, t, _ in steps if y is not None and y > 2025}}
        for name, years in facts.items()
    }
    enough = judge(rule(written), known(taken(found, facts, {})[0]).on(day), MEASURE)
    less = judge(rule(written), known(short).on(day), MEASURE)
    assert enough.verdict == "eligible"
    assert less.verdict != "eligible" or all(comes_by_itself(step) for step in found)


def test_what_time_alone_brings_is_told_with_nothing_to_do() -> None:
    (step,) = (
        steps_of({"field": "revenue", "year": -2, "gte": 100}, {"revenue": {"2024": 50, "2025": 120}}) or ()
    )
    assert step.text == "From 2027-01-01 on: Revenue in the year before last at least 100 yuan"


def test_a_title_granted_from_a_day_to_come_is_waited_for() -> None:
    titles = {"qualifications": {"held": [{"code": "high_tech", "since": "2026-12-10"}], "complete": True}}
    asked = {"field": "qualifications", "has_any": ["high_tech"]}
    assert told(asked, titles) == [("wait", None, {"held": ["high_tech"]}, date(2026, 12, 10))]


def test_what_is_so_today_must_be_so_on_the_day_as_well() -> None:
    both = {"all": [{"field": "age_months", "gte": 36}, {"field": "revenue", "gte": 100}]}
    facts = {"registered_on": "2024-03-01", "revenue": {"2025": 120}}
    assert [(step.fact, step.year, step.on) for step in steps_of(both, facts) or ()] == [
        ("registered_on", None, date(2027, 3, 1)),
        ("revenue", 2026, NEXT_YEAR),
    ]


def test_no_waiting_is_told_past_which_another_condition_has_lapsed() -> None:
    titles = {"held": [{"code": "high_tech", "until": "2026-12-31"}], "complete": True}
    both = [{"field": "qualifications", "has_any": ["high_tech"]}, {"field": "age_months", "gte": 36}]
    facts = {"registered_on": "2024-03-01", "qualifications": titles}
    assert [(step.do, step.fact) for step in steps_of({"all": both}, facts) or ()] == [
        ("change", "qualifications"),
        ("wait", "registered_on"),
    ]


amounts = st.sampled_from([-5, 0, 1, 10, 12, 100])
names = st.sampled_from(["profit", "employees", "revenue", "rd_expense"])
years = st.integers(-3, -1)
bounds = st.sampled_from([0, 1, 10, 20])
operators = st.sampled_from(["gt", "gte", "lt", "lte"])
singles = st.one_of(
    st.builds(lambda n, y, o, b: {"field": n, "year": y, o: b}, names, years, operators, bounds),
    st.builds(
        lambda f, n, y, o, b: {"value": {f: {"field": n, "years": [y, -1]}}, o: b},
        st.sampled_from(["sum", "mean"]), names, years, operators, bounds,
    ),
    st.builds(
        lambda n, y, o: {"value": {"growth": {"field": n, "from": y, "to": -1}}, o: Decimal("0.2")},
        names, st.integers(-3, -2), operators,
    ),
    st.builds(lambda o: {"field": "rd_ratio", o: Decimal("0.1")}, operators),
    st.builds(lambda o, n: {"field": "age_months", o: n}, operators, st.sampled_from([6, 12, 36])),
    st.builds(
        lambda o: {"field": "qualifications", o: ["high_tech"]}, st.sampled_from(["has_any", "has_none"])
    ),
    st.builds(
        lambda y, k, n, o, b: {"for_years": [y, -1], k: {"field": n, o: b}},
        years, st.sampled_from(["every", "some"]), names, operators, bounds,
    ),
)  # fmt: skip
some = st.lists(singles, min_size=1, max_size=3)
rules = st.one_of(
    singles,
    some.map(lambda nodes: {"all": nodes}),
    some.map(lambda nodes: {"any": nodes}),
    singles.map(lambda node: {"not": node}),
)
by_year = st.dictionaries(st.sampled_from(["2023", "2024", "2025", "2026"]), amounts, min_size=1)
titles = st.builds(
    lambda ends: {"held": [{"code": "high_tech", **ends}], "complete": True},
    st.sampled_from([{}, {"since": "2026-12-10"}, {"until": "2027-03-31"}]),
)
counts = st.dictionaries(
    st.sampled_from(["2023", "2024", "2025", "2026"]), amounts.filter(lambda n: n >= 0), min_size=1
)
profiles = st.fixed_dictionaries(
    {},
    optional={
        "profit": by_year,
        **dict.fromkeys(("employees", "revenue", "rd_expense"), counts),
        "registered_on": st.sampled_from(["2024-03-31", "2026-01-01", "2026-11-24"]),
        "qualifications": titles,
    },
)


@settings(deadline=None, max_examples=200)
@given(rules, profiles)
def test_after_all_that_is_told_the_verdict_on_the_day_told_is_eligible(written: Any, facts: Any) -> None:
    steps = steps_of(written, facts)
    if not steps or any(step.target is None for step in steps if not comes_by_itself(step)):
        return
    after, _ = taken(steps, facts, {})
    assert judge(rule(written), known(after).on(day_of(steps)), MEASURE).verdict == "eligible"


def ratio(operator: str, percent: int) -> Any:
    return {"field": "rd_ratio", operator: Decimal(percent) / 100}


FIGURES = {"revenue": {"2025": 5_500_000}, "rd_expense": {"2025": 400_000}}


def test_a_weaker_demand_on_the_same_ratio_is_no_step_of_its_own() -> None:
    for written in ([ratio("gte", 10), ratio("gte", 5)], [ratio("gt", 5), ratio("gte", 10)]):
        (step,) = steps_of({"all": written}, FIGURES) or ()
        assert step.text.endswith("at least 10%")


def test_demands_on_a_ratio_that_contradict_each_other_are_no_advice() -> None:
    assert steps_of({"all": [ratio("gte", 10), ratio("lt", 5)]}, FIGURES) is None
    assert steps_of({"all": [ratio("gt", 10), {"not": ratio("gt", 10)}]}, FIGURES) is None
    assert len(steps_of({"all": [ratio("gte", 10), ratio("lt", 20)]}, FIGURES) or ()) == 2


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh-Hans", "（本轮2026年12月31日截止，届时已过，只能等以后的轮次）"),
        ("zh-Hant", "（本輪2026年12月31日截止，屆時已過，只能等以後的輪次）"),
        ("en", " (this round closes on 2026-12-31, before then: only for a later round)"),
    ],
)
def test_waiting_past_the_round_now_open_says_that_it_is_over_then(lang: str, said: str) -> None:
    def last_words(closes: date | None) -> bool:
        found = path_to_eligible(rule(ratio("gte", 10)), known(FIGURES), MEASURE, lang, closes).steps
        return all(step.text.endswith(said) for step in found or ())

    assert last_words(date(2026, 12, 31))
    assert not last_words(NEXT_YEAR)
    assert not last_words(None)


def test_a_figure_of_the_past_that_counts_only_later_is_told_with_its_day() -> None:
    (step,) = steps_of({"field": "profit", "year": -3, "gt": 0}, {"profit": {"2023": -5}}) or ()
    assert (step.do, step.year, step.on) == ("learn", 2024, NEXT_YEAR)
    assert "counts from 2027-01-01 on" in step.text
