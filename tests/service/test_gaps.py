"""How far a condition is from its bound, as the pages say it: its side, its unit, three languages."""

from decimal import Decimal
from typing import Any

import pytest

from policies.facts import china
from service.pages.gaps import gap
from service.pages.shown_values import Shower
from service.pages.words import Words


def shower(language: str = "zh-Hans") -> Shower:
    facts = {
        fact.name: {"type": fact.type, "unit": fact.unit, "value_labels": {}, "label": fact.label}
        for fact in china().facts.values()
    }
    return Shower(china(), facts, Words(language))


def condition(distance: Any, value: Any = None, verdict: str = "not_met") -> dict[str, Any]:
    return {"distance": distance, "value": value, "verdict": verdict}


SAID: list[tuple[dict[str, Any], Any, Any, str]] = [
    ({"field": "employees", "gte": 20}, 3, 17, "还差 3 人"),
    ({"field": "revenue", "lte": 1_000_000}, 200_000, 1_200_000, "超出 20 万元"),
    ({"field": "age_months", "gte": 36}, 4, 32, "还要 4 个月"),
    ({"field": "age_months", "lte": 36}, 4, 40, "超出 4 个月"),
    ({"field": "employees", "between": [10, 20]}, 3, 7, "还差 3 人"),
    ({"field": "employees", "between": [10, 20]}, 3, {"min": 23, "max": 30}, "超出 3 人"),
    ({"field": "registered_on", "at_least_ago": {"years": 1}}, 97, "2026-01-01", "还要 97 天"),
    ({"field": "registered_on", "before": "2020-01-01"}, 5, "2020-01-06", "晚了 5 天"),
    ({"field": "registered_on", "within_last": {"years": 1}}, 5, "2020-01-06", "超出 5 天"),
    ({"field": "rd_ratio", "gte": Decimal("0.05")}, Decimal("0.022"), Decimal("0.028"), "还差 2.2 个百分点"),
    ({"field": "employees", "gt": 20}, 0, 20, "正好在界限上，不算"),
    ({"field": "region", "within": ["330000"]}, None, "110000", ""),
    ({"value": {"mean": {"field": "revenue", "years": [-2, -1]}}, "gte": 5}, 2, 3, "还差 2"),
]


@pytest.mark.parametrize(("node", "distance", "value", "text"), SAID)
def test_how_far_a_condition_is_missed_is_said_in_its_unit(
    node: Any, distance: Any, value: Any, text: str
) -> None:
    assert gap(condition(distance, value), node, shower()) == text


@pytest.mark.parametrize(("language", "text"), [("en", "3 people short"), ("zh-Hant", "還差 3 人")])
def test_the_other_languages_say_it_too(language: str, text: str) -> None:
    assert gap(condition(3, 17), {"field": "employees", "gte": 20}, shower(language)) == text


@pytest.mark.parametrize("verdict", ["met", "unknown"])
def test_nothing_is_said_of_what_is_not_missed(verdict: str) -> None:
    assert gap(condition(3, 17, verdict), {"field": "employees", "gte": 20}, shower()) == ""
