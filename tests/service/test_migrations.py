"""The history of the tables ends where the code's own definition is, forth and back, one at a time."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from service.database import migrate
from service.database.engine import Database
from service.database.migrate import NotMigrated
from service.database.tables import metadata
from service.errors import Problem


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'huiqi.sqlite'}")
    yield opened
    await opened.close()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def tables(db: Database) -> set[str]:
    async with db.read() as c:
        return set(await c.run_sync(lambda connection: inspect(connection).get_table_names()))


async def test_the_newest_revision_is_what_the_code_defines(db: Database, tmp_path: Path) -> None:
    await migrate.upgrade(db, tmp_path)
    async with db.read() as c:
        assert await c.run_sync(differences) == []


async def test_a_fresh_installation_counts_from_zero(db: Database, tmp_path: Path) -> None:
    await migrate.upgrade(db, tmp_path)
    with closing(sqlite3.connect(tmp_path / "huiqi.sqlite")) as opened:
        rows = opened.execute("SELECT key, value FROM meta ORDER BY key").fetchall()
    assert rows == [("catalogue_version", "0"), ("enterprise_seq", "0"), ("notification_seq", "0")]


async def test_migrating_twice_does_nothing_the_second_time(db: Database, tmp_path: Path) -> None:
    assert await migrate.upgrade(db, tmp_path)
    assert not await migrate.upgrade(db, tmp_path)
    assert await migrate.current(db) == migrate.head()


async def test_each_step_can_be_taken_back_and_again(db: Database, tmp_path: Path) -> None:
    before: list[set[str]] = []
    for revision in migrate.history():
        before.append(await tables(db))
        await migrate.upgrade(db, tmp_path, revision)
    for target in reversed([None, *migrate.history()[:-1]]):
        await migrate.downgrade(db, tmp_path, target or "base")
        assert await tables(db) - {"alembic_version"} == before.pop() - {"alembic_version"}
    assert await migrate.upgrade(db, tmp_path)


async def test_a_failing_step_leaves_nothing_of_it_behind(db: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "huiqi.sqlite")) as opened:
        opened.execute("CREATE TABLE jobs (in_the_way TEXT)")
    with pytest.raises(Problem, match="database_unavailable"):
        await migrate.upgrade(db, tmp_path)
    assert await tables(db) == {"jobs"}


async def test_a_database_of_a_newer_version_is_left_alone(db: Database, tmp_path: Path) -> None:
    await migrate.upgrade(db, tmp_path)
    with closing(sqlite3.connect(tmp_path / "huiqi.sqlite", isolation_level=None)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    for attempt in (migrate.upgrade(db, tmp_path), migrate.check(db)):
        with pytest.raises(NotMigrated, match="a newer version"):
            await attempt


async def test_an_empty_database_is_told_what_to_run(db: Database) -> None:
    with pytest.raises(NotMigrated, match="huiqi migrate"):
        await migrate.check(db)


MIGRATE = """
import asyncio, sys
from pathlib import Path
from service.database.engine import Database
from service.database.migrate import upgrade

async def main(folder):
    db = Database(f"sqlite+aiosqlite:///{folder / 'huiqi.sqlite'}")
    print(await upgrade(db, folder))
    await db.close()

asyncio.run(main(Path(sys.argv[1])))
"""


def migrated_at_once(folder: Path, processes: int) -> list[str]:
    """What each of so many processes says of its migration."""
    command = [sys.executable, "-W", "error", "-c", MIGRATE, str(folder)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return [process.communicate(timeout=60)[0].strip() for process in running]


async def test_of_processes_that_migrate_at_once_one_does_it(db: Database, tmp_path: Path) -> None:
    said = await asyncio.to_thread(migrated_at_once, tmp_path, 3)
    assert sorted(said) == ["False", "False", "True"]
    assert await migrate.current(db) == migrate.head()
