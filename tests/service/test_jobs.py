"""Jobs as rows: claimed once, leased, fenced, tried again, and part of the transaction that needs them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from service.database import outbox
from service.database.engine import Database
from service.database.outbox import RETRY_S, Job
from service.database.tables import jobs
from tests.service.databases import database

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
LONG_AGO = "2000-01-01T00:00:00.000Z"


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path) as found:
        yield found


async def queued(db: Database, kind: str = "tell", **payload: Any) -> str:
    async with db.write() as c:
        return await outbox.enqueue(c, kind, payload, now=NOW)


async def claimed(db: Database, token: str = "mine") -> Job:
    async with db.write() as c:
        job = await outbox.claim(c, token=token)
    assert job is not None
    return job


async def nothing_due(db: Database) -> bool:
    async with db.write() as c:
        return await outbox.claim(c, token="other") is None


async def row(db: Database, job: str) -> Any:
    async with db.read() as c:
        return (await c.execute(select(jobs).where(jobs.c.id == job))).mappings().one()


async def past(db: Database, column: str) -> None:
    """As if the time of every job had come."""
    async with db.write() as c:
        await c.execute(update(jobs).values({column: LONG_AGO}))


async def test_a_job_of_a_transaction_that_fails_never_was(db: Database) -> None:
    async def breaks() -> None:
        async with db.write() as c:
            await outbox.enqueue(c, "tell", {}, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await breaks()
    assert await nothing_due(db)


async def test_a_job_is_claimed_with_what_it_was_given(db: Database) -> None:
    name = await queued(db, document="a-b-c")
    job = await claimed(db)
    assert (job.id, job.kind, job.payload, job.attempts) == (name, "tell", {"document": "a-b-c"}, 1)


async def test_jobs_are_taken_in_the_order_they_were_written(db: Database) -> None:
    names = [await queued(db) for _ in range(5)]
    assert [(await claimed(db)).id for _ in names] == sorted(names)


async def test_workers_that_ask_at_once_never_get_the_same_job(db: Database) -> None:
    names = {await queued(db) for _ in range(20)}
    taken = await asyncio.gather(*(claimed(db, f"worker {n}") for n in range(20)))
    assert {job.id for job in taken} == names
    assert await nothing_due(db)


async def test_a_leased_job_is_nobody_elses_until_the_lease_ends(db: Database) -> None:
    await queued(db)
    first = await claimed(db, "first")
    assert await nothing_due(db)
    await past(db, "lease_until")
    second = await claimed(db, "second")
    assert (second.id, second.attempts) == (first.id, 2)


async def test_who_has_lost_the_lease_changes_nothing_any_more(db: Database) -> None:
    await queued(db)
    late = await claimed(db, "late")
    await past(db, "lease_until")
    await claimed(db, "now")
    async with db.write() as c:
        assert not await outbox.renew(c, late, done=1)
        assert not await outbox.finish(c, late, {})
        assert not await outbox.fail(c, late, "late")
        await outbox.release(c, late)
    assert (await row(db, late.id))["state"] == "running"


async def test_renewing_keeps_the_lease_and_tells_the_progress(db: Database) -> None:
    await queued(db)
    job = await claimed(db)
    await past(db, "lease_until")
    async with db.write() as c:
        assert await outbox.renew(c, job, done=3, total=9)
    assert await nothing_due(db)
    assert ((await row(db, job.id))["done"], (await row(db, job.id))["total"]) == (3, 9)


async def test_a_finished_job_keeps_its_result_and_is_not_taken_again(db: Database) -> None:
    await queued(db)
    job = await claimed(db)
    async with db.write() as c:
        assert await outbox.finish(c, job, {"told": 3})
    await past(db, "lease_until")
    assert await nothing_due(db)
    found = await row(db, job.id)
    assert (found["state"], found["result"]) == ("done", '{"told":3}')


async def test_a_job_that_fails_waits_before_it_is_tried_again(db: Database) -> None:
    await queued(db)
    job = await claimed(db)
    async with db.write() as c:
        await outbox.fail(c, job, "no such thing")
    assert await nothing_due(db)
    assert (await row(db, job.id))["state"] == "queued"


async def test_a_job_that_fails_each_time_has_failed_after_five(db: Database) -> None:
    await queued(db)
    for _ in range(len(RETRY_S) + 1):
        await past(db, "run_at")
        job = await claimed(db)
        async with db.write() as c:
            await outbox.fail(c, job, "no such thing")
    found = await row(db, job.id)
    assert (found["state"], found["attempts"], found["error"]) == ("failed", 5, "no such thing")


async def test_a_job_that_takes_its_worker_down_each_time_has_failed_after_five(db: Database) -> None:
    name = await queued(db)
    for _ in range(len(RETRY_S) + 1):
        await claimed(db)
        await past(db, "lease_until")
    assert await nothing_due(db)
    assert (await row(db, name))["state"] == "failed"


async def test_a_job_given_back_can_be_taken_at_once_and_counts_no_attempt(db: Database) -> None:
    await queued(db)
    job = await claimed(db)
    async with db.write() as c:
        await outbox.release(c, job)
    assert (await claimed(db)).attempts == 1
