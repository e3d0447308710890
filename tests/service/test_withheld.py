"""What was not told while its kind was off: told once it is on again, as what is true then, and only once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.database.outbox import enqueue
from service.database.tables import withheld
from service.push.looking import DAY
from tests.service.administering import HANGZHOU, Desk, desk
from tests.service.asking import document, measure

IN = {"facts": {"region": "330106"}}
AWAY = {"facts": {"region": "110101"}}
CONSENT = "/v1/enterprises/f/consent"
ON: dict[str, Any] = {"all": True}
ALL_OFF: dict[str, Any] = {"all": False}
UNTIL_MARCH = [{"opens": None, "closes": "2027-03-31"}]
UNTIL_MAY = [{"opens": None, "closes": "2027-05-31"}]
pytestmark = pytest.mark.usefixtures("both")


def off(*kinds: str) -> dict[str, Any]:
    return {"types": dict.fromkeys(kinds, False)}


def one(name: str = "a-doc", **members: Any) -> dict[str, Any]:
    return document(name, measure("one", HANGZHOU, **members))


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        await found.firm("f", **IN)
        await found.work()
        yield found


async def published(at: Desk, plain: dict[str, Any], *, notify: bool = True) -> None:
    await at.published(plain, notify=notify)
    await at.work()


async def withdrawn(at: Desk, name: str = "a-doc") -> None:
    await at.post(f"/v1/policies/{name}/withdraw", {"reason": "到期"})
    await at.work()


async def says(at: Desk, said: dict[str, Any]) -> None:
    assert (await at.put(CONSENT, said)).status == 200
    await at.work()


async def next_day(at: Desk) -> None:
    at.world.clock.instant += timedelta(days=1)
    async with at.services.db.write() as c:
        await enqueue(c, DAY, {}, now=at.services.clock.now())
    await at.work()


async def types(at: Desk) -> list[str]:
    return [each["type"] for each in await at.inbox("f")]


async def owed(at: Desk) -> list[str]:
    async with at.services.db.read() as c:
        return list((await c.execute(select(withheld.c.measure_id))).scalars())


@pytest.mark.parametrize("said", [off("measure.matched"), ALL_OFF])
async def test_what_was_published_while_off_is_told_once_when_on_again(at: Desk, said: Any) -> None:
    await says(at, said)
    await published(at, one())
    await published(at, one("b-doc"))
    await next_day(at)
    assert await types(at) == []
    await says(at, ON)
    assert sorted(await at.told("f")) == ["a-doc.one", "b-doc.one"]
    assert set(await types(at)) == {"measure.matched"}
    for _ in range(2):
        await says(at, said)
        await says(at, ON)
        await next_day(at)
    assert len(await at.inbox("f")) == 2
    assert await owed(at) == []


async def test_what_a_profile_made_available_while_off_is_told_when_on_again(at: Desk) -> None:
    await at.firm("f", **AWAY)
    await at.work()
    await published(at, one())
    await says(at, ALL_OFF)
    await at.firm("f", **IN)
    await at.work()
    assert await types(at) == []
    await says(at, ON)
    assert await types(at) == ["measure.matched"]


async def test_a_first_look_that_was_withheld_is_one_summary_when_on_again(at: Desk) -> None:
    await published(at, document("c-doc", measure("one", HANGZHOU), measure("two", HANGZHOU)))
    await at.firm("g", **IN)
    await at.put("/v1/enterprises/g/consent", ALL_OFF)
    await at.work()
    await published(at, one())
    assert await at.inbox("g") == []
    await at.put("/v1/enterprises/g/consent", ON)
    await at.work()
    first, second = await at.inbox("g")
    assert (first["type"], {each["id"] for each in first["data"]["measures"]}) == (
        "matches.summary",
        {"c-doc.one", "c-doc.two"},
    )
    assert (second["type"], second["measure_id"]) == ("measure.matched", "a-doc.one")


async def test_a_kind_that_is_on_is_told_while_another_stays_owed(at: Desk) -> None:
    await published(at, one(windows=UNTIL_MARCH))
    await says(at, ALL_OFF)
    await published(at, one(windows=UNTIL_MAY))
    await published(at, one("b-doc"))
    await says(at, off("measure.revised"))
    assert await types(at) == ["measure.matched", "measure.matched"]
    assert await owed(at) == ["a-doc.one"]
    await says(at, ON)
    assert await types(at) == ["measure.matched", "measure.matched", "measure.revised"]


async def test_what_is_gone_or_no_longer_for_the_enterprise_is_not_told(at: Desk) -> None:
    await says(at, ALL_OFF)
    await published(at, one())
    await published(at, one("b-doc"))
    await withdrawn(at)
    await published(at, document("b-doc", measure("one", {"field": "region", "within": ["110000"]})))
    await says(at, ON)
    assert await types(at) == []
    assert await owed(at) == []
    await published(at, one())
    assert await at.told("f") == ["a-doc.one"]


async def test_what_was_published_silently_is_not_told_by_turning_on(at: Desk) -> None:
    await published(at, one(), notify=False)
    await says(at, ALL_OFF)
    await published(at, one("b-doc"), notify=False)
    await says(at, ON)
    assert await types(at) == []


@pytest.mark.parametrize("said", [off("measure.revised"), ALL_OFF])
async def test_revisions_while_off_are_told_as_one_against_what_was_told_last(at: Desk, said: Any) -> None:
    await published(at, one(windows=UNTIL_MARCH))
    await says(at, said)
    await published(at, one(windows=UNTIL_MAY))
    await published(at, one(windows=UNTIL_MAY, budget={"state": "low", "as_of": None}))
    assert await types(at) == ["measure.matched"]
    await says(at, ON)
    told = (await at.inbox("f"))[1:]
    assert [each["type"] for each in told] == ["measure.revised"]
    assert {each["what"] for each in told[0]["data"]["difference"]} == {"windows", "budget"}
    await next_day(at)
    await says(at, said)
    await says(at, ON)
    assert len(await at.inbox("f")) == 2


async def test_a_revision_that_excludes_is_told_and_one_that_was_undone_is_not(at: Desk) -> None:
    await published(at, one(windows=UNTIL_MARCH))
    await published(at, one("b-doc"))
    await says(at, ALL_OFF)
    await published(at, one(windows=UNTIL_MAY))
    await published(at, one(windows=UNTIL_MARCH))
    await published(at, document("b-doc", measure("one", {"field": "region", "within": ["110000"]})))
    await says(at, ON)
    told = (await at.inbox("f"))[2:]
    assert [(each["measure_id"], each["type"], each["part"]) for each in told] == [
        ("b-doc.one", "measure.revised", "excluded")
    ]


@pytest.mark.parametrize("said", [off("measure.withdrawn"), ALL_OFF])
async def test_a_withdrawal_while_off_is_told_when_on_again(at: Desk, said: Any) -> None:
    await published(at, one())
    await says(at, said)
    await withdrawn(at)
    assert await types(at) == ["measure.matched"]
    for _ in range(2):
        await says(at, ON)
        assert await types(at) == ["measure.matched", "measure.withdrawn"]
        await says(at, said)
        await next_day(at)
    assert (await at.inbox("f"))[1]["data"]["reason"] == "到期"


async def test_a_measure_that_left_its_document_while_off_is_told_as_withdrawn(at: Desk) -> None:
    await published(at, document("a-doc", measure("one", HANGZHOU), measure("two", HANGZHOU)))
    await says(at, ALL_OFF)
    await published(at, one())
    await says(at, ON)
    (told,) = (await at.inbox("f"))[2:]
    assert (told["type"], told["measure_id"]) == ("measure.withdrawn", "a-doc.two")


async def test_what_was_told_as_withdrawn_and_came_back_while_off_is_told_as_back(at: Desk) -> None:
    await published(at, one(windows=UNTIL_MARCH))
    await withdrawn(at)
    await says(at, ALL_OFF)
    await published(at, one(windows=UNTIL_MAY))
    await says(at, ON)
    told = (await at.inbox("f"))[2:]
    assert [each["type"] for each in told] == ["measure.revised"]
    assert [each["what"] for each in told[0]["data"]["difference"]] == ["withdrawn", "windows"]


async def test_what_came_and_went_and_is_as_before_is_not_told(at: Desk) -> None:
    await published(at, one())
    await says(at, ALL_OFF)
    await withdrawn(at)
    await published(at, one())
    await says(at, ON)
    assert await types(at) == ["measure.matched"]
    assert await owed(at) == []


async def test_what_was_dismissed_is_not_told_by_turning_on(at: Desk) -> None:
    await published(at, one(windows=UNTIL_MARCH))
    await says(at, ALL_OFF)
    await published(at, one(windows=UNTIL_MAY))
    (told,) = await at.inbox("f")
    await at.post(f"/v1/enterprises/f/notifications/{told['id']}/dismiss", {"reason": "other"})
    await says(at, ON)
    assert await types(at) == ["measure.matched"]


async def test_what_is_paused_stays_owed_and_what_was_recalled_does_not(at: Desk) -> None:
    await says(at, ALL_OFF)
    await published(at, one())
    await published(at, one("b-doc"))
    for name in ("a-doc", "b-doc"):
        await at.post(f"/v1/policies/{name}/push/pause", {})
    await at.post("/v1/policies/b-doc/push/recall", {})
    await says(at, ON)
    assert await types(at) == []
    for name in ("a-doc", "b-doc"):
        await at.post(f"/v1/policies/{name}/push/resume", {})
    await at.work()
    await next_day(at)
    assert await at.told("f") == ["a-doc.one"]


async def test_an_end_is_told_where_only_openings_are_off(at: Desk) -> None:
    await says(at, off("measure.opened"))
    await published(at, one(windows=[{"opens": "2026-11-25", "closes": "2026-12-10"}]))
    assert await types(at) == ["measure.matched"]
    for _ in range(4):
        await next_day(at)
    assert await types(at) == ["measure.matched", "measure.deadline"]


async def test_the_watch_stands_still_until_what_was_withheld_is_told(at: Desk) -> None:
    await says(at, ALL_OFF)
    await published(at, one())
    at.world.clock.instant += timedelta(minutes=1)
    await at.put(CONSENT, ON)
    asked_at = (await at.get("/v1/enterprises/f/watch")).body["checked_until"]
    at.world.clock.instant += timedelta(minutes=1)
    assert (await at.get("/v1/enterprises/f/watch")).body["checked_until"] == asked_at
    await at.work()
    assert (await at.get("/v1/enterprises/f/watch")).body["told"] == 1


async def test_an_enterprise_that_is_owed_something_can_be_deleted(at: Desk) -> None:
    await says(at, ALL_OFF)
    await published(at, one())
    assert await owed(at) == ["a-doc.one"]
    assert (await at.send("DELETE", "/v1/enterprises/f")).status == 204
    assert await owed(at) == []
