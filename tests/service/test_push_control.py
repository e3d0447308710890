"""The push of a document paused, resumed and recalled: deliveries, telling that waits, what is counted."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from service.database import outbox
from service.database.outbox import NewJob
from tests.service.administering import HANGZHOU, Desk, desk
from tests.service.asking import document, measure

pytestmark = pytest.mark.usefixtures("both")

PUSH = "/v1/policies/a-doc/push"


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        for name in ("hz-1", "hz-2"):
            await found.firm(name, facts={"region": "330106"})
        await found.work()
        yield found


async def deliveries(at: Desk, n: int, topic: str = "a-doc") -> None:
    rows = [
        NewJob("deliver.webhook", {"id": f"e{i}"}, "deliver", f"w{i}", topic, f"{topic}/{i}")
        for i in range(n)
    ]
    async with at.services.db.write() as c:
        await outbox.enqueue_all(c, rows, now=at.services.clock.now())


async def claimed(at: Desk) -> list[outbox.Job]:
    async with at.services.db.write() as c:
        return await outbox.claim(c, token="t", lane="deliver", count=10)


async def deed(at: Desk, name: str) -> Any:
    answer = await at.post(f"{PUSH}/{name}")
    assert answer.status == 200, answer.body
    return answer.body


def numbers(waiting: int = 0, sent: int = 0, recalled: int = 0) -> dict[str, Any]:
    return {"waiting": waiting, "sent": sent, "recalled": recalled, "telling": False}


async def published(at: Desk, *, notify: bool = True, **members: Any) -> None:
    await at.published(document("a-doc", measure("one", HANGZHOU), **members), notify=notify)


async def test_what_is_paused_is_not_sent_until_it_is_resumed(at: Desk) -> None:
    await published(at, notify=False)
    await deliveries(at, 3)
    await deliveries(at, 1, "other-doc")
    for _ in range(2):
        assert await deed(at, "pause") == numbers(waiting=3)
    assert [job.topic for job in await claimed(at)] == ["other-doc"]
    for _ in range(2):
        assert await deed(at, "resume") == numbers(waiting=3)
    assert [job.topic for job in await claimed(at)] == ["a-doc"] * 3


async def test_what_is_recalled_is_never_sent_and_what_was_sent_stays_so(at: Desk) -> None:
    await published(at, notify=False)
    await deliveries(at, 1)
    (job,) = await claimed(at)
    async with at.services.db.write() as c:
        await outbox.finish(c, job, {})
    await deliveries(at, 4)
    for _ in range(2):
        assert await deed(at, "recall") == numbers(sent=1, recalled=3)
    assert await deed(at, "resume") == numbers(sent=1, recalled=3)
    assert await claimed(at) == []


async def test_telling_that_waits_obeys_a_pause_and_goes_on_with_it(at: Desk) -> None:
    await published(at)
    await deed(at, "pause")
    await at.work()
    assert await at.told("hz-1") == []
    await deed(at, "resume")
    await at.work()
    assert await at.told("hz-1") == await at.told("hz-2") == ["a-doc.one"]


async def test_whether_telling_is_still_to_come_is_said_until_it_is_done_or_recalled(at: Desk) -> None:
    await published(at)
    assert (await deed(at, "pause"))["telling"]
    await at.work()
    assert (await at.get(PUSH)).body["telling"]
    assert (await deed(at, "resume"))["telling"]
    await at.work()
    assert not (await at.get(PUSH)).body["telling"]
    assert not (await deed(at, "pause"))["telling"]
    await published(at, title="改后的办法")
    assert (await deed(at, "pause"))["telling"]
    assert not (await deed(at, "recall"))["telling"]


async def test_telling_that_is_recalled_ends_also_under_a_pause(at: Desk) -> None:
    await published(at)
    await deed(at, "pause")
    await at.work()
    await deed(at, "recall")
    await deed(at, "resume")
    await at.work()
    assert await at.told("hz-1") == []


async def test_a_job_that_waits_to_tell_is_cancelled_by_a_recall(at: Desk) -> None:
    await published(at)
    await deed(at, "recall")
    await at.work()
    assert await at.told("hz-1") == []
    jobs = (await at.get("/v1/jobs?limit=100")).body["items"]
    assert "cancelled" in {job["state"] for job in jobs if job["kind"] == "tell"}


async def test_what_was_published_silently_stays_silent_when_a_pause_ends(at: Desk) -> None:
    await published(at, notify=False)
    await deed(at, "pause")
    await at.work()
    await deed(at, "resume")
    await at.work()
    assert await at.told("hz-1") == []


async def test_what_is_published_anew_after_a_recall_is_told_when_the_pause_ends(at: Desk) -> None:
    await published(at)
    await deed(at, "pause")
    await deed(at, "recall")
    await published(at, title="改后的办法")
    await at.work()
    assert await at.told("hz-1") == []
    await deed(at, "resume")
    await at.work()
    assert await at.told("hz-1") == ["a-doc.one"]


@pytest.mark.parametrize("name", ["pause", "resume", "recall"])
async def test_drafts_conflict_and_what_is_not_there_is_not_found(at: Desk, name: str) -> None:
    assert (await at.post(f"{PUSH}/{name}")).status == 404
    await at.post("/v1/policies", document("a-doc", measure("one", HANGZHOU)))
    answer = await at.post(f"{PUSH}/{name}")
    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert (await at.post(f"{PUSH}/stop")).status == 404
    assert (await at.post(f"{PUSH}/{name}", {"a": 1})).status == 422


async def test_the_reach_of_a_document_is_who_was_told_and_how_its_deliveries_stand(at: Desk) -> None:
    await published(at)
    await at.work()
    await deliveries(at, 3)
    first, *_ = await claimed(at)
    async with at.services.db.write() as c:
        await outbox.fail(c, first, "HTTP 500", dead=True)
    await deed(at, "pause")
    body = (await at.get(PUSH)).body
    counted = {name: body[name] for name in ("told", "delivered", "waiting", "dead", "recalled", "dismissed")}
    assert counted == {"told": 2, "delivered": 0, "waiting": 2, "dead": 1, "recalled": 0, "dismissed": 0}
    assert [one["subject"] for one in body["paused"]] == ["a-doc"]
    (letter,) = body["dead_letters"]
    assert (letter["id"], letter["attempts"], letter["error"]) == (first.id, 1, "HTTP 500")
    assert (await at.get("/v1/policies/other-doc/push")).status == 404
