"""Warnings tell what an officer should look at again, and never something that a firm falsifies."""

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.documents import Document, read_document
from policies.eligibility import judge
from policies.facts import LANGUAGES, china
from policies.known import Known
from policies.nodes import Attest, Leaf, Node, Rule
from policies.profiles import Profile
from policies.warnings import CODES, MOST_WARNINGS, Doubt, code_of, forms, warnings_of
from policies.yaml_reading import read_yaml
from tests.policies import rule_cases
from tests.policies.rule_cases import (
    FORMS,
    MEASURE,
    YEARS,
    amounts,
    known,
    rules,
    weighing,
    whole_answers,
    whole_facts,
)
from tests.policies.warned import drawn_up, found

CATALOGUE = Path(__file__).parents[2] / "policies" / "catalogue"
HANGZHOU = {"level": "city", "region": "330100"}
EMPLOYEES, REVENUE = {"field": "employees"}, {"field": "revenue"}
NEVER_IDLE = {"tautology": "ineligible", "contradiction": "eligible"}


IDLE = [
    ({"all": [{**EMPLOYEES, "gte": 20}, {**EMPLOYEES, "lt": 10}]}, "/rule/all/1", "contradiction"),
    ({"all": [{**EMPLOYEES, "gt": 20}, {**EMPLOYEES, "lt": 21}]}, "/rule/all/1", "contradiction"),
    ({"all": [{**EMPLOYEES, "gte": 1}, {**EMPLOYEES, "lt": 0}]}, "/rule/all/1", "contradiction"),
    ({"not": {"all": []}}, "/rule", "contradiction"),
    ({"all": [{"not": {**EMPLOYEES, "gte": 0}}]}, "/rule/all/0", "contradiction"),
    ({"not": {"not": {**EMPLOYEES, "gte": 0}}}, "/rule", "tautology"),
    ({"all": [{"field": "size", "is": word} for word in ("small", "large")]}, "/rule/all/1", "contradiction"),
    (
        {"all": [{"field": "region", "within": [code]} for code in ("330100", "110000")]},
        "/rule/all/1",
        "contradiction",
    ),
    (
        {"all": [{"field": "qualifications", op: ["srdi"]} for op in ("has_any", "has_none")]},
        "/rule/all/1",
        "contradiction",
    ),
    (
        {
            "all": [
                {"field": "registered_on", "within_last": {"years": 3}},
                {"field": "registered_on", "at_least_ago": {"months": 37}},
            ]
        },
        "/rule/all/1",
        "contradiction",
    ),
    ({"points": [{"when": {**EMPLOYEES, "gte": 3}, "points": 3}], "gte": 5}, "/rule", "contradiction"),
    (
        {"for_years": [-3, -1], "every": {"all": [{**EMPLOYEES, "gt": 9}, {**EMPLOYEES, "lt": 9}]}},
        "/rule/every/all/1",
        "contradiction",
    ),
    ({**EMPLOYEES, "gte": 0}, "/rule", "tautology"),
    ({"any": [{**EMPLOYEES, "gte": 10}, {**EMPLOYEES, "lt": 20}]}, "/rule", "tautology"),
    ({"any": [{"all": []}, {**EMPLOYEES, "gte": 3}]}, "/rule", "tautology"),
    (
        {"any": [{"field": "credit_dishonest", "is": yes} for yes in (True, False)]},
        "/rule",
        "tautology",
    ),
    ({"points": [{"when": {**EMPLOYEES, "gte": 3}, "points": 3}], "gte": 0}, "/rule", "tautology"),
]


@pytest.mark.parametrize(("rule", "pointer", "code"), IDLE)
def test_what_nobody_or_everybody_meets_is_told_once_at_the_smallest_node(
    rule: Any, pointer: str, code: str
) -> None:
    assert found(rule) == [(pointer, code)]


