"""Connections: writes whole or not at all, one after another, and a plain refusal when there is none."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.engine import Database
from service.database.tables import meta, revisions
from service.errors import Problem
from tests.service.databases import database


async def counted(c: AsyncConnection) -> int:
    return int((await c.execute(select(meta.c.value).where(meta.c.key == "catalogue_version"))).scalar_one())


async def count(c: AsyncConnection, value: int) -> None:
    await c.execute(update(meta).where(meta.c.key == "catalogue_version").values(value=str(value)))


@pytest.mark.usefixtures("both")
async def test_a_write_is_there_afterwards(tmp_path: Path) -> None:
    async with database(tmp_path) as db:
        async with db.write() as c:
            await count(c, 7)
        async with db.read() as c:
            assert await counted(c) == 7


@pytest.mark.usefixtures("both")
async def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    async def breaks(db: Database) -> None:
        async with db.write() as c:
            await count(c, 7)
            raise ZeroDivisionError

    async with database(tmp_path) as db:
        with pytest.raises(ZeroDivisionError):
            await breaks(db)
        async with db.read() as c:
            assert await counted(c) == 0


@pytest.mark.usefixtures("both")
async def test_writers_at_the_same_time_wait_for_each_other_and_lose_nothing(tmp_path: Path) -> None:
    async def one_more(db: Database) -> None:
        async with db.write() as c:
            number = await counted(c)
            await asyncio.sleep(0.002)
            await count(c, number + 1)

    async with database(tmp_path) as db:
        await asyncio.gather(*(one_more(db) for _ in range(30)))
        async with db.read() as c:
            assert await counted(c) == 30


@pytest.mark.usefixtures("both")
async def test_a_reader_sees_one_moment_while_others_write(tmp_path: Path) -> None:
    async with database(tmp_path) as db, db.read() as reader:
        assert await counted(reader) == 0
        async with db.write() as c:
            await count(c, 1)
        assert await counted(reader) == 0


@pytest.mark.usefixtures("both")
async def test_what_refers_to_nothing_is_not_stored(tmp_path: Path) -> None:
    row = {"document_id": "none", "revision": 1, "content": "{}", "digest": "", "created_at": ""}
    async with database(tmp_path) as db:
        with pytest.raises(IntegrityError):
            async with db.write() as c:
                await c.execute(insert(revisions).values(**row))


async def test_a_database_that_cannot_be_opened_is_a_problem_with_a_code(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'nowhere' / 'huiqi.sqlite'}")
    with pytest.raises(Problem) as refused:
        async with db.read():
            pass
    assert refused.value.code == "database_unavailable"
    await db.close()


@pytest.mark.slow
@pytest.mark.usefixtures("both")
async def test_a_database_that_stays_locked_is_a_problem_with_a_code(tmp_path: Path) -> None:
    async with database(tmp_path) as db, db.write():
        with pytest.raises(Problem) as refused:
            async with db.write():
                pass
    assert refused.value.code == "database_unavailable"


async def test_the_file_is_written_ahead_and_flushed_with_foreign_keys_on(tmp_path: Path) -> None:
    async with database(tmp_path) as db, db.read() as c:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [(await c.execute(text(f"PRAGMA {name}"))).scalar_one() for name in asked]
    assert found == ["wal", 2, 1, 5_000]


@pytest.mark.slow
@pytest.mark.usefixtures("both")
async def test_when_every_connection_is_in_use_the_next_is_refused_in_time(tmp_path: Path) -> None:
    async with database(tmp_path) as db, AsyncExitStack() as held:
        for _ in range(15):
            await held.enter_async_context(db.read())
        with pytest.raises(Problem) as refused:
            await held.enter_async_context(db.read())
    assert refused.value.code == "database_unavailable"
