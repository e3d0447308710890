"""An amount in grades: the first case that applies counts, an open one as possible, none gives nothing."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.benefits import range_of
from policies.facts import LANGUAGES, china
from policies.faults import Fault
from policies.formula_words import say_formula
from policies.profiles import Known, read_profile
from policies.rules import facts_of, formula_reader, read_rule

AS_OF = date(2026, 11, 24)
PREMIUM, STAFF = {"field": "unemployment_premium"}, {"field": "employees"}


def of_premium(share: str) -> dict[str, Any]:
    return {"mul": [Decimal(share), PREMIUM]}


LARGE = {"when": {"field": "size", "is": "large"}, "then": of_premium("0.3")}
BY_SIZE = {"tiers": [LARGE, {"when": {"all": []}, "then": of_premium("0.6")}]}
BY_HEADS = {
    "tiers": [
        {"when": {"field": "employees", "lte": 30}, "then": {"mul": [100, STAFF]}},
        {"when": {"field": "employees", "lte": 300}, "then": {"mul": [50, STAFF]}},
    ]
}


def read(formula: Any) -> Any:
    faults: list[Fault] = []
    found = formula_reader(china()).read(formula, "", faults)
    assert faults == []
    return found.number


def worth(formula: Any, **facts: Any) -> tuple[Any, Any]:
    profile = read_profile({"facts": facts}, china(), today=AS_OF)
    return range_of(read(formula), Known(profile, china(), AS_OF))


SOFTWARE = {"industry": "I6513", "unemployment_premium": 10_000}


@pytest.mark.parametrize(
    ("formula", "facts", "expected"),
    [
        (BY_SIZE, SOFTWARE | {"employees": 400, "revenue": 200_000_000}, (3_000, 3_000)),
        (BY_SIZE, SOFTWARE | {"employees": 18, "revenue": 5_000_000}, (6_000, 6_000)),
        (BY_SIZE, SOFTWARE, (3_000, 6_000)),
        (BY_SIZE, {}, (0, None)),
        (BY_HEADS, {"employees": 30}, (3_000, 3_000)),
        (BY_HEADS, {"employees": 31}, (1_550, 1_550)),
        (BY_HEADS, {"employees": 301}, (0, 0)),
        (BY_HEADS, {"employees": {"min": 20, "max": 30}}, (2_000, 3_000)),
        (BY_HEADS, {"employees": {"min": 20, "max": 40}}, (1_000, 4_000)),
        (BY_HEADS, {"employees": {"min": 200, "max": 400}}, (0, 20_000)),
    ],
)
def test_the_first_case_that_applies_counts_and_open_ones_widen(formula, facts, expected) -> None:
    assert worth(formula, **facts) == expected


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_no_completion_is_worth_more_or_less_than_was_said(a: int, b: int, c: int) -> None:
    low, middle, high = sorted((a, b, c))
    least, most = worth(BY_HEADS, employees={"min": low, "max": high})
    exact, same = worth(BY_HEADS, employees=middle)
    assert least <= exact == same <= most


@pytest.mark.parametrize(
    ("formula", "faults"),
    [
        ({"tiers": []}, [("", "bad_rule")]),
        ({"tiers": {}}, [("/tiers", "wrong_type")]),
        ({"tiers": [{"when": {"all": []}}]}, [("/tiers/0/then", "missing_member")]),
        ({"tiers": [{"when": {"all": []}, "then": 1}], "mul": [1]}, [("/mul", "unknown_operator")]),
        ({"tiers": [{"when": {"attest": "a", "text": "a"}, "then": 1}]}, [("/tiers/0/when", "bad_rule")]),
        ({"tiers": [{"when": {"field": "size", "is": "tiny"}, "then": 1}]},
         [("/tiers/0/when/is", "unknown_code")]),
        ({"tiers": [{"when": {"all": []}, "then": {"tiers": []}}]},
         [("/tiers/0/then/tiers", "unknown_operator")]),
        ({"mul": [2, BY_SIZE]}, [("/mul/1/tiers", "unknown_operator")]),
        ({"tiers": [{"when": {"all": []}, "then": {"mul": [PREMIUM] * 400}}]}, [("", "rule_too_large")]),
        ({"tiers": [{"when": {"value": {"mul": [PREMIUM] * 400}, "gte": 1}, "then": 1}]},
         [("", "rule_too_large")]),
    ],
)  # fmt: skip
def test_faulty_grades_are_told_where_they_stand(formula, faults) -> None:
    told: list[Fault] = []
    formula_reader(china()).read(formula, "", told)
    assert [(fault.pointer, fault.code) for fault in told] == faults


def test_a_rule_compares_with_no_graded_amount() -> None:
    told: list[Fault] = []
    read_rule({"value": BY_SIZE, "gte": 1}, china(), "", told)
    assert [(fault.pointer, fault.code) for fault in told] == [("/value/tiers", "unknown_operator")]


def test_grades_are_told_in_words() -> None:
    hans = "如果企业规模为大型：30% × 上一年度缴纳的失业保险费；否则：60% × 上一年度缴纳的失业保险费"
    assert say_formula(read(BY_SIZE), china(), "zh-Hans") == hans
    hant = "如果企業規模為大型：30% × 上一年度繳納的失業保險費；否則：60% × 上一年度繳納的失業保險費"
    assert say_formula(read(BY_SIZE), china(), "zh-Hant") == hant
    english = say_formula(read(BY_SIZE), china(), "en")
    assert english.startswith("If Size of the enterprise is large: 30% × ")
    assert "; otherwise: 60% × " in english


def test_several_conditions_of_a_case_stand_in_brackets() -> None:
    small = {"all": [{"field": "employees", "lte": 30}, {"field": "revenue", "lte": 1}]}
    told = say_formula(read({"tiers": [{"when": small, "then": 5}]}), china(), "zh-Hans")
    assert told == "如果（上一年度职工人数不超过30人；上一年度营业收入不超过1元）：5"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_way_of_saying_a_case_has_words(lang: str) -> None:
    told = say_formula(read(BY_HEADS), china(), lang)
    assert "300" in told
    assert "{" not in told
    assert say_formula(read({"tiers": [{"when": {"all": []}, "then": 7}]}), china(), lang) == "7"


def test_a_rule_may_still_name_the_facts_of_its_own_tiers() -> None:
    tiers = {"tiers": [{"when": {"field": "size", "is": "large"}, "then": {"field": "employees", "gte": 1}}]}
    rule = read_rule(tiers, china(), "", [])
    assert facts_of(rule) == {"size", "employees"}