FAULTLESS = [
    {"all": []},
    {"all": [{"all": []}, {**EMPLOYEES, "gte": 3}]},
    {"tiers": [{"when": {**EMPLOYEES, "lt": 9}, "then": {**REVENUE, "gte": 5_000_000}},
               {"when": {"all": []}, "then": {**REVENUE, "gte": 9_000_000}}]},
    {"all": [{**EMPLOYEES, "gte": 9}, {**EMPLOYEES, "lte": 9}]},
    {"any": [{**EMPLOYEES, "gt": 9}, {**EMPLOYEES, "lt": 9}]},
    {"all": [{**EMPLOYEES, "gte": 20, "year": -2}, {**EMPLOYEES, "lt": 10}]},
    {"all": [{"field": "registered_on", "within_last": {"years": 3}},
             {"field": "registered_on", "at_least_ago": {"years": 3}}]},
    {"all": [{**REVENUE, "gt": 0}, {"attest": "key", "text": "属于重点产业"}]},
]  # fmt: skip


@pytest.mark.parametrize("rule", FAULTLESS)
def test_a_rule_without_fault_has_no_warning(rule: Any) -> None:
    assert found(rule) == []


def bundled() -> list[Path]:
    return [path for path in sorted(CATALOGUE.glob("*.yaml")) if not path.name.endswith(".cases.yaml")]


@pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)
def test_no_bundled_document_has_a_warning(path: Path) -> None:
    assert warnings_of(read_document(read_yaml(path.read_bytes()).value, china()), china()) == []


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"all": []}, "/rule"),
        ({**EMPLOYEES, "lte": 300}, "/rule"),
        ({"field": "region", "within": ["110000"]}, "/rule"),
        ({"all": [{**EMPLOYEES, "lte": 300}, {"field": "region", "within": ["330000"]}]}, "/rule/all/1"),
        ({"any": [{"field": "region", "within": ["330100"]}, {**EMPLOYEES, "lte": 300}]}, "/rule"),
        ({"not": {"field": "region", "within": ["330100"]}}, "/rule"),
    ],
)
def test_a_rule_that_firms_outside_the_documents_region_can_meet_is_told(rule: Any, pointer: str) -> None:
    assert found(rule, **HANGZHOU) == [(pointer, "wider_than_region")]


@pytest.mark.parametrize(
    "rule",
    [
        {"field": "region", "within": ["330100"]},
        {"field": "region", "within": ["330106"]},
        {"all": [{"field": "region", "within": ["330000"]}, {"field": "zones", "has_any": ["a-park"]}]},
        {"all": [{**EMPLOYEES, "lte": 300}, {"attest": "key", "text": "在杭州纳税满一个年度"}]},
    ],
)
def test_a_rule_that_says_where_a_firm_is_does_not_reach_outside(rule: Any) -> None:
    assert found(rule, **HANGZHOU) == []


@pytest.mark.parametrize(
    ("leaf", "step", "meant"),
    [
        ({**REVENUE, "gte": 2_000}, "/gte", "20000000"),
        ({**REVENUE, "gte": 200_000_000_000}, "/gte", "20000000"),
        ({**REVENUE, "between": [300, 4_000_000]}, "/between/0", "3000000"),
        ({**REVENUE, "gte": 500_000, "text": "营业收入 50 亿元以上"}, "/gte", "5000000000"),
        ({"value": {"sum": {"field": "rd_expense", "years": [-3, -1]}}, "gte": 200}, "/gte", "2000000"),
    ],
)
def test_a_threshold_that_looks_wrong_by_10_000_is_told_with_what_was_meant(
    leaf: Any, step: str, meant: str
) -> None:
    (doubt,) = warnings_of(drawn_up({"all": [leaf]}), china())
    told = (doubt.pointer, doubt.code, doubt.params["meant"]["en"])
    assert told == (f"/measures/0/rule/all/0{step}", "doubtful_amount", meant)


