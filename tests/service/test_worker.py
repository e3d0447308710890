"""The worker: jobs are done, tried again, given back, stopped; and it says that it lives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from policies.facts import china
from service import worker
from service.clock import SystemClock
from service.database import heartbeats, outbox
from service.database.outbox import Job
from service.database.schedules import Every, Schedule
from service.database.tables import jobs
from service.errors import Problem
from service.operations import store
from service.services import Services, compose
from service.worker import Worker
from tests.service.asking import prepared
from tests.service.databases import at
from tests.service.engines import Engine

LONG_AGO = "2000-01-01T00:00:00.000Z"
Handle = Callable[[Services, Job], Awaitable[dict[str, Any]]]


@pytest.fixture
async def services(both: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    settings = at(tmp_path)
    await prepared(settings)
    made = compose(settings, SystemClock(), china())
    monkeypatch.setattr(Worker, "_build_what_is_missing", nothing)
    monkeypatch.setattr(worker, "REGULAR", ())
    monkeypatch.setattr(worker, "DRAIN_S", 1.0)
    yield made
    await made.close()


async def nothing(_: Worker) -> None:
    """Leaves the queue to the test."""


@asynccontextmanager
async def working(
    services: Services, monkeypatch: pytest.MonkeyPatch, handle: Handle
) -> AsyncIterator[Worker]:
    """A worker that runs, whose every job `test` is handled so."""
    monkeypatch.setattr(worker, "HANDLERS", {"test": handle})
    made = Worker(services)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        made.stopping.set()
        await task


async def queued(services: Services, kind: str = "test") -> str:
    async with services.db.write() as c:
        name = await outbox.enqueue(c, kind, {}, now=services.clock.now())
    await services.wake.notify()
    return name


async def row(services: Services, name: str) -> Any:
    async with services.db.read() as c:
        return (await c.execute(select(jobs).where(jobs.c.id == name))).mappings().one()


async def until(services: Services, name: str, **wanted: Any) -> Any:
    async with asyncio.timeout(10):
        while True:
            found = await row(services, name)
            if all(found[key] == value for key, value in wanted.items()):
                return found
            await asyncio.sleep(0.02)


async def done(_: Services, __: Job) -> dict[str, Any]:
    return {"n": 1}


async def breaks(_: Services, __: Job) -> dict[str, Any]:
    raise ValueError("no such thing")


async def soon(_: Services, __: Job) -> dict[str, Any]:
    await asyncio.sleep(0.3)
    return {"n": 1}


async def without_database(_: Services, __: Job) -> dict[str, Any]:
    raise Problem("database_unavailable")


async def forever(_: Services, __: Job) -> dict[str, Any]:
    await asyncio.sleep(60)
    return {}


async def test_a_job_is_done_with_its_result(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    async with working(services, monkeypatch, done):
        found = await until(services, await queued(services), state="done")
    assert (found["result"], found["attempts"]) == ('{"n":1}', 1)


async def test_a_job_that_fails_says_why_and_waits(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(services, monkeypatch, breaks):
        found = await until(services, await queued(services), state="queued", attempts=1)
    assert found["error"] == "ValueError: no such thing"


async def test_a_job_of_an_unknown_kind_fails_like_any_other(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(services, monkeypatch, done):
        found = await until(services, await queued(services, "dance"), attempts=1, state="queued")
    assert "dance" in found["error"]


async def test_told_to_stop_it_gives_its_job_back(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(services, monkeypatch, forever):
        name = await queued(services)
        await until(services, name, state="running")
    found = await row(services, name)
    assert (found["state"], found["attempts"], found["lease_token"]) == ("queued", 0, None)


async def test_told_to_stop_it_lets_a_job_that_is_soon_done_come_to_its_end(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(services, monkeypatch, soon):
        name = await queued(services)
        await until(services, name, state="running")
    assert (await row(services, name))["state"] == "done"


async def test_a_job_without_its_database_waits_and_counts_no_attempt(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(services, monkeypatch, without_database):
        name = await queued(services)
        found = await until(services, name, state="queued", attempts=0, lease_token=None)
    assert found["error"] is None


async def test_what_is_to_be_done_regularly_is_done(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    regular = Schedule("often", "test", Every(60))
    monkeypatch.setattr(worker, "REGULAR", (regular,))
    async with working(services, monkeypatch, done), asyncio.timeout(10):
        while await finished(services) != ["schedule/often"]:  # noqa: ASYNC110  # rows of the worker
            await asyncio.sleep(0.02)


async def finished(services: Services) -> list[str]:
    async with services.db.read() as c:
        keys = await c.execute(select(jobs.c.key).where(jobs.c.state == "done"))
        return [str(key).rpartition("/")[0] for key in keys.scalars()]


async def test_one_worker_that_ends_leaves_the_others_alive(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "BEAT_S", 60)
    async with working(services, monkeypatch, done):
        await beats(services)
        async with working(services, monkeypatch, done):
            await asyncio.sleep(0.3)
        assert await beaten(services) is not None


async def beats(services: Services) -> float:
    async with asyncio.timeout(10):
        while (age := await beaten(services)) is None:  # noqa: ASYNC110  # the row is the sign
            await asyncio.sleep(0.02)
    return age


async def test_a_cancelled_job_is_stopped_and_the_next_one_done(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LEASE_S", 0.15)
    async with working(services, monkeypatch, forever):
        names = [await queued(services) for _ in range(worker.SLOTS)]
        for name in names:
            await until(services, name, state="running")
        async with services.db.write() as c:
            await store.cancel(c, names[0], LONG_AGO)
        await until(services, await queued(services), state="running")
    assert (await row(services, names[0]))["state"] == "cancelled"


async def test_a_job_whose_worker_was_killed_is_taken_over(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = await queued(services)
    async with services.db.write() as c:
        assert await outbox.claim(c, token="killed")
        await c.execute(update(jobs).values(lease_until=LONG_AGO))
    async with working(services, monkeypatch, done):
        assert (await until(services, name, state="done"))["attempts"] == 2


async def test_a_long_job_keeps_its_lease(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "LEASE_S", 0.15)
    async with working(services, monkeypatch, forever):
        name = await queued(services)
        first = (await until(services, name, state="running"))["lease_until"]
        await asyncio.sleep(0.3)
        assert (await row(services, name))["lease_until"] > first


async def test_it_says_that_it_lives_and_that_it_has_ended(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(services, monkeypatch, done):
        assert await beats(services) < 2
    assert await beaten(services) is None


async def beaten(services: Services) -> float | None:
    async with services.db.read() as c:
        return await heartbeats.seconds_since(c)


async def test_a_part_that_breaks_ends_the_worker_instead_of_letting_it_only_beat(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no such table")

    monkeypatch.setattr(outbox, "claim", broken)
    with pytest.raises(RuntimeError, match="no such table"):
        await asyncio.wait_for(Worker(services).run(), 5)
