"""Channels of our own: what is due is handed over, what breaks is tried again, a slow one harms no other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from service.database import outbox
from service.database.outbox import Job
from service.database.tables import jobs, meta
from service.push import channels
from service.push.channels import Again, Channels, Dead, Done, Handler, Outcome
from service.services import Services
from tests.service.administering import LONG_AGO, Desk, desk
from tests.service.delivering_world import until
from tests.service.engines import Engine


@pytest.fixture
async def at(both: Engine, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def written(at: Desk, *subjects: str) -> None:
    async with at.services.db.write() as c:
        for subject in subjects:
            await outbox.enqueue(
                c, "test", {}, now=at.services.clock.now(), lane="deliver", subject=subject, key=subject
            )
        await c.execute(update(jobs).values(run_at=LONG_AGO))


async def states(at: Desk) -> dict[str, tuple[str, int, str | None]]:
    async with at.services.db.read() as c:
        columns = (jobs.c.subject, jobs.c.state, jobs.c.attempts, jobs.c.error)
        return {row[0]: (row[1], row[2], row[3]) for row in await c.execute(select(*columns))}


@asynccontextmanager
async def serving(at: Desk, drain_s: float = 1.0, **handlers: Handler) -> AsyncIterator[Channels]:
    made = Channels(at.services, asyncio.Event(), handlers, drain_s)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        made.stopping.set()
        at.services.wake.stir()
        await task


def comes_to(outcome: Outcome, seen: list[str]) -> Handler:
    async def handle(_: Services, job: Job) -> Outcome:
        seen.append(str(job.subject))
        return outcome

    return handle


async def hangs(_: Services, __: Job) -> Outcome:
    await asyncio.sleep(60)
    return Done()


async def breaks(_: Services, __: Job) -> Outcome:
    raise RuntimeError("with something personal in it")


async def test_a_slow_channel_holds_up_no_other(at: Desk) -> None:
    await written(at, "slow", "quick")
    seen: list[str] = []
    async with serving(at, 0.1, slow=hangs, quick=comes_to(Done(), seen)):
        await until(lambda: seen)
        await asyncio.sleep(0.1)
    found = await states(at)
    assert found["quick"][:2] == ("done", 1)
    assert found["slow"][:2] == ("queued", 0)


async def test_a_channel_that_nobody_serves_here_is_left_alone(at: Desk) -> None:
    await written(at, "mine", "other")
    seen: list[str] = []
    async with serving(at, mine=comes_to(Done(), seen)):
        await until(lambda: seen)
    assert (await states(at))["other"] == ("queued", 0, None)


@pytest.mark.parametrize(
    ("outcome", "stands"),
    [(Again("later", 60), ("queued", 1, "later")), (Dead("never"), ("failed", 1, "never"))],
)
async def test_what_came_of_an_attempt_is_written_down(
    at: Desk, outcome: Outcome, stands: tuple[Any, ...]
) -> None:
    await written(at, "mine")
    seen: list[str] = []
    async with serving(at, mine=comes_to(outcome, seen)):
        await until(lambda: seen)
    assert (await states(at))["mine"] == stands


async def test_a_handler_that_breaks_is_tried_again_and_in_the_end_dead(at: Desk) -> None:
    made = Channels(at.services, asyncio.Event(), {"mine": breaks})
    await written(at, "mine")
    for attempt in range(1, channels.MOST_BROKEN + 1):
        async with at.services.db.write() as c:
            await c.execute(update(jobs).values(run_at=LONG_AGO))
            (job,) = await outbox.claim(c, token="t", lane="deliver", subject="mine")
        await made.attempt(job)
        state = "queued" if attempt < channels.MOST_BROKEN else "failed"
        assert (await states(at))["mine"] == (state, attempt, "RuntimeError")


async def test_without_its_lease_an_attempt_changes_nothing(at: Desk) -> None:
    async def write(c: Any) -> None:
        await c.execute(insert(meta).values(key="written", value="1"))

    made = Channels(at.services, asyncio.Event(), {"mine": comes_to(Done({}, write), [])})
    await written(at, "mine")
    async with at.services.db.write() as c:
        (job,) = await outbox.claim(c, token="t", lane="deliver", subject="mine")
        await c.execute(update(jobs).values(lease_token="another"))
    await made.attempt(job)
    async with at.services.db.read() as c:
        assert (await c.execute(select(meta.c.value).where(meta.c.key == "written"))).first() is None
