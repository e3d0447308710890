"""PostgreSQL gone, silent, full or quarrelling is a problem with a code, in time, and passes by itself."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text, update

from service.database.engine import Database
from service.database.migrate import upgrade
from service.database.tables import meta
from service.errors import Problem
from tests.service.postgres import Server

pytestmark = pytest.mark.slow
SOON_S = 2.5


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of this file's own, for it is hurt here."""
    folder = Path(tempfile.mkdtemp(prefix="huiqi-pg-"))
    made = Server(folder).start()
    made.create("ours")
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def db(server: Server, tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(server.url("ours"))
    await upgrade(opened, tmp_path)
    yield opened
    await opened.close()


async def read(db: Database) -> int:
    async with db.read() as c:
        return len((await c.execute(select(meta))).all())


async def refused_soon(db: Database) -> None:
    started = time.monotonic()
    with pytest.raises(Problem, match="database_unavailable"):
        await read(db)
    assert time.monotonic() - started < SOON_S


async def test_a_server_that_was_killed_is_a_problem_and_all_is_well_when_it_is_back(
    db: Database, server: Server
) -> None:
    assert await read(db) == 3
    server.stop(signal.SIGKILL)
    await refused_soon(db)
    await refused_soon(db)
    server.start()
    assert await read(db) == 3


async def test_a_transaction_whose_server_dies_is_a_problem_and_leaves_nothing(
    db: Database, server: Server
) -> None:
    async def dies() -> None:
        async with db.write() as c:
            await c.execute(update(meta).values(value="7"))
            server.stop()

    with pytest.raises(Problem, match="database_unavailable"):
        await dies()
    server.start()
    async with db.read() as c:
        assert set((await c.execute(select(meta.c.value))).scalars()) == {"0"}


async def test_a_connection_that_is_cut_in_a_transaction_is_a_problem(db: Database, server: Server) -> None:
    async def cut() -> None:
        async with db.read() as c:
            pid = (await c.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await asyncio.to_thread(server.run_sql, f"SELECT pg_terminate_backend({pid})")
            await c.execute(select(meta))

    with pytest.raises(Problem, match="database_unavailable"):
        await cut()
    assert await read(db) == 3


async def test_a_server_that_does_not_answer_is_a_problem_in_time(db: Database, server: Server) -> None:
    async with db.read() as c:
        pid = (await c.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    os.kill(server.pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.wait_for(refused_in(db, 5), 10)
    finally:
        os.kill(pid, signal.SIGCONT)
        os.kill(server.pid, signal.SIGCONT)
    assert await read(db) == 3


async def refused_in(db: Database, seconds: float) -> None:
    started = time.monotonic()
    with pytest.raises(Problem, match="database_unavailable"):
        await read(db)
    assert time.monotonic() - started < seconds


async def test_a_server_that_lets_nobody_in_any_more_is_a_problem_in_time(
    db: Database, server: Server
) -> None:
    await db.engine.dispose()
    with contextlib.ExitStack() as held:
        with pytest.raises(psycopg.OperationalError):  # noqa: PT012  # until it is full
            for _ in range(300):
                held.enter_context(contextlib.closing(psycopg.connect(server.dsn("ours"))))
        await refused_soon(db)


async def test_a_deadlock_is_a_problem_for_one_and_none_for_the_other(db: Database) -> None:
    async def both(first: str, second: str) -> None:
        async with db.write(alone=False) as c:
            await c.execute(update(meta).where(meta.c.key == first).values(value="0"))
            await asyncio.sleep(0.2)
            await c.execute(update(meta).where(meta.c.key == second).values(value="0"))

    one, two = "catalogue_version", "enterprise_seq"
    done = await asyncio.gather(both(one, two), both(two, one), return_exceptions=True)
    assert sorted(map(type, done), key=str) == sorted([type(None), Problem], key=str)


async def test_a_server_that_only_reads_now_is_a_problem(db: Database, server: Server) -> None:
    server.run_sql("ALTER DATABASE ours SET default_transaction_read_only = on")
    try:
        await db.engine.dispose()
        with pytest.raises(Problem, match="database_unavailable"):
            async with db.write() as c:
                await c.execute(update(meta).values(value="0"))
    finally:
        server.run_sql("ALTER DATABASE ours SET default_transaction_read_only = off")


async def test_what_nothing_can_be_called_is_not_found(db: Database) -> None:
    with pytest.raises(Problem, match="not_found"):
        async with db.read() as c:
            await c.execute(select(meta).where(meta.c.key == "a\0b"))
