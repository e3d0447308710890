"""Enterprises are encoded by a worker that is killed in between: another goes on, nothing is done twice."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from index.encoder import materialise
from policies.facts import china
from service.clock import SystemClock
from service.database.tables import enterprise_vectors
from service.enterprises import store
from service.operations.enterprise_vectors import AT_ONCE
from service.services import Services, compose
from tests.service.asking import prepared
from tests.service.databases import at

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
FIRMS = AT_ONCE * 6


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    settings = at(tmp_path)
    await prepared(settings)
    materialise(settings.encoder_folder)
    made = compose(settings, SystemClock(), china())
    async with made.db.write() as c:
        for number in range(FIRMS):
            profile = {"name": f"公司{number}", "text": "工业质检软件研发" * 9, "facts": {}, "answers": {}}
            await store.add(c, f"firm-{number:03}", profile, "2026-01-01T00:00:00.000Z", False)
    yield made
    await made.close()


@contextmanager
def worker(services: Services) -> Iterator["subprocess.Popen[bytes]"]:
    given = {"DATA": str(services.settings.folder), "REDIS_URL": "none", "ADMIN_KEY": "k" * 40}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUIQI_")}
    environment = {**kept, **{f"HUIQI_{name}": value for name, value in given.items()}}
    process = subprocess.Popen((sys.executable, "-m", "service.worker"), env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def vectors(services: Services) -> dict[str, int]:
    """Who has a vector, and its number of the sequence: made again it would be another."""
    query = select(enterprise_vectors.c.enterprise_id, enterprise_vectors.c.seq)
    async with services.db.read() as c:
        return {row[0]: row[1] for row in await c.execute(query)}


async def until(services: Services, least: int) -> dict[str, int]:
    async with asyncio.timeout(240):
        while len(found := await vectors(services)) < least:  # noqa: ASYNC110  # another process writes
            await asyncio.sleep(0.02)
    return found


async def test_killed_between_two_batches_it_is_taken_over_and_nothing_is_encoded_again(
    services: Services,
) -> None:
    with worker(services) as first:
        await until(services, 1)
        first.kill()
        first.wait()
    before = await vectors(services)
    assert 0 < len(before) < FIRMS
    assert len(before) % AT_ONCE == 0
    with worker(services):
        after = await until(services, FIRMS)
    assert {name: after[name] for name in before} == before
    async with services.db.read() as c:
        query = select(func.count(func.distinct(enterprise_vectors.c.encoder)))
        assert (await c.execute(query)).scalar_one() == 1
