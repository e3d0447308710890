"""The worker as a process that is killed, stopped for a while, or told to end."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from policies.facts import china
from policies.json_writing import to_json
from service.clock import SystemClock
from service.database import outbox
from service.database.tables import jobs, notifications
from service.enterprises import store as enterprises
from service.errors import Problem
from service.publishing import actions as publishing
from service.publishing.importing import JSON, Source, read_sources
from service.services import Services, compose
from tests.service.asking import document, prepared
from tests.service.databases import at

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.usefixtures("both")]
FIRMS = 2_000
OURS = notifications.c.enterprise_id.startswith("firm-")
STARTING_S = 4.0


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    settings = at(tmp_path)
    await prepared(settings)
    made = compose(settings, SystemClock(), china())
    yield made
    await made.close()


@contextmanager
def worker(services: Services) -> Iterator[subprocess.Popen[bytes]]:
    settings = services.settings
    given = {"DATA": str(settings.folder), "REDIS_URL": "none", "ENCODER": "none", "ADMIN_KEY": "k" * 40}
    given["DATABASE_URL"] = settings.database_url or ""
    environment = {**os.environ, **{f"HUIQI_{name}": value for name, value in given.items()}}
    process = subprocess.Popen((sys.executable, "-m", "service.worker"), env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def published(services: Services) -> None:
    """A measure for everybody, and everybody."""
    async with services.db.write() as c:
        for number in range(FIRMS):
            profile = {"name": f"公司{number}", "facts": {}, "answers": {}}
            await enterprises.add(c, f"firm-{number}", profile, "2026-01-01T00:00:00.000Z", False)
        source = Source(to_json(document("for-all")).encode(), JSON)
        placed = read_sources([source], services.registry)
        await publishing.import_all(c, placed, services.clock.now(), publish=True, notify=True)


async def told(services: Services) -> int:
    async with services.db.read() as c:
        return int((await c.execute(select(func.count(notifications.c.id)).where(OURS))).scalar_one())


async def until_told(services: Services, least: int, seconds: float) -> float:
    started = time.monotonic()
    async with asyncio.timeout(seconds):
        while await told(services) < least:  # noqa: ASYNC110  # rows that another process writes
            await asyncio.sleep(0.01)
    return time.monotonic() - started


async def test_killed_while_telling_and_started_again_it_tells_the_rest_once_within_the_lease_and_two_seconds(
    services: Services,
) -> None:
    await published(services)
    with worker(services) as first:
        await until_told(services, 1, 30)
        first.kill()
        first.wait()
    assert 0 < await told(services) < FIRMS
    with worker(services):
        await until_told(services, FIRMS, outbox.LEASE_S + 2 + STARTING_S)
    async with services.db.read() as c:
        distinct = select(func.count(func.distinct(notifications.c.enterprise_id))).where(OURS)
        assert (await c.execute(distinct)).scalar_one() == FIRMS == await told(services)


async def stopped_between_writes(services: Services, process: subprocess.Popen[bytes]) -> None:
    """Stops it while it holds no write lock: inside one, SQLite lets nobody else write."""
    for _ in range(20):
        process.send_signal(signal.SIGSTOP)
        try:
            async with services.db.write():
                return
        except Problem:
            process.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.05)
    pytest.fail("it was writing each time")


async def test_one_that_is_stopped_past_its_lease_and_goes_on_tells_nobody_twice(services: Services) -> None:
    await published(services)
    with worker(services) as first, worker(services):
        await until_told(services, 1, 30)
        await stopped_between_writes(services, first)
        await until_told(services, FIRMS, outbox.LEASE_S + 10)
        first.send_signal(signal.SIGCONT)
        await asyncio.sleep(2)
    assert await told(services) == FIRMS


async def test_told_to_end_it_ends_at_once_and_gives_its_job_back(services: Services) -> None:
    await published(services)
    with worker(services) as process:
        await until_told(services, 1, 30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    async with services.db.read() as c:
        held = select(jobs.c.id).where((jobs.c.state == "running") | jobs.c.lease_token.is_not(None))
        assert (await c.execute(held)).all() == []
    with worker(services):
        await until_told(services, FIRMS, 30)
