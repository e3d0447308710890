"""What a start may skip, and what it must look at closely.

Real folders, prepared as a first start prepares them, without the catalogue.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index import generation
from service.database import installation, migrate
from service.database.engine import Database
from service.keys import Keys, make_admin_key
from service.prepared import is_prepared, newest_revision
from service.settings import Settings

NOW = "2026-11-24T08:00:00.000Z"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path / "data")
    made.folder.mkdir(mode=0o700)

    async def begun() -> None:
        db = Database(made.database)
        await migrate.upgrade(db, made.folder)
        async with db.write() as c:
            await installation.begin(c, NOW)
        await db.close()

    asyncio.run(begun())
    make_admin_key(made)
    Keys(made)
    generation.build(made.index_folder, [], None, None, {"catalogue": 0, "built_at": NOW})
    return made


def test_a_folder_that_a_first_start_has_prepared_needs_nothing(settings: Settings) -> None:
    assert is_prepared(settings)


def test_a_folder_that_is_not_there_needs_everything_and_is_not_made(tmp_path: Path) -> None:
    assert not is_prepared(Settings(data=tmp_path / "none"))
    assert list(tmp_path.iterdir()) == []


def test_the_newest_file_of_migrations_is_the_head_of_the_history() -> None:
    assert newest_revision() == migrate.head()


def execute(settings: Settings, statement: str) -> None:
    with closing(sqlite3.connect(settings.folder / "huiqi.sqlite", isolation_level=None)) as opened:
        opened.execute(statement)


LACKING: dict[str, Callable[[Settings], object]] = {
    "an older revision": lambda s: execute(s, "UPDATE alembic_version SET version_num = '0000'"),
    "no revision": lambda s: execute(s, "DELETE FROM alembic_version"),
    "no tables": lambda s: execute(s, "DROP TABLE alembic_version"),
    "no first import": lambda s: execute(s, "DELETE FROM meta WHERE key = 'began_at'"),
    "no database": lambda s: (s.folder / "huiqi.sqlite").unlink(),
    "no index": lambda s: (s.index_folder / "CURRENT").unlink(),
    "an index that is gone": lambda s: (s.index_folder / "CURRENT").write_text("gone\n"),
    "no key": lambda s: (s.folder / "admin.key").unlink(),
}


@pytest.mark.parametrize("lack", LACKING)
def test_a_start_looks_closely_when_something_is_lacking(settings: Settings, lack: str) -> None:
    LACKING[lack](settings)
    assert not is_prepared(settings)
