"""The canary: it arrives, its age is told, and nobody else ever sees it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from index import generation
from service.database import heartbeats, outbox
from service.database.dialects import later
from service.database.tables import jobs, notifications
from service.enterprises import store as enterprise_store
from service.enterprises import vectors_store
from service.enterprises.store import CANARY
from service.push import canary
from service.push.channels import Channels
from service.push.message_types import TYPES
from tests.service.administering import LONG_AGO, Desk, desk
from tests.service.engines import Engine


@pytest.fixture
async def at(both: Engine, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def sent(at: Desk) -> None:
    async with at.services.db.write() as c:
        await outbox.enqueue(c, canary.KIND, {}, now=at.services.clock.now())
    assert (canary.KIND, {"sent": 1}) in await at.work()


async def arrived(at: Desk) -> None:
    async with at.services.db.write() as c:
        (job,) = await outbox.claim(c, token="t", lane="deliver", subject=CANARY)
    await Channels(at.services, asyncio.Event(), {CANARY: canary.arrive}).attempt(job)


async def state(at: Desk) -> str:
    if not generation.current(at.services.settings.index_folder):
        await at.world.build_index()
    return str((await at.world.get("/readyz")).body["push"])


async def test_a_canary_that_arrives_says_that_the_road_is_there(at: Desk) -> None:
    assert await state(at) == "late"
    await sent(at)
    assert await state(at) == "late"
    await arrived(at)
    assert await state(at) == "ok"


@pytest.mark.parametrize(("minutes", "told"), [(20, "late"), (60, "down")])
async def test_a_canary_that_is_overdue_shows(at: Desk, minutes: int, told: str) -> None:
    await sent(at)
    await arrived(at)
    async with at.services.db.write() as c:
        aged = f"UPDATE heartbeats SET beat_at = {later(c, ':ago')} WHERE name = 'canary'"
        await c.execute(text(aged), {"ago": -60.0 * minutes})
    assert await state(at) == told


async def test_there_is_one_canary_at_a_time_and_one_row_of_it(at: Desk) -> None:
    await sent(at)
    async with at.services.db.write() as c:
        await outbox.enqueue(c, canary.KIND, {}, now=at.services.clock.now())
    assert (canary.KIND, {"sent": 0}) in await at.work()
    await arrived(at)
    await sent(at)
    await arrived(at)
    async with at.services.db.read() as c:
        mine = select(notifications.c.id).where(notifications.c.enterprise_id == CANARY)
        assert len((await c.execute(mine)).all()) == 1
        open_jobs = select(jobs.c.id).where(jobs.c.subject == CANARY)
        assert len((await c.execute(open_jobs)).all()) == 1


async def test_a_canary_whose_notification_is_lost_does_not_arrive(at: Desk) -> None:
    await sent(at)
    async with at.services.db.write() as c:
        await c.execute(notifications.delete())
    await arrived(at)
    assert await state(at) == "late"


async def test_nobody_sees_the_canary(at: Desk) -> None:
    await at.firm("firm")
    hook = await at.post("/v1/webhooks", {"url": "https://93.184.216.34/hook", "events": list(TYPES)})
    await at.work()
    await sent(at)
    assert [firm["id"] for firm in (await at.get("/v1/enterprises")).body["items"]] == ["firm"]
    for place in ("", "/notifications", "/consent", "/watch", "/mailbox", "/stream"):
        assert (await at.get(f"/v1/enterprises/{CANARY}{place}")).status == 404
    deliveries = await at.get(f"/v1/webhooks/{hook.body['id']}/deliveries")
    assert deliveries.body["items"] == []
    kinds = {job["kind"] for job in (await at.get("/v1/jobs")).body["items"]}
    assert not kinds & {canary.KIND, canary.DELIVER}
    async with at.services.db.read() as c:
        assert await enterprise_store.ids(c) == {"firm"}
        assert await enterprise_store.count(c) == 1
        assert [row[1] for row in await enterprise_store.next_written(c, 0, 9)] == ["firm"]
        assert [one.id for one in await vectors_store.due(c, "any", "", 9)] == ["firm"]


async def test_metrics_tell_queues_and_deliveries_and_the_age_of_the_canary(at: Desk) -> None:
    await at.firm("firm")
    async with at.services.db.write() as c:
        await outbox.enqueue(c, "x", {}, now=at.services.clock.now(), lane="deliver", subject="hook")
        await c.execute(update(jobs).where(jobs.c.subject == "hook").values(run_at=LONG_AGO))
        await heartbeats.beat(c, "canary")
    told = (await at.world.client.get("/metrics")).text.split("\n")
    assert 'huiqi_jobs{lane="deliver",state="queued"} 1' in told
    assert 'huiqi_deliveries{channel="webhook",outcome="waiting"} 1' in told
    ages = [float(line.split()[1]) for line in told if line.startswith("huiqi_canary_age_seconds ")]
    assert 0 <= ages[0] < 60
    due = next(line for line in told if line.startswith('huiqi_oldest_due_seconds{lane="deliver"}'))
    assert float(due.split()[1]) > 1e8