@pytest.mark.parametrize(
    ("benefit", "steps"),
    [
        ({"nature": "cash", "max": 50}, ["/max"]),
        ({"nature": "cash", "min": 20, "max": 50}, ["/min", "/max"]),
        ({"nature": "status", "max": 500, "text": "最高500万元"}, ["/max"]),
        ({"nature": "cash", "formula": {"min": [{"field": "rd_expense"}, 50]}}, ["/formula/min/1"]),
        ({"nature": "cash", "max": 500, "text": "每人500元"}, []),
        ({"nature": "cash", "max": 500, "text": "一次性500元"}, []),
        ({"nature": "cash", "max": 500_000}, []),
        ({"nature": "tax_saved", "max": 500}, []),
    ],
)
def test_an_amount_of_a_benefit_is_held_against_its_text_and_its_nature(
    benefit: Any, steps: list[str]
) -> None:
    assert found({"all": []}, [benefit]) == [(f"/benefits/0{step}", "doubtful_amount") for step in steps]


def test_warnings_stand_in_the_order_of_the_document() -> None:
    rule = {
        "all": [{"attest": "a", "text": "属于小微企业"}, {**REVENUE, "gte": 300}, {**EMPLOYEES, "gte": 0}]
    }
    assert found(rule, [{"nature": "cash", "max": 50}], **HANGZHOU) == [
        ("/rule", "wider_than_region"),
        ("/rule/all/0", "fact_decides"),
        ("/rule/all/1/gte", "doubtful_amount"),
        ("/rule/all/2", "tautology"),
        ("/benefits/0/max", "doubtful_amount"),
    ]


def test_each_code_has_its_words_in_every_language() -> None:
    rule = {"all": [{"attest": "a", "text": "属于小微企业"}, {**REVENUE, "gte": 300},
                    {**EMPLOYEES, "gte": 0}, {**EMPLOYEES, "lt": 0}]}  # fmt: skip
    wide = {"any": [rule, {**EMPLOYEES, "gte": 3}]}
    doubts = warnings_of(drawn_up(wide, **HANGZHOU), china())
    assert {doubt.code for doubt in doubts} == set(CODES) == set(map(code_of, forms()))
    told = [doubt.told(lang) for doubt in doubts for lang in LANGUAGES]
    assert all(words["detail"] and words["suggestion"] and "{words}" not in words["detail"] for words in told)


def test_a_document_has_no_more_than_the_most_warnings() -> None:
    rule = {"any": [{**EMPLOYEES, "gte": 0, "year": -year % 10 - 10} for year in range(300)]}
    assert len(found(rule)) == MOST_WARNINGS


def all_but(n: int) -> Any:
    """A rule that nobody meets: each way to answer `n` attestations is shut out by one clause."""
    answers = [{"attest": f"k{i}", "text": f"情况{i}"} for i in range(n)]
    clauses = [
        {"any": [each if yes else {"not": each} for yes, each in zip(way, answers, strict=True)]}
        for way in product((True, False), repeat=n)
    ]
    return {"all": clauses}


def test_a_rule_too_large_to_be_looked_through_has_no_warning() -> None:
    assert (found(all_but(3)), found(all_but(7))) == ([("/rule", "contradiction")], [])


def nodes(node: Node) -> list[Node]:
    below = () if isinstance(node, Leaf | Attest) else node.children
    return [node, *(each for child in below for each in nodes(child))]


def conditions(fact: str, **operands: Any) -> st.SearchStrategy[Any]:
    """Conditions on one fact: each operator with one of its operands."""
    leaf = [{"field": fact, operator: one} for operator, found in operands.items() for one in found]
    return st.lists(st.sampled_from(leaf), min_size=2, max_size=4)


