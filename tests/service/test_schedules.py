"""Regular jobs: each time is one job, whoever looks, however the clock jumps; old rows go in time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from service.database import heartbeats as life
from service.database import outbox, retention, schedules
from service.database.engine import Database
from service.database.schedules import SHANGHAI, Daily, Every, Schedule
from service.database.tables import heartbeats, jobs
from tests.service.databases import database
from tests.service.engines import Engine

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
MINUTELY = Schedule("canary", "canary", Every(60))
DAILY = Schedule("day", "day", Daily(time(0, 5)))


@pytest.fixture
async def db(both: Engine, tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path) as found:
        yield found


async def looked(db: Database, schedule: Schedule, now: datetime) -> int:
    """How many jobs a look at this moment makes; what it makes is done at once."""
    async with db.write(alone=False) as c:
        made = await schedules.due(c, [schedule], now=now)
    async with db.write() as c:
        await c.execute(update(jobs).values(state="done"))
    return len(made)


async def counted(db: Database) -> int:
    async with db.read() as c:
        return len((await c.execute(select(jobs.c.id))).all())


async def test_one_that_never_ran_runs_at_once_and_then_at_its_times(db: Database) -> None:
    seconds = [0, 1, 59, 60, 61, 119, 120]
    found = [await looked(db, MINUTELY, NOW + timedelta(seconds=s)) for s in seconds]
    assert found == [1, 0, 0, 1, 0, 0, 1]


async def test_the_day_begins_five_minutes_after_midnight_in_shanghai(db: Database) -> None:
    await looked(db, DAILY, NOW)
    midnight = datetime(2026, 11, 25, 0, 0, tzinfo=SHANGHAI)
    times = [midnight + timedelta(minutes=m) for m in (0, 4, 5, 6, 24 * 60, 24 * 60 + 5)]
    assert [await looked(db, DAILY, each.astimezone(UTC)) for each in times] == [0, 0, 1, 0, 0, 1]


@pytest.mark.parametrize("schedule", [MINUTELY, DAILY])
async def test_a_clock_that_jumps_two_days_ahead_makes_one_job(db: Database, schedule: Schedule) -> None:
    await looked(db, schedule, NOW)
    ahead = NOW + timedelta(days=2)
    assert [await looked(db, schedule, ahead + timedelta(seconds=s)) for s in (0, 1, 2)] == [1, 0, 0]


@pytest.mark.parametrize("schedule", [MINUTELY, DAILY])
async def test_a_clock_that_goes_back_an_hour_does_nothing_twice_and_goes_on(
    db: Database, schedule: Schedule
) -> None:
    at = datetime(2026, 11, 25, 0, 5, tzinfo=SHANGHAI).astimezone(UTC)
    await looked(db, schedule, NOW)
    assert await looked(db, schedule, at) == 1
    back = at - timedelta(hours=1)
    assert await looked(db, schedule, back) == 0
    assert await looked(db, schedule, back + timedelta(seconds=59)) == 0
    again = [await looked(db, schedule, back + timedelta(minutes=m)) for m in range(1, 61)]
    assert sum(again) == (60 if schedule is MINUTELY else 0)
    assert await looked(db, schedule, at + timedelta(days=1)) == 1


async def test_workers_that_look_at_once_make_one_job(db: Database) -> None:
    async def look() -> int:
        async with db.write(alone=False) as c:
            return len(await schedules.due(c, [MINUTELY, DAILY], now=NOW))

    assert sum(await asyncio.gather(*(look() for _ in range(8)))) == 2
    assert await counted(db) == 2


async def test_while_one_waits_there_is_no_further_one(db: Database) -> None:
    async with db.write() as c:
        for minute in range(5):
            await schedules.due(c, [MINUTELY], now=NOW + timedelta(minutes=minute))
    assert await counted(db) == 1


async def test_without_a_given_moment_it_is_the_databases(db: Database) -> None:
    async with db.write() as c:
        assert len(await schedules.due(c)) == len(schedules.SCHEDULES)
        assert await schedules.due(c) == []


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(1, 90_000))
def test_the_next_time_is_later_and_no_further_than_one_step(start: int, passed: int, step: int) -> None:
    last = NOW + timedelta(seconds=start)
    moment = last + timedelta(seconds=passed)
    for when in (Every(step), Daily(time(0, 5))):
        assert moment < when.after(moment, last) <= moment + when.longest


async def test_what_is_finished_goes_after_its_days_and_what_waits_never(db: Database) -> None:
    finished = {"queued": None, "done": 8, "failed": 89, "cancelled": 6, "running": None}
    async with db.write() as c:
        for state, days in finished.items():
            name = await outbox.enqueue(c, state, {}, now=NOW)
            ended = datetime.now(UTC) - timedelta(days=days or 0)
            values: dict[str, Any] = {"state": state}
            values["finished_at"] = None if days is None else ended.isoformat(timespec="milliseconds")
            await c.execute(update(jobs).where(jobs.c.id == name).values(**values))
        assert await retention.prune(c) == 1
        assert await retention.prune(c) == 0
        left = set((await c.execute(select(jobs.c.kind))).scalars())
    assert left == set(finished) - {"done"}


async def test_of_signs_of_life_only_those_of_workers_that_are_gone_go(db: Database) -> None:
    old = (datetime.now(UTC) - timedelta(days=2)).isoformat(timespec="milliseconds")
    async with db.write() as c:
        for name in ("worker", "worker/gone", "canary"):
            await c.execute(insert(heartbeats).values(name=name, beat_at=old))
        await life.beat(c, "worker/here")
        assert await retention.prune(c) == 1
        left = set((await c.execute(select(heartbeats.c.name))).scalars())
    assert left == {"worker", "canary", "worker/here"}


def test_whatever_a_job_ends_as_is_kept_for_some_days_and_not_for_ever() -> None:
    ends = {
        (lane, state) for lane in ("work", "deliver") for state in ("done", "failed", "cancelled", "recalled")
    }
    assert set(retention.JOBS_DAYS) == ends
