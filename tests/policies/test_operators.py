"""When each operator is met, not met or unknown: edges of numbers, days, codes and sets.

Read as a table; one line is one claim.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from policies.facts import china
from policies.nodes import Ago
from policies.operators import counted_back
from tests.policies.rule_cases import judged, verdict

MET, NOT, UNKNOWN = "met", "not_met", "unknown"
D = Decimal
INCOME = {"field": "revenue"}
SHARE = {"div": [{"field": "rd_expense"}, INCOME]}
THREE_YEARS = {"sum": {"field": "revenue", "years": [-3, -1]}}
MEAN_REVENUE = {"mean": {"field": "revenue", "years": [-3, -1]}}
MEAN_LAID_OFF = {"mean": {"field": "staff_laid_off_ratio", "years": [-2, -1]}}
GROWTH = {"growth": {"field": "revenue", "from": -2, "to": -1}}
PROFIT_GROWTH = {"growth": {"field": "profit", "from": -2, "to": -1}}
ONE_TWO_THREE = {"revenue": {"2023": 1, "2024": 2, "2025": 3}}
QUALIFIED = {"field": "qualifications"}

CASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    # codes: a coarser code is a set of possible finer ones
    ({"field": "region", "within": ["330100"]}, {"region": "330106"}, MET),
    ({"field": "region", "within": ["330100"]}, {"region": "330000"}, UNKNOWN),
    ({"field": "region", "within": ["330100"]}, {"region": "110105"}, NOT),
    ({"field": "region", "within": ["000000"]}, {}, MET),
    ({"field": "region", "within": ["330100"]}, {}, UNKNOWN),
    ({"field": "industry", "within": ["I"]}, {"industry": "65"}, MET),
    ({"field": "industry", "within": ["I651"]}, {"industry": "I65"}, UNKNOWN),
    ({"field": "industry", "within": ["C", "I65"]}, {"industry": "F51"}, NOT),
    # words
    ({"field": "legal_form", "in": ["company", "branch"]}, {"legal_form": "branch"}, MET),
    ({"field": "legal_form", "is": "company"}, {"legal_form": "branch"}, NOT),
    ({"field": "legal_form", "is": "company"}, {}, UNKNOWN),
    ({"field": "credit_dishonest", "is": False}, {"credit_dishonest": False}, MET),
    ({"field": "credit_dishonest", "is": False}, {}, UNKNOWN),
    ({"field": "credit_dishonest", "in": [True, False]}, {}, MET),
    ({"field": "size", "in": ["micro", "small", "medium"]}, {"industry": "I6513", "employees": 18}, MET),
    ({"field": "size", "is": "small"}, {"industry": "I6513", "employees": 18}, UNKNOWN),
    # numbers, compared exactly
    ({"field": "revenue", "gte": 1_000_000}, {"revenue": D("999999.99")}, NOT),
    ({"field": "revenue", "gte": 1_000_000}, {"revenue": 1_000_000}, MET),
    ({"field": "revenue", "gt": 1_000_000}, {"revenue": 1_000_000}, NOT),
    ({"field": "revenue", "lt": 5}, {"revenue": {"min": 1, "max": 4}}, MET),
    ({"field": "revenue", "lt": 5}, {"revenue": {"min": 1, "max": 5}}, UNKNOWN),
    ({"field": "revenue", "lte": 5}, {"revenue": {"min": 1, "max": 5}}, MET),
    ({"field": "revenue", "lte": 5}, {"revenue": {"min": 6}}, NOT),
    ({"field": "revenue", "gte": 0}, {}, MET),
    ({"field": "profit", "gte": 0}, {}, UNKNOWN),
    ({"field": "employees", "between": [10, 20]}, {"employees": 20}, MET),
    ({"field": "employees", "between": [10, 20]}, {"employees": 21}, NOT),
    ({"field": "employees", "between": [10, 20]}, {"employees": {"min": 9, "max": 12}}, UNKNOWN),
    ({"field": "employees", "year": 0, "gte": 5}, {"employees": {"2026": 7, "2025": 3}}, MET),
    ({"field": "employees", "gte": 5}, {"employees": {"2026": 7, "2025": 3}}, NOT),
    ({"field": "employees", "year": -2, "gte": 5}, {"employees": {"2025": 7}}, UNKNOWN),
    # quotients stay fractions
    (
        {"value": {"mul": [3, SHARE]}, "between": [1, 1]},
        {"rd_expense": 1, "revenue": 3},
        MET,
    ),
    (
        {"value": {"div": [{"add": [D("0.1"), D("0.2")]}, 2]}, "between": [D("0.15"), D("0.15")]},
        {},
        MET,
    ),
    ({"field": "rd_ratio", "gte": D("0.05")}, {"rd_expense": 5, "revenue": 100}, MET),
    ({"field": "rd_ratio", "gte": D("0.05")}, {"rd_expense": 5, "revenue": 0}, UNKNOWN),
    # numbers made of facts
    ({"value": SHARE, "gte": 0}, {"rd_expense": 1}, UNKNOWN),
    ({"value": {"div": [1, 0]}, "gte": 0}, {}, UNKNOWN),
    (
        {"value": SHARE, "lte": 1},
        {"rd_expense": {"min": 1, "max": 2}, "revenue": {"min": 2}},
        MET,
    ),
    ({"value": {"sub": [INCOME, INCOME]}, "gte": 0}, {"revenue": {"min": 1, "max": 2}}, UNKNOWN),
    ({"value": {"mul": [0, {"field": "profit"}]}, "lte": 0}, {}, MET),
    ({"value": {"mul": [{"field": "profit"}, -2]}, "lte": 6}, {"profit": {"min": -3, "max": 5}}, MET),
    ({"value": {"max": [{"field": "revenue"}, 100]}, "gte": 100}, {}, MET),
    ({"value": {"min": [{"field": "revenue"}, 100]}, "lte": 100}, {}, MET),
    ({"value": THREE_YEARS, "gte": 6}, ONE_TWO_THREE, MET),
    ({"value": THREE_YEARS, "gte": 7}, ONE_TWO_THREE, NOT),
    ({"value": THREE_YEARS, "gte": 6}, {"revenue": {"2024": 6}}, MET),
    ({"field": "rd_expense", "gte": {"div": [INCOME, 2]}}, {"rd_expense": 5, "revenue": {"max": 10}}, MET),
    ({"field": "employees", "between": [{"field": "rd_staff"}, 5]}, {"rd_staff": 6}, NOT),
    (
        {"value": MEAN_LAID_OFF, "between": [D("0.15"), D("0.15")]},
        {"staff_laid_off_ratio": {"2024": D("0.1"), "2025": D("0.2")}},
        MET,
    ),
    ({"value": MEAN_REVENUE, "between": [2, 2]}, ONE_TWO_THREE, MET),
    ({"value": MEAN_REVENUE, "gte": 3}, {"revenue": {"2024": 9}}, MET),
    ({"value": MEAN_REVENUE, "lt": 3}, {"revenue": {"2024": 8}}, UNKNOWN),
    ({"value": {"mul": [3, MEAN_REVENUE]}, "lt": 1}, {"revenue": {"2023": 0, "2024": 0, "2025": 1}}, NOT),
    ({"value": GROWTH, "between": [D("0.5"), D("0.5")]}, ONE_TWO_THREE, MET),
    ({"value": GROWTH, "gte": 0}, {"revenue": {"2024": 0, "2025": 3}}, UNKNOWN),
    ({"value": GROWTH, "gte": -1}, {"revenue": {"2024": {"min": 1}}}, MET),
    ({"value": GROWTH, "lte": 2}, {"revenue": {"2024": {"min": 1, "max": 2}, "2025": 3}}, MET),
    ({"value": GROWTH, "gte": D("0.5")}, {"revenue": {"2024": {"min": 1, "max": 2}, "2025": 3}}, MET),
    ({"value": GROWTH, "gt": D("0.5")}, {"revenue": {"2024": {"min": 1, "max": 2}, "2025": 3}}, UNKNOWN),
    ({"value": PROFIT_GROWTH, "lt": 0}, {"profit": {"2024": -5, "2025": -6}}, UNKNOWN),
    ({"value": PROFIT_GROWTH, "between": [-3, -3]}, {"profit": {"2024": 5, "2025": -10}}, MET),
    ({"field": "revenue", "gte": {"mul": [{"add": [1, GROWTH]}, 2]}}, ONE_TWO_THREE, MET),
    # days
    ({"field": "registered_on", "before": "2020-01-01"}, {"registered_on": "2019-12-31"}, MET),
    ({"field": "registered_on", "before": "2020-01-01"}, {"registered_on": "2020-01-01"}, NOT),
    ({"field": "registered_on", "on_or_before": "2020-01-01"}, {"registered_on": "2020-01-01"}, MET),
    ({"field": "registered_on", "after": "2020-01-01"}, {"registered_on": "2020-01-01"}, NOT),
    ({"field": "registered_on", "on_or_after": "2020-01-01"}, {"registered_on": "2020-01-01"}, MET),
    ({"field": "registered_on", "on_or_after": "2020-01-01"}, {"registered_on": {"min": "2020-01-01"}}, MET),
    ({"field": "registered_on", "before": "0001-01-01"}, {}, UNKNOWN),
    ({"field": "registered_on", "within_last": {"years": 1}}, {"registered_on": "2025-11-24"}, MET),
    ({"field": "registered_on", "within_last": {"years": 1}}, {"registered_on": "2025-11-23"}, NOT),
    ({"field": "registered_on", "within_last": {"years": 1}}, {"registered_on": "2026-11-25"}, NOT),
    ({"field": "registered_on", "within_last": {"days": 1}}, {"registered_on": "2026-11-23"}, MET),
    ({"field": "registered_on", "at_least_ago": {"months": 12}}, {"registered_on": "2025-11-24"}, MET),
    ({"field": "registered_on", "at_least_ago": {"months": 12}}, {"registered_on": "2025-11-25"}, NOT),
    ({"field": "registered_on", "at_least_ago": {"months": 12}}, {}, UNKNOWN),
    # sets
    ({**QUALIFIED, "has_any": ["high_tech", "srdi"]}, {"qualifications": ["srdi"]}, MET),
    ({**QUALIFIED, "has_any": ["high_tech"]}, {"qualifications": ["srdi"]}, UNKNOWN),
    ({**QUALIFIED, "has_any": ["high_tech"]}, {"qualifications": {"held": [], "complete": True}}, NOT),
    ({**QUALIFIED, "has_all": ["high_tech", "srdi"]}, {"qualifications": ["srdi"]}, UNKNOWN),
    ({**QUALIFIED, "has_all": ["high_tech", "srdi"]}, {"qualifications": {"not_held": ["srdi"]}}, NOT),
    ({**QUALIFIED, "has_none": ["high_tech", "srdi"]}, {"qualifications": {"not_held": ["srdi"]}}, UNKNOWN),
    ({**QUALIFIED, "has_none": ["srdi"]}, {"qualifications": {"not_held": ["srdi"]}}, MET),
    ({**QUALIFIED, "has_any": ["srdi"]}, {"qualifications": [{"code": "srdi", "until": "2026-11-23"}]}, NOT),
    ({**QUALIFIED, "has_any": ["srdi"]}, {"qualifications": [{"code": "srdi", "until": "2026-11-24"}]}, MET),
    ({"field": "zones", "has_any": ["east-park"]}, {"zones": ["east-park"]}, MET),
]  # fmt: skip


@pytest.mark.parametrize(("leaf", "facts", "expected"), CASES, ids=lambda value: str(value)[:60])
def test_a_leaf_is_met_when_every_possible_value_meets_it(leaf: Any, facts: Any, expected: str) -> None:
    assert verdict(leaf, facts) == expected


def test_a_province_is_within_the_set_of_all_its_cities() -> None:
    cities = list(china().codes.regions.children("330000"))
    assert verdict({"field": "region", "within": cities}, {"region": "330000"}) == MET
    assert verdict({"field": "region", "within": cities[1:]}, {"region": "330000"}) == UNKNOWN


@pytest.mark.parametrize(
    ("day", "ago", "edge"),
    [
        (date(2026, 3, 31), Ago("months", 1), date(2026, 2, 28)),
        (date(2024, 3, 31), Ago("months", 1), date(2024, 2, 29)),
        (date(2024, 2, 29), Ago("years", 1), date(2023, 2, 28)),
        (date(2026, 1, 15), Ago("months", 13), date(2024, 12, 15)),
        (date(2026, 1, 1), Ago("days", 1), date(2025, 12, 31)),
        (date(1990, 1, 1), Ago("months", 10_000 * 12), date.min),
        (date(1990, 1, 1), Ago("days", 10_000_000), date.min),
    ],
)
def test_time_is_counted_back_to_the_same_day_or_the_months_end(day: date, ago: Ago, edge: date) -> None:
    assert counted_back(day, ago) == edge


def test_the_day_of_asking_moves_years_and_edges() -> None:
    leaf = {"field": "employees", "gte": 5}
    assert verdict(leaf, {"employees": {"2024": 7}}, date(2025, 1, 1)) == MET
    assert verdict(leaf, {"employees": {"2024": 7}}, date(2026, 1, 1)) == UNKNOWN


def test_size_that_is_not_settled_names_revenue() -> None:
    facts = {"industry": "I6513", "employees": 18}
    assert judged({"field": "size", "is": "small"}, facts).missing == ("revenue",)