TITLES = rule_cases.CODES
NUMBERS, DAYS = (0, 1, 2, 10, 20, 300), ("2025-11-25", "2026-11-24")
STRETCHES = [{"days": 20}, {"days": 400}, {"months": 3}, {"months": 13}, {"years": 1}]
HELD = [list(TITLES[:1]), list(TITLES[:2]), list(TITLES[1:])]
one_fact = st.one_of(
    conditions("employees", gt=NUMBERS, gte=NUMBERS, lt=NUMBERS, lte=NUMBERS, between=[[1, 2], [2, 10]]),
    conditions("registered_on", within_last=STRETCHES, at_least_ago=STRETCHES, before=DAYS, on_or_after=DAYS),
    conditions("region", within=[["330100"], ["330106", "110000"], ["330000"], ["000000"]]),
    conditions("legal_form", **{"is": FORMS, "in": [list(FORMS[:2]), list(FORMS[1:])]}),
    conditions("qualifications", has_any=HELD, has_all=HELD, has_none=HELD),
)
narrow = st.one_of(
    st.builds(lambda form, found: {form: found}, st.sampled_from(["all", "any"]), one_fact),
    one_fact.flatmap(lambda found: weighing(st.sampled_from(found))),
)
told_apart = st.fixed_dictionaries(
    {
        "employees": st.fixed_dictionaries(dict.fromkeys(YEARS, amounts)),
        "registered_on": st.dates(date(2024, 1, 1), date(2027, 1, 1)).map(str),
        "region": st.sampled_from(["330102", "330106", "330203", "110105"]),
        "legal_form": st.sampled_from(FORMS),
        "qualifications": st.lists(st.sampled_from(TITLES), unique=True).map(
            lambda held: {"held": held, "complete": True}
        ),
    }
)


def doubts_of(written: Any) -> tuple[Document, list[Doubt]]:
    document = drawn_up(written, **HANGZHOU)
    return document, warnings_of(document, china())


def assert_nothing_false(written: Any, facts: Any, answers: Any) -> None:
    document, doubts = doubts_of(written)
    firm = known(facts, answers)
    for doubt in doubts:
        path = doubt.pointer.removeprefix("/measures/0/rule")
        for node in nodes(document.measures[0].rule.root) if doubt.code in NEVER_IDLE else ():
            if node.path == path:
                assert judge(Rule(node, None), firm, MEASURE).verdict != NEVER_IDLE[doubt.code]


@given(rules, whole_facts, whole_answers)
def test_no_firm_falsifies_a_contradiction_or_a_tautology(written: Any, facts: Any, answers: Any) -> None:
    assert_nothing_false(written, facts, answers)


@settings(deadline=None, max_examples=400)
@given(narrow, told_apart)
def test_no_known_firm_falsifies_what_is_said_of_one_fact(written: Any, facts: Any) -> None:
    assert_nothing_false(written, facts, {})


@given(st.one_of(rules, narrow))
def test_warnings_are_the_same_each_time_and_never_an_error(written: Any) -> None:
    assert doubts_of(written)[1] == doubts_of(written)[1]


@given(rules, st.sampled_from(["110000", "440106", "330200"]), whole_facts)
def test_no_firm_outside_meets_a_rule_that_is_not_said_to_reach_outside(
    written: Any, region: str, facts: Any
) -> None:
    document, doubts = doubts_of(written)
    if "wider_than_region" in {doubt.code for doubt in doubts}:
        return
    firm = known({**facts, "region": region, "zones": {"complete": True}})
    assert judge(document.measures[0].rule, firm, MEASURE).verdict != "eligible"


def test_a_day_decides_no_warning() -> None:
    rule = {"any": [{"field": "age_months", "gte": 0}, {"field": "registered_on", "after": "2026-11-24"}]}
    assert found(rule) == []
    early = Known(Profile(), china(), date(1990, 1, 1))
    assert judge(drawn_up(rule).measures[0].rule, early, MEASURE).verdict == "unknown"


def test_two_conditions_that_exclude_each_other_are_both_named_wherever_they_stand() -> None:
    rule = {"all": [{**EMPLOYEES, "lt": 10}, {**REVENUE, "gt": 1}, {**EMPLOYEES, "gte": 20}]}
    (doubt,) = warnings_of(drawn_up(rule), china())
    told = doubt.told("en")
    assert (told["pointer"], told["code"]) == ("/measures/0/rule/all/2", "contradiction")
    assert all(words in told["detail"] for words in ("/measures/0/rule/all/0", "10", "20"))


def test_three_conditions_that_only_together_exclude_everybody_are_told_as_a_whole() -> None:
    classes = (["micro", "small"], ["small", "medium"], ["micro", "medium"])
    assert found({"all": [{"field": "size", "in": some} for some in classes]}) == [("/rule", "contradiction")]
