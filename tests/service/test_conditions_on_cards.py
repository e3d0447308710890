"""Conditions on a card: one under `not` says what is not so; an item of a score what it counts for."""

from typing import Any

import pytest

from policies.facts import china
from service.pages.shown_values import Shower
from service.pages.views import condition
from service.pages.words import Words

STAFF = {"field": "employees", "gte": 10}
ITEMS = [{"when": STAFF, "points": 20}, {"when": {"all": [STAFF]}, "points": 40}]
RULE = {"all": [STAFF, {"points": ITEMS, "gte": 60}]}


def shown(path: str, part: str) -> dict[str, Any]:
    told = {"path": path, "text": "人数", "verdict": "not_met", "value": 3}
    rest: dict[str, Any] = {"origin": None, "missing": [], "place": None, "distance": None, "attest": None}
    return condition({**told, **rest}, RULE, SHOW, part)


SHOW = Shower(china(), {}, Words("zh-Hans"))


@pytest.mark.parametrize(
    ("path", "points"), [("/all/1/points/0/when", 20), ("/all/1/points/1/when/all/0", 40)]
)
def test_an_item_of_a_score_says_its_points_and_those_needed_and_is_no_obstacle(
    path: str, points: int
) -> None:
    found = shown(path, "undecided")
    assert found["shown"] == "other"
    assert f"{points} 分" in found["points_text"]
    assert "60 分" in found["points_text"]


def test_what_is_no_item_of_a_score_says_nothing_of_points() -> None:
    assert (shown("/all/0", "undecided")["shown"], shown("/all/0", "")["points_text"]) == ("not_met", "")


def test_a_condition_under_not_is_said_as_what_must_not_be_so() -> None:
    rule = {"not": {"any": [STAFF, {"not": STAFF}]}}
    told = {"text": "人数", "verdict": "not_met", "value": 3, "origin": None, "missing": [], "place": None}
    told |= {"distance": None, "attest": None}
    found = [
        condition({**told, "path": path}, rule, SHOW, "certain") for path in ("/not/any/0", "/not/any/1/not")
    ]
    assert [each["text"] for each in found] == ["不属于此情形：人数", "人数"]
    assert found[0]["shown"] == "met"
