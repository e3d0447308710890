"""What a measure is worth to one profile: exact intervals of formulas, shown to the fen."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from policies.benefits import Benefit, doubled_middle, for_profile, largest, money
from policies.documents import read_document
from policies.facts import china
from policies.faults import Refused
from policies.json_writing import to_json
from policies.profiles import Known, read_profile

AS_OF = date(2026, 11, 24)
REVENUE, STAFF = {"field": "revenue"}, {"field": "employees"}


def known(**facts: Any) -> Known:
    return Known(read_profile({"facts": facts}, china(), today=AS_OF), china(), AS_OF)


def document(*benefits: dict[str, Any]) -> Any:
    measure = {"key": "one", "title": "一项", "kind": "grant", "mode": "apply", "rule": {"all": []}}
    head = {"id": "hz-2026-trial", "title": "办法", "issuers": ["局"], "level": "city", "region": "330100"}
    told = {"in_force": "stated_until", "provenance": "secondary"}
    return {**head, **told, "measures": [{**measure, "benefits": list(benefits)}]}


def shown(*benefits: dict[str, Any], **facts: Any) -> tuple[Any, Any]:
    measure = read_document(document(*benefits), china()).measures[0]
    found = for_profile(measure.benefits, known(**facts))
    assert found is not None
    return found.min, found.max


def refusal(formula: object) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read_document(document({"formula": formula}), china())
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


CAPPED = {"min": [{"mul": [Decimal("0.2"), {"field": "rd_expense"}]}, 500_000]}


@pytest.mark.parametrize(
    ("formula", "facts", "range_"),
    [
        (CAPPED, {"rd_expense": 1_000_000}, (200_000, 200_000)),
        (CAPPED, {"rd_expense": 2_500_000}, (500_000, 500_000)),
        (CAPPED, {"rd_expense": {"min": 1_000_000, "max": 9_000_000}}, (200_000, 500_000)),
        (CAPPED, {}, (0, 500_000)),
        ({"mul": [1_500, STAFF]}, {"employees": 18}, (27_000, 27_000)),
        ({"mul": [1_500, STAFF]}, {}, (0, None)),
        ({"sum": {"field": "rd_expense", "years": [-2, -1]}}, {"rd_expense": {"2025": 5, "2024": 2}}, (7, 7)),
        ({"sum": {"field": "rd_expense", "years": [-2, -1]}}, {"rd_expense": {"2025": 5}}, (5, None)),
        ({"sub": [{"mul": [Decimal("0.25"), REVENUE]}, {"mul": [Decimal("0.05"), REVENUE]}]},
         {"revenue": 100}, (20, 20)),
        ({"div": [REVENUE, STAFF]}, {"revenue": 100}, (None, None)),
        ({"field": "taxable_income"}, {"taxable_income": {"max": -5}}, (None, -5)),
        (7, {}, (7, 7)),
    ],
)  # fmt: skip
def test_a_formula_is_worth_its_whole_interval_for_the_profile(formula, facts, range_) -> None:
    assert shown({"nature": "cash", "formula": formula}, **facts) == range_


def test_each_occurrence_of_a_fact_stands_for_itself() -> None:
    difference = {"sub": [REVENUE, REVENUE]}
    assert shown({"formula": difference}, revenue={"min": 1, "max": 3}) == (-2, 2)


def test_what_is_written_beside_a_formula_does_not_cut_it() -> None:
    assert shown({"min": 1, "max": 10, "formula": {"mul": [2, STAFF]}}, employees=50) == (100, 100)


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (None, None), (5, 5), (Fraction(1, 3), Decimal("0.33")), (Fraction(2, 3), Decimal("0.67")),
        (Fraction(1, 200), 0), (Fraction(3, 200), Decimal("0.02")), (Fraction(-1, 3), Decimal("-0.33")),
        (Fraction(-1, 2), Decimal("-0.50")), (Fraction(-1, 300), 0), (Fraction(7, 2), Decimal("3.50")),
    ],
)  # fmt: skip
def test_money_is_shown_to_the_fen_half_even(amount, told) -> None:
    assert money(amount) == told


def test_a_long_amount_is_shown_digit_by_digit() -> None:
    assert to_json(money(Fraction(10**250 * 100 + 1, 100))) == f"1{'0' * 250}.01"


def test_the_largest_known_maximum_for_the_profile_stands_for_the_measure() -> None:
    fixed, by_head = {"max": 50_000}, {"formula": {"mul": [1_000, STAFF]}}
    assert shown(fixed, by_head, employees=10) == (None, 50_000)
    assert shown(fixed, by_head, employees=51) == (51_000, 51_000)
    assert shown(fixed, by_head) == (None, 50_000)
    assert shown(by_head, {"nature": "status"}) == (0, None)


def test_a_measure_without_benefits_has_none_for_anybody() -> None:
    assert for_profile((), known()) is None


@pytest.mark.parametrize(
    ("ends", "doubled", "most"),
    [
        ((1, 4), 5, 4.0), ((None, 4), 8, 4.0), ((3, None), 6, 3.0), ((None, None), None, None),
        ((0, None), 0, None), ((Decimal("0.01"), Decimal("0.02")), Fraction(3, 100), 0.02),
        ((0, 10**400), 10**400, 1e15),
    ],
)  # fmt: skip
def test_a_range_counts_by_its_middle_and_a_single_end_by_itself(ends, doubled, most) -> None:
    benefit = Benefit("cash", *ends, None)
    assert (doubled_middle(benefit), largest(benefit)) == (doubled, most)


def test_no_benefit_counts_as_nothing_known() -> None:
    assert (doubled_middle(None), largest(None)) == (None, None)


def test_a_formula_is_kept_as_written_and_read_again_equal() -> None:
    first = read_document(document({"nature": "cash", "formula": CAPPED}), china())
    assert first.content["measures"][0]["benefits"][0]["formula"] == CAPPED
    assert read_document(first.content, china()).digest == first.digest
    assert read_document(document({"nature": "cash"}), china()).digest != first.digest


def deep(levels: int) -> Any:
    return {"add": [deep(levels - 1)]} if levels > 1 else 1


AT = "/measures/0/benefits/0/formula"


@pytest.mark.parametrize(
    ("formula", "faults"),
    [
        ({"field": "turnover"}, [(f"{AT}/field", "unknown_fact")]),
        ({"field": "region"}, [(AT, "bad_rule")]),
        ({"times": [1, 2]}, [(f"{AT}/times", "unknown_operator")]),
        ({"mul": []}, [(AT, "bad_rule")]),
        ({"sub": [1]}, [(AT, "bad_rule")]),
        ({"mul": [1, {"min": [REVENUE, "5"]}]}, [(f"{AT}/mul/1/min/1", "wrong_type")]),
        ({"field": "revenue", "year": -11}, [(f"{AT}/year", "out_of_range")]),
        ("5", [(AT, "wrong_type")]),
        (True, [(AT, "wrong_type")]),
        ([], [(AT, "wrong_type")]),
        (deep(33), [(AT, "rule_too_large")]),
        ({"add": [1] * 2_000}, [(AT, "rule_too_large")]),
        ({"mul": [REVENUE] * 400}, [(AT, "rule_too_large")]),
    ],
)
def test_a_faulty_formula_is_refused_with_its_place(formula, faults) -> None:
    assert refusal(formula) == faults


def test_the_limits_themselves_are_accepted() -> None:
    for formula in (deep(32), {"add": [1] * 1_999}):
        assert read_document(document({"formula": formula}), china())
