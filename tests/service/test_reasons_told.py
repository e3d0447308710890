"""Why an enterprise is told: the conditions that decide, with the facts behind them and their days."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.administering import HANGZHOU, Desk, desk
from tests.service.asking import document, measure

pytestmark = pytest.mark.usefixtures("both")

IN = {"facts": {"region": "330106"}}
SMALL = {"field": "employees", "lte": 20}


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def firm(at: Desk, name: str, **members: Any) -> None:
    await at.firm(name, **members)
    await at.work()


async def published(at: Desk, rule: Any) -> None:
    await at.published(document("a-doc", measure("one", rule)))
    await at.work()


async def test_a_notification_says_why_from_facts_of_what_date(at: Desk) -> None:
    rule = {"all": [HANGZHOU, {"any": [SMALL, {"field": "revenue", "lte": 100}]}]}
    employees = {"value": 5, "source": "registry", "as_of": "2026-10-01"}
    await firm(at, "f", facts={"region": "330106", "employees": employees})
    await published(at, rule)
    (one,) = await at.inbox("f")
    told = [(each["path"], each["fact"], each["value"], each["as_of"]) for each in one["data"]["why"]]
    assert told == [
        ("/all/0", "region", "330106", "2026-11-24"),
        ("/all/1/any/0", "employees", 5, "2026-10-01"),
    ]
    assert one["data"]["why"][1]["text"]["en"].endswith("at most 20 people")
    assert one["data"]["window"] is None


async def test_a_reason_under_not_is_told_as_what_is_not_so(at: Desk) -> None:
    dishonest = {"field": "credit_dishonest", "is": True}
    await firm(at, "f", facts={"region": "330106", "credit_dishonest": False})
    banned = {"attest": "banned", "text": "被列入名单"}
    await published(at, {"all": [HANGZHOU, {"not": {"any": [dishonest, banned]}}]})
    (one,) = await at.inbox("f")
    texts = {each["path"]: each["text"] for each in one["data"]["why"]}
    assert not texts["/all/0"]["zh-Hans"].startswith("不属于")
    for path in ("/all/1/not/any/0", "/all/1/not/any/1"):
        assert texts[path]["zh-Hans"].startswith("不属于此情形：")
        assert texts[path]["en"].startswith("not so: ")
    assert "不属于此情形：被列入名单" in one["text"]


async def test_a_checkable_match_says_what_speaks_for_it(at: Desk) -> None:
    await firm(at, "f", **IN)
    await published(at, {"all": [HANGZHOU, {"attest": "told", "text": "已告知"}]})
    (one,) = await at.inbox("f")
    assert [each["path"] for each in one["data"]["why"]] == ["/all/0", "/all/1"]
    assert "已告知" in one["text"]
