"""Jobs as rows: claimed once, leased, fenced, tried again, and part of the transaction that needs them."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from service.database import outbox
from service.database.engine import Database
from service.database.outbox import RETRY_S, Failure, Job, NewJob
from service.database.tables import jobs, pauses
from tests.service.databases import database
from tests.service.engines import Engine

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
LONG_AGO = "2000-01-01T00:00:00.000Z"


@pytest.fixture
async def db(both: Engine, tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path) as found:
        yield found


async def queued(db: Database, kind: str = "tell", **payload: Any) -> str:
    async with db.write() as c:
        return await outbox.enqueue(c, kind, payload, now=NOW)


async def claimed(db: Database, token: str = "mine") -> Job:
    async with db.write(alone=False) as c:
        (job,) = await outbox.claim(c, token=token)
    return job


async def nothing_due(db: Database) -> bool:
    async with db.write() as c:
        return await outbox.claim(c, token="other") == []


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
    names = [await queued(db) for _ in range(5) if await asyncio.sleep(0.002, True)]
    assert [(await claimed(db)).id for _ in names] == names


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
        assert not await outbox.renew(c, [late], done=1)
        assert not await outbox.finish(c, late, {})
        assert not await outbox.fail(c, late, "late")
        assert not await outbox.release(c, [late])
    assert (await row(db, late.id))["state"] == "running"


async def test_renewing_keeps_the_lease_and_tells_the_progress(db: Database) -> None:
    await queued(db)
    job = await claimed(db)
    await past(db, "lease_until")
    async with db.write() as c:
        assert await outbox.renew(c, [job], done=3, total=9)
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


async def test_a_job_that_takes_its_worker_down_each_time_has_failed_in_the_end(db: Database) -> None:
    name = await queued(db)
    for _ in range(outbox.MOST_LOST + 1):
        await claimed(db)
        await past(db, "lease_until")
    assert await nothing_due(db)
    assert (await row(db, name))["state"] == "failed"


async def test_a_job_given_back_can_be_taken_at_once_and_counts_no_attempt(db: Database) -> None:
    await queued(db)
    job = await claimed(db)
    async with db.write() as c:
        await outbox.release(c, [job])
    assert (await claimed(db)).attempts == 1


async def test_a_worker_that_is_told_to_stop_may_ask_for_its_job_to_wait(db: Database) -> None:
    await queued(db)
    job = await claimed(db)
    async with db.write() as c:
        assert await outbox.release(c, [job], after_s=60) == {job.id}
    assert await nothing_due(db)


async def test_when_a_job_is_due_is_told_by_the_databases_clock_and_not_by_ours(db: Database) -> None:
    async with db.write() as c:
        name = await outbox.enqueue(c, "tell", {}, now=NOW + timedelta(days=400))
    assert (await claimed(db)).id == name
    found = await row(db, name)
    clock = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    assert all(clock.fullmatch(found[name]) for name in ("run_at", "lease_until", "started_at"))
    lease = datetime.fromisoformat(found["lease_until"]) - datetime.now(UTC)
    assert 0 < lease.total_seconds() <= outbox.LEASE_S


async def test_what_may_exist_once_is_written_once_whoever_asks(db: Database) -> None:
    async def asked(_: int) -> str:
        async with db.write(alone=False) as c:
            return await outbox.enqueue(c, "look", {}, now=NOW, key="look/firm/1")

    assert len(set(await asyncio.gather(*(asked(n) for n in range(8))))) == 1
    await claimed(db)
    assert await nothing_due(db)


async def test_of_many_at_once_those_with_a_known_key_are_left_out(db: Database) -> None:
    rows = [NewJob("look", {"n": n}, key=f"look/{n % 700}") for n in range(1_000)]
    async with db.write() as c:
        assert await outbox.enqueue_all(c, rows, now=NOW) == 700
        assert await outbox.enqueue_all(c, rows, now=NOW) == 0
        assert await outbox.enqueue_all(c, [NewJob("look", {})] * 2, now=NOW) == 2


async def test_each_lane_has_its_own_queue(db: Database) -> None:
    async with db.write() as c:
        name = await outbox.enqueue(c, "deliver.webhook", {}, now=NOW, lane="deliver", subject="hook")
    assert await nothing_due(db)
    async with db.write() as c:
        (job,) = await outbox.claim(c, token="t", lane="deliver")
    assert (job.id, job.lane, job.subject, job.topic) == (name, "deliver", "hook", None)


async def delivered(db: Database, subjects: Sequence[str], topic: str = "doc") -> None:
    rows = [NewJob("deliver.webhook", {"n": n}, "deliver", each, topic) for n, each in enumerate(subjects)]
    async with db.write() as c:
        assert await outbox.enqueue_all(c, rows, now=NOW) == len(rows)


async def deliveries(db: Database, count: int = 10, subject: str | None = None) -> list[Job]:
    async with db.write(alone=False) as c:
        return await outbox.claim(c, token="mine", lane="deliver", count=count, subject=subject)


async def states(db: Database) -> list[str]:
    async with db.read() as c:
        return sorted((await c.execute(select(jobs.c.state))).scalars())


async def test_a_batch_is_claimed_for_one_and_not_more_than_asked(db: Database) -> None:
    await delivered(db, ["a", "b", "a", "a"])
    assert [job.subject for job in await deliveries(db, 2, "a")] == ["a", "a"]
    assert [job.subject for job in await deliveries(db, 10)] == ["b", "a"] or await states(db) == [
        "running"
    ] * 4


async def test_for_whom_something_is_due_is_found(db: Database) -> None:
    await delivered(db, ["b", "a", "b", "é", "Z"])
    async with db.read() as c:
        assert await outbox.due_subjects(c, "deliver") == ["Z", "a", "b", "é"]
        assert await outbox.due_subjects(c, "work") == []
    taken = await deliveries(db)
    async with db.read() as c:
        assert await outbox.due_subjects(c, "deliver") == []
    await past(db, "lease_until")
    async with db.write() as c:
        assert await outbox.due_subjects(c, "deliver") == ["Z", "a", "b", "é"]
        await outbox.fail_all(c, [Failure(job, "no", after_s=60) for job in taken])
        assert await outbox.due_subjects(c, "deliver") == []


async def test_a_batch_is_renewed_and_acknowledged_together_but_for_what_was_lost(db: Database) -> None:
    await delivered(db, ["a"] * 4)
    batch = await deliveries(db)
    lost = replace(batch[0], token="other")
    kept = {job.id for job in batch[1:]}
    async with db.write() as c:
        assert await outbox.renew(c, [lost, *batch[1:]]) == kept
        assert await outbox.finish_all(c, [(lost, {}), *((job, {"s": 200}) for job in batch[1:])]) == kept
        assert await outbox.finish_all(c, []) == set()
    assert await states(db) == ["done"] * 3 + ["running"]


async def test_of_a_batch_that_fails_each_waits_its_own_time_or_is_dead(db: Database) -> None:
    await delivered(db, ["a"] * 3)
    one, two, three = await deliveries(db)
    failures = [Failure(one, "500", after_s=3_600), Failure(two, "410", dead=True), Failure(three, "503")]
    async with db.write() as c:
        assert len(await outbox.fail_all(c, failures)) == 3
    found = [await row(db, job.id) for job in (one, two, three)]
    assert [each["state"] for each in found] == ["queued", "failed", "queued"]
    assert [each["error"] for each in found] == ["500", "410", "503"]
    waits = [datetime.fromisoformat(found[n]["run_at"]) - datetime.now(UTC) for n in (0, 2)]
    assert [round(wait.total_seconds(), -1) for wait in waits] == [3_600, 0]
    assert [each["finished_at"] is None for each in found] == [True, False, True]


async def test_many_attempts_of_a_delivery_are_no_reason_to_give_it_up(db: Database) -> None:
    await delivered(db, ["a"])
    for _ in range(outbox.MOST_LOST + 2):
        (job,) = await deliveries(db)
        await past(db, "lease_until")
    assert job.attempts == outbox.MOST_LOST + 2


async def test_what_is_held_waits_until_it_is_freed(db: Database) -> None:
    await delivered(db, ["a", "b"])
    await delivered(db, ["a"], "other")
    await queued(db)
    async with db.write() as c:
        assert await outbox.hold(c, "doc") == 2
    assert [job.topic for job in await deliveries(db)] == ["other"]
    async with db.write() as c:
        assert (await outbox.free(c, "doc"), await outbox.free(c, "doc")) == (2, 0)
    assert [job.topic for job in await deliveries(db)] == ["doc", "doc"]


async def test_what_fails_or_lapses_while_its_topic_is_paused_is_held_too(db: Database) -> None:
    await delivered(db, ["a", "b", "c"])
    one, two, _ = await deliveries(db)
    async with db.write() as c:
        await c.execute(insert(pauses).values(subject="doc", reason="share", paused_at=LONG_AGO))
        await outbox.fail(c, one, "500", after_s=0)
        await outbox.release(c, [two])
    await past(db, "lease_until")
    assert await deliveries(db) == []
    assert await states(db) == ["held"] * 3


async def test_what_is_recalled_is_not_sent_unless_it_was(db: Database) -> None:
    await delivered(db, ["a"] * 5)
    sent, failed, lapsed = await deliveries(db, 3)
    async with db.write() as c:
        assert await outbox.recall(c, "doc") == 2
        assert await outbox.finish(c, sent, {"status": 200})
        assert await outbox.fail(c, failed, "500", after_s=0)
    await past(db, "lease_until")
    assert await deliveries(db) == []
    assert await states(db) == ["done"] + ["recalled"] * 4
    assert (await row(db, lapsed.id))["state"] == "recalled"
    async with db.read() as c:
        waited = jobs.c.attempts == 0
        assert set((await c.execute(select(jobs.c.error).where(waited))).scalars()) == {"recalled"}


async def test_what_is_not_wanted_any_more_when_its_turn_comes_is_dropped(db: Database) -> None:
    await delivered(db, ["a"])
    batch = await deliveries(db)
    async with db.write() as c:
        assert await outbox.drop(c, batch, "unsubscribed") == {batch[0].id}
    found = await row(db, batch[0].id)
    assert (found["state"], found["error"], found["attempts"]) == ("recalled", "unsubscribed", 0)
    assert found["finished_at"] is not None


async def test_batches_and_recalls_that_cross_each_other_wait_and_quarrel_never(db: Database) -> None:
    async def finished(batch: list[Job]) -> None:
        async with db.write(alone=False) as c:
            await outbox.finish_all(c, [(job, {}) for job in batch])

    async def renewed(batch: list[Job]) -> None:
        async with db.write(alone=False) as c:
            await outbox.renew(c, batch)

    async def recalled() -> None:
        async with db.write() as c:
            await outbox.recall(c, "doc")

    for _ in range(5):
        await delivered(db, ["a"] * 120)
        batch = await deliveries(db, 100)
        await asyncio.gather(renewed(batch), renewed(batch[::-1]), recalled(), finished(batch[::-1]))
    assert set(await states(db)) == {"done", "recalled"}
