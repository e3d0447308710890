"""The history of the tables ends where the code's own definition is, forth and back, one at a time."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import ProgrammingError

from service.database import migrate
from service.database.engine import Database
from service.database.migrate import NotMigrated
from service.database.tables import meta, metadata
from service.errors import Problem
from tests.service import engines
from tests.service.engines import Engine


@pytest.fixture
async def db(both: Engine, tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(engines.empty(tmp_path))
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
    async with db.read() as c:
        rows = [tuple(row) for row in await c.execute(select(meta).order_by(meta.c.key))]
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
    async with db.write() as c:
        await c.execute(text("CREATE TABLE jobs (in_the_way TEXT)"))
    with pytest.raises((Problem, ProgrammingError)):
        await migrate.upgrade(db, tmp_path)
    assert await tables(db) == {"jobs"}


async def test_a_database_of_a_newer_version_is_left_alone(db: Database, tmp_path: Path) -> None:
    await migrate.upgrade(db, tmp_path)
    async with db.write() as c:
        await c.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (migrate.upgrade(db, tmp_path), migrate.check(db)):
        with pytest.raises(NotMigrated, match="a newer version"):
            await attempt


async def test_an_empty_database_is_told_what_to_run(db: Database) -> None:
    with pytest.raises(NotMigrated, match="huiqi migrate"):
        await migrate.check(db)


MIGRATE = """
import asyncio, os, signal, sys
from pathlib import Path
from sqlalchemy import event
from service.database.engine import Database
from service.database.migrate import upgrade

async def main(url, folder, statements):
    db = Database(url)

    def counted(*_):
        statements[0] -= 1
        if not statements[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(db.engine.sync_engine, "after_cursor_execute", counted)
    print(await upgrade(db, folder))
    await db.close()

asyncio.run(main(sys.argv[1], Path(sys.argv[2]), [int(sys.argv[3])]))
"""


def migrating(db: Database, folder: Path, killed_after: int = 0) -> subprocess.Popen[str]:
    """A process that migrates; killed after so many statements."""
    url = db.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-W", "error", "-c", MIGRATE, url, str(folder), str(killed_after)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def said(processes: list[subprocess.Popen[str]]) -> list[str]:
    return sorted(process.communicate(timeout=60)[0].strip() for process in processes)


async def test_of_processes_that_migrate_at_once_one_does_it(db: Database, tmp_path: Path) -> None:
    at_once = [migrating(db, tmp_path) for _ in range(3)]
    assert await asyncio.to_thread(said, at_once) == ["False", "False", "True"]
    assert await migrate.current(db) == migrate.head()


@pytest.mark.slow
@pytest.mark.parametrize("statements", [4, 20, 55])
async def test_killed_in_the_middle_it_has_done_nothing_and_another_that_waits_does_it_all(
    db: Database, tmp_path: Path, statements: int
) -> None:
    killed = migrating(db, tmp_path, statements)
    assert await asyncio.to_thread(said, [killed]) == [""]
    assert killed.returncode == -signal.SIGKILL
    assert await tables(db) == set()
    assert await asyncio.to_thread(said, [migrating(db, tmp_path), migrating(db, tmp_path)]) == [
        "False",
        "True",
    ]
    async with db.read() as c:
        assert await c.run_sync(differences) == []


async def test_on_postgresql_every_text_is_ordered_bytewise(db: Database, tmp_path: Path) -> None:
    await migrate.upgrade(db, tmp_path)
    if db.sqlite:
        return
    async with db.read() as c:
        rows = await c.execute(
            text(
                "SELECT DISTINCT collation_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND collation_name IS NOT NULL"
                " AND table_name <> 'alembic_version'"
            )
        )
        assert list(rows.scalars()) == ["C"]
