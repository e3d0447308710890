"""Per cent written where a decimal fraction is meant is told, and what is scaled on purpose is not.

Amounts wrong by 10,000 are in test_warnings.py.
"""

from decimal import Decimal
from typing import Any

import pytest

from policies.facts import china
from policies.warnings import warnings_of
from tests.policies.warned import drawn_up, found

RATIO, REVENUE = {"field": "rd_ratio"}, {"field": "revenue"}
SPENT = {"field": "rd_expense"}
GROWTH = {"value": {"growth": {"field": "revenue", "from": -2, "to": -1}}}


@pytest.mark.parametrize(
    ("leaf", "step", "meant"),
    [
        ({**RATIO, "gte": 5}, "/gte", "0.05"),
        ({**RATIO, "between": [3, 5]}, "/between/0", "0.03"),
        ({**RATIO, "gte": 0.5, "text": "不低于 0.5%"}, "/gte", "0.005"),
        ({**GROWTH, "gte": 20}, "/gte", "0.2"),
    ],
)
def test_a_share_in_per_cent_is_told_with_what_was_meant(leaf: Any, step: str, meant: str) -> None:
    doubt = warnings_of(drawn_up({"all": [exact(leaf)]}), china())[0]
    told = (doubt.pointer, doubt.code, doubt.form, doubt.params["meant"]["en"])
    assert told == (f"/measures/0/rule/all/0{step}", "doubtful_amount", "doubtful_share", meant)


@pytest.mark.parametrize(
    "leaf",
    [
        {**RATIO, "gte": 1},
        {**RATIO, "gte": 5, "text": "研发费用占营业收入 500% 以上"},
        {**GROWTH, "gte": 1},
        {**GROWTH, "gte": 10, "text": "营业收入增长十倍以上"},
        {"value": {"mul": [RATIO, 100]}, "gte": 5},
        {"value": {"div": [REVENUE, 10_000]}, "gte": 500},
        {"value": {"add": [{"div": [REVENUE, 10_000]}, {"div": [SPENT, 10_000]}]}, "gte": 500},
    ],
)
def test_a_share_of_any_size_that_is_meant_and_a_number_scaled_on_purpose_are_not_told(leaf: Any) -> None:
    assert found(leaf) == []


@pytest.mark.parametrize(
    ("benefit", "steps"),
    [
        ({"nature": "cash", "formula": {"mul": [SPENT, 10]}}, ["/formula/mul/1"]),
        ({"nature": "cash", "formula": {"min": [{"mul": [10, SPENT]}, 500_000]}}, ["/formula/min/0/mul/0"]),
        ({"nature": "cash", "formula": {"mul": [SPENT, 10, {"field": "employees"}]}}, []),
        ({"nature": "cash", "formula": {"div": [{"mul": [SPENT, 10]}, 100]}}, []),
        ({"nature": "cash", "formula": {"mul": [{"field": "employees"}, 10]}}, []),
        ({"nature": "cash", "formula": {"mul": [SPENT, 2]}}, []),
        ({"nature": "cash", "text": "研发费用的10倍", "formula": {"mul": [SPENT, 10]}}, []),
        ({"nature": "loan", "formula": {"mul": [{"field": "tax_paid"}, 5]}}, []),
    ],
)
def test_a_rate_in_per_cent_is_told_where_money_alone_is_multiplied(benefit: Any, steps: list[str]) -> None:
    assert found({"all": []}, [benefit]) == [(f"/benefits/0{step}", "doubtful_amount") for step in steps]


def exact(leaf: Any) -> Any:
    """The leaf with its floats as the JSON reader gives them."""
    return {name: Decimal(str(one)) if isinstance(one, float) else one for name, one in leaf.items()}
