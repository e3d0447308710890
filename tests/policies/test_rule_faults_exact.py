"""Small faults that a reader or judge of rules may have, each with the claim that shows it.

Found by mutants that the other tests did not notice; fast, so that `benchmarks mutation` runs them too.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.eligibility import judge, part_of
from policies.expressions import Constant, FactAt
from policies.facts import china
from policies.faults import Fault
from policies.graded import Graded
from policies.rules import FormulaRead, formula_reader, rule_reader
from tests.policies.rule_cases import (
    MEASURE,
    faults_of,
    judged,
    known,
    rule,
    rules,
    whole_answers,
    whole_facts,
)

STAFF = {"field": "employees", "gte": 10}


@given(rules, whole_facts, whole_answers)
def test_the_part_alone_is_the_part_of_the_whole_judgement(written: Any, facts: Any, answers: Any) -> None:
    read, profile = rule(written), known(facts, answers)
    assert part_of(read, profile, MEASURE) == judge(read, profile, MEASURE).part


@given(rules, st.just({}), st.just({}))
def test_the_part_alone_is_the_same_where_nothing_is_known(written: Any, facts: Any, answers: Any) -> None:
    read, profile = rule(written), known(facts, answers)
    assert part_of(read, profile, MEASURE) == judge(read, profile, MEASURE).part


@pytest.mark.parametrize("span", [["a", 2], [0, "b"]])
def test_an_end_of_a_span_that_is_no_number_is_told_at_that_end(span: list[Any]) -> None:
    written = {"all": [], "place": {"span": span}}
    at = 0 if isinstance(span[0], str) else 1
    assert faults_of(written) == [(f"/place/span/{at}", "wrong_type")]


def _faults_of_formula(written: Any) -> list[tuple[str, str]]:
    faults: list[Fault] = []
    formula_reader(china()).read(written, "/formula", faults)
    return [(fault.pointer, fault.code) for fault in faults]


def test_a_formula_as_deep_as_a_rule_may_be_is_read_and_one_deeper_is_not() -> None:
    deep: Any = 1
    for _ in range(31):
        deep = {"add": [deep]}
    assert _faults_of_formula(deep) == []
    assert _faults_of_formula({"add": [deep]}) == [("/formula", "rule_too_large")]


def test_a_formula_whose_exact_numbers_would_be_endless_is_refused() -> None:
    number: Any = 10**9
    for _ in range(9):
        number = {"mul": [number, number]}
    assert _faults_of_formula(number) == [("/formula", "rule_too_large")]


def test_a_formula_is_kept_as_written_with_its_number() -> None:
    read = formula_reader(china()).read({"add": [1, {"field": "revenue"}]}, "", [])
    assert isinstance(read, FormulaRead)
    assert read.written == {"add": [1, {"field": "revenue"}]}
    assert _faults_of_formula({"plus": [1]}) == [("/formula/plus", "unknown_operator")]


def test_the_shape_of_a_formula_is_an_object_or_a_number() -> None:
    assert formula_reader(china()).schema() == {"type": ["object", "number"]}


@pytest.mark.parametrize("place", [{"span": [0, 5]}, {"span": [3, 3]}, {"page": 2}, {"article": "第三条"}])
def test_a_place_is_kept_as_written_without_absent_members(place: dict[str, Any]) -> None:
    absent = {"article": None, "page": None, "span": None}
    (condition,) = judged({**STAFF, "place": {**absent, **place}}).conditions
    assert condition.place == place


def test_a_number_that_may_be_any_shows_no_value() -> None:
    loss = {"value": {"add": [{"field": "profit"}, {"field": "revenue"}]}, "gte": 1}
    assert judged(loss, {"revenue": 5}).conditions[0].value is None
    half = judged({**loss, "value": {"max": [5, {"field": "profit"}, {"field": "revenue"}]}}, {"revenue": 1})
    assert half.conditions[0].value == {"min": 5, "max": None}


def test_the_shape_of_a_rule_is_an_object_that_is_described_elsewhere() -> None:
    shape = rule_reader(china()).schema()
    assert (shape["type"], "/v1/rule-schema" in shape["description"]) == ("object", True)


def test_an_amount_in_grades_keeps_its_cases_in_order_and_what_was_written() -> None:
    cases = [{"when": STAFF, "then": 5}, {"when": {"not": STAFF}, "then": {"field": "revenue"}}]
    faults: list[Fault] = []
    read = formula_reader(china()).read({"tiers": cases, "text": "补贴", "place": None}, "/formula", faults)
    assert faults == []
    assert read.number == Graded(
        (rule(STAFF).root, rule({"not": STAFF}).root), (Constant(5), FactAt("revenue", -1))
    )
    assert read.written["tiers"] == cases
