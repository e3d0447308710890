"""Telling: whom, of what, once, in which order; and the inbox."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.database import outbox
from service.database.tables import notifications
from service.leases import LeaseLost
from service.push import telling as push
from service.worker import HANDLERS
from tests.service.administering import HANGZHOU, Desk, desk
from tests.service.asking import LetterEncoder, document, measure

pytestmark = pytest.mark.usefixtures("both")

IN, OUT = {"facts": {"region": "330106"}}, {"facts": {"region": "110108"}}
TOLD = {"attest": "told", "text": "已告知"}
ONE = document("a-doc", measure("one", HANGZHOU))


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def test_certain_and_checkable_enterprises_are_told_and_no_others(at: Desk) -> None:
    rule = {"all": [HANGZHOU, {"any": [{"field": "employees", "lte": 5}, TOLD]}]}
    facts = {"certain": 5, "checkable": 9}
    for name, employees in facts.items():
        await at.firm(name, facts={"region": "330106", "employees": employees})
    await at.firm("undecided", facts={"employees": 5})
    await at.firm("excluded", **OUT)
    await at.published(document("a-doc", measure("one", rule)))
    await at.work()
    told = {name: await at.inbox(name) for name in (*facts, "undecided", "excluded")}
    assert {name: [each["part"] for each in inbox] for name, inbox in told.items()} == {
        "certain": ["certain"],
        "checkable": ["checkable"],
        "undecided": [],
        "excluded": [],
    }
    assert "已告知" in told["checkable"][0]["text"]


async def test_a_notification_has_every_member_of_the_contract(at: Desk) -> None:
    await at.firm("f", **IN)
    await at.published(ONE)
    await at.work()
    (one,) = await at.inbox("f")
    assert list(one)[:8] == ["id", "type", "created_at", "measure_id", "title", "part", "text", "read_at"]
    assert (one["type"], one["measure_id"], one["part"]) == ("measure.matched", "a-doc.one", "certain")
    assert (one["title"], one["read_at"]) == ("one补助", None)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"windows": []}, True),
        ({"windows": [{"opens": "2026-11-01", "closes": "2026-11-24"}]}, True),
        ({"windows": [{"opens": "2026-12-01", "closes": None}]}, True),
        ({"windows": [{"opens": "2026-11-01", "closes": "2026-11-23"}]}, False),
        ({"windows": None}, False),
        ({"windows": [], "budget": {"state": "exhausted", "as_of": "2026-11-01"}}, False),
    ],
)
async def test_only_what_can_be_had_is_told(at: Desk, members: dict[str, Any], told: bool) -> None:
    await at.firm("f", **IN)
    await at.published(document("a-doc", measure("one", **members)))
    await at.work()
    assert bool(await at.inbox("f")) == told


async def test_nobody_is_told_twice_by_a_revision_a_profile_or_a_publication(at: Desk) -> None:
    await at.firm("f", **IN)
    await at.published(ONE)
    await at.work()
    await at.published({**ONE, "summary": "改"})
    await at.firm("f", facts={"region": "330106", "employees": 7})
    await at.post("/v1/policies/a-doc/withdraw", {"reason": "a"})
    await at.published(ONE)
    await at.work()
    assert await at.told("f") == ["a-doc.one"]


async def test_a_later_profile_is_told_what_a_publication_did_not_tell_it(at: Desk) -> None:
    await at.firm("early", **IN)
    await at.firm("late", **OUT)
    await at.published(ONE)
    await at.work()
    assert await at.told("late") == []
    await at.firm("late", **IN)
    await at.work()
    assert (await at.told("early"), await at.told("late")) == (["a-doc.one"], ["a-doc.one"])


async def test_a_silent_publication_tells_nobody_and_the_next_may(at: Desk) -> None:
    await at.firm("f", **IN)
    await at.published(ONE, notify=False)
    await at.work()
    assert await at.told("f") == []
    await at.published({**ONE, "summary": "改"})
    await at.work()
    assert await at.told("f") == ["a-doc.one"]


async def test_what_was_withdrawn_before_the_job_ran_is_not_told(at: Desk) -> None:
    await at.firm("f", **IN)
    await at.published(ONE)
    await at.post("/v1/policies/a-doc/withdraw", {"reason": "a"})
    await at.work()
    assert await at.told("f") == []


@pytest.mark.parametrize(("env", "told"), [("production", False), ("development", True)])
async def test_production_does_not_push_what_is_unconfirmed(tmp_path: Path, env: str, told: bool) -> None:
    async with desk(tmp_path / "data", env=env) as at:
        await at.firm("f", **IN)
        await at.published(document("a-doc", in_force="unconfirmed"))
        await at.work()
        assert bool(await at.told("f")) == told


async def test_the_nearest_in_meaning_is_told_first(at: Desk) -> None:
    at.world.use(LetterEncoder())
    for name, text in (("a", "养老护理"), ("b", "工业软件研发补助"), ("c", "餐饮")):
        await at.firm(name, text=text)
    await at.work()
    await at.published(document("a-doc", measure("one", title="工业软件研发补助")))
    await at.work()
    async with at.services.db.read() as c:
        query = select(notifications.c.enterprise_id).order_by(notifications.c.seq)
        assert (await c.execute(query.limit(1))).scalar_one() == "b"


async def test_an_interrupted_job_goes_on_and_tells_each_once(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "BATCH", 2)
    names = [f"f{n}" for n in range(5)]
    for name in names:
        await at.firm(name)
    await at.published(document("a-doc"))
    keep, kept = at.services.leases.keep, 0

    async def stops(*given: Any) -> None:
        nonlocal kept
        kept += 1
        if kept == 2:
            raise LeaseLost("killed")
        await keep(*given)

    monkeypatch.setattr(at.services.leases, "keep", stops)
    job = await at.claimed()
    while job is not None and job.kind != "tell":
        job = await at.claimed()
    assert job is not None
    with pytest.raises(LeaseLost):
        await HANDLERS["tell"](at.services, job)
    assert sum([len(await at.inbox(name)) for name in names]) == 2
    async with at.services.db.write() as c:
        await outbox.release(c, [job])
    await at.work()
    assert [len(await at.inbox(name)) for name in names] == [1] * 5


async def test_who_leaves_while_telling_is_not_told(at: Desk) -> None:
    await at.firm("f", **IN)
    async with at.services.db.read() as c:
        await at.services.firms.columns.audience(c, {}, at.services.clock.today())
    await at.published(ONE)
    await at.send("DELETE", "/v1/enterprises/f")
    assert ("tell", {"told": 0}) in await at.work()


async def test_the_inbox_is_read_in_pages_oldest_first(at: Desk) -> None:
    await at.firm("f", **IN)
    for n in range(5):
        await at.published(document(f"doc-{n}"))
        await at.work()
    seen, place = [], "/v1/enterprises/f/notifications?limit=2"
    while place:
        answer = await at.get(place)
        seen += [item["measure_id"] for item in answer.body["items"]]
        place = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert seen == await at.told("f")
    assert len(seen) == 5


async def test_after_starts_behind_a_notification_and_an_unknown_one_is_not_found(at: Desk) -> None:
    await at.firm("f", **IN)
    await at.firm("g", **IN)
    for name in ("a-doc", "b-doc", "c-doc"):
        await at.published(document(name))
    await at.work()
    all_of_it = await at.inbox("f")
    place = "/v1/enterprises/f/notifications?after="
    assert (await at.get(place + all_of_it[0]["id"])).body["items"] == all_of_it[1:]
    others = (await at.inbox("g"))[0]["id"]
    for unknown in ("x", others, "01a20bb5-e600-7a7c-b4b4-ca7076ee0740"):
        assert (await at.get(place + unknown)).status == 404


async def test_reading_may_be_repeated_and_keeps_the_first_instant(at: Desk) -> None:
    await at.firm("f", **IN)
    await at.published(ONE)
    await at.work()
    (one,) = await at.inbox("f")
    place = f"/v1/enterprises/f/notifications/{one['id']}/read"
    first, again = await at.post(place), await at.post(place, {})
    assert (first.status, first.body["read_at"]) == (200, "2026-11-24T04:00:00.000Z")
    assert again.body == first.body == (await at.inbox("f"))[0]


@pytest.mark.parametrize(
    ("place", "body", "told"),
    [
        ("/v1/enterprises/f/notifications/x/read", {}, (404, ["not_found"])),
        ("/v1/enterprises/g/notifications/x/read", {}, (404, ["not_found"])),
        ("/v1/enterprises/f/notifications/x/read", {"a": 1}, (422, [("/a", "unknown_member")])),
    ],
)
async def test_reading_what_is_not_there_is_refused(at: Desk, place: str, body: object, told: object) -> None:
    await at.firm("f")
    assert await at.faults("POST", place, body) == told
