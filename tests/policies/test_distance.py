"""How far a condition is missed: exact, the least over what is possible, told only where it is not met."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from tests.policies.rule_cases import judged, leaves, whole_facts

STAFF = {"field": "employees"}
LOSSES = {"sum": {"field": "profit", "years": [-2, -1]}}
RATIO = {"value": {"div": [{"field": "rd_expense"}, {"field": "revenue"}]}}
MISSED: list[tuple[dict[str, Any], dict[str, Any], Any]] = [
    ({**STAFF, "gte": 20}, {"employees": 17}, 3),
    ({**STAFF, "lte": 20}, {"employees": 27}, 7),
    ({**STAFF, "gt": 20}, {"employees": 20}, 0),
    ({**STAFF, "gte": 20}, {"employees": {"min": 5, "max": 16}}, 4),
    ({**STAFF, "lt": 20}, {"employees": {"min": 30}}, 10),
    ({**STAFF, "between": [20, 30]}, {"employees": 18}, 2),
    ({**STAFF, "between": [20, 30]}, {"employees": 35}, 5),
    ({"field": "revenue", "gte": 1_000_000}, {"revenue": Decimal("999999.99")}, Decimal("0.01")),
    ({**RATIO, "gte": Decimal("0.05")}, {"rd_expense": 1, "revenue": 30}, Decimal("0.016667")),
    ({"value": LOSSES, "gt": 0}, {"profit": {"2024": 1, "2025": -5}}, 4),
    ({"field": "revenue", "gte": {"mul": [2, {"field": "profit"}]}}, {"revenue": 5, "profit": 3}, 1),
    ({"field": "age_months", "gte": 24}, {"registered_on": "2025-11-24"}, 12),
    ({"field": "registered_on", "before": "2020-01-01"}, {"registered_on": "2020-01-31"}, 30),
    ({"field": "registered_on", "on_or_after": "2020-01-31"}, {"registered_on": {"max": "2020-01-01"}}, 30),
    ({"field": "registered_on", "at_least_ago": {"years": 1}}, {"registered_on": "2025-12-24"}, 30),
    ({"field": "registered_on", "within_last": {"years": 1}}, {"registered_on": "2025-11-14"}, 10),
    ({"field": "registered_on", "within_last": {"years": 1}}, {"registered_on": "2026-12-04"}, 10),
]  # fmt: skip


@pytest.mark.parametrize(("written", "facts", "distance"), MISSED)
def test_what_is_missed_is_told_in_the_facts_own_unit(written: Any, facts: Any, distance: Any) -> None:
    (condition,) = judged(written, facts).conditions
    assert (condition.verdict, condition.distance) == ("not_met", distance)


@pytest.mark.parametrize(
    ("written", "facts"),
    [
        ({"field": "region", "within": ["330000"]}, {"region": "110000"}),
        ({"field": "legal_form", "is": "company"}, {"legal_form": "branch"}),
        ({"field": "qualifications", "has_any": ["srdi"]}, {"qualifications": {"not_held": ["srdi"]}}),
        ({**STAFF, "between": [{"add": [20, 10]}, {"add": [10, 10]}]}, {"employees": 18}),
    ],
)
def test_codes_words_sets_and_the_impossible_have_no_distance(written: Any, facts: Any) -> None:
    (condition,) = judged(written, facts).conditions
    assert (condition.verdict, condition.distance) == ("not_met", None)


@settings(deadline=None)
@given(leaves, whole_facts)
def test_only_what_is_not_met_has_a_distance_and_it_is_never_negative(written: Any, facts: Any) -> None:
    (condition,) = judged(written, facts).conditions
    assert condition.distance is None or (condition.verdict == "not_met" and condition.distance >= 0)


@settings(deadline=None)
@given(leaves, whole_facts)
def test_numbers_and_dates_that_are_not_met_always_have_one(written: Any, facts: Any) -> None:
    (condition,) = judged(written, facts).conditions
    if condition.verdict == "not_met" and set(written) & {"gt", "gte", "lt", "lte", "before", "at_least_ago"}:
        assert condition.distance is not None
