"""Brings the database to the newest form of its tables, or back: one linear history, one at a time.

Each change is one transaction with all its steps. Never run by an import.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TextIO

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from service.database.engine import Database

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_241_118  # any number that is the same in every process


class NotMigrated(Exception):
    """The database's tables are not those of this version."""


def head() -> str:
    """The newest revision."""
    return history()[-1]


def history() -> list[str]:
    """Every revision, the oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


async def current(db: Database) -> str | None:
    """The revision of the database; None while it is empty."""
    async with db.read() as c:
        return await c.run_sync(
            lambda connection: MigrationContext.configure(connection).get_current_revision()
        )


async def upgrade(db: Database, folder: Path, revision: str = "head") -> bool:
    """Migrates forward; whether there was anything to do. `folder` holds the lock. Raises NotMigrated."""
    async with _alone(db, folder):
        before = await current(db)
        _check_known(before)
        if before == (head() if revision == "head" else revision):
            return False
        await _run(db, lambda config: command.upgrade(config, revision))
        return True


async def downgrade(db: Database, folder: Path, revision: str) -> None:
    """Migrates back to a revision, `base` for none: what only the newer tables hold is lost."""
    async with _alone(db, folder):
        await _run(db, lambda config: command.downgrade(config, revision))


async def check(db: Database) -> None:
    """Raises NotMigrated unless the database is at the newest revision."""
    found = await current(db)
    _check_known(found)
    if found != head():
        raise NotMigrated(f"the database is at revision {found or 'none'}, not {head()}: run huiqi migrate")


def _check_known(revision: str | None) -> None:
    if revision is not None and revision not in history():
        raise NotMigrated(f"the database is at revision {revision}: a newer version of huiqi has made it")


@asynccontextmanager
async def _alone(db: Database, folder: Path) -> AsyncIterator[None]:
    """Holds off every other migration: by a file where the database is one, else by its own lock."""
    if db.sqlite:
        lock = await asyncio.to_thread(_locked, folder)
        with lock:
            yield
        return
    async with db.alone(_LOCK):
        yield


def _locked(folder: Path) -> TextIO:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / "migrate.lock").open("a", encoding="ascii")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


async def _run(db: Database, migrate: Callable[[Config], None]) -> None:
    def on(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        migrate(config)
        if not db.sqlite:
            _order_bytewise(connection)

    async with db.write() as c:
        await c.run_sync(on)


def _order_bytewise(connection: Connection) -> None:
    """Every text is compared byte by byte, as SQLite does, whatever the language of the database."""
    columns = connection.execute(
        text(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying')"
            " AND collation_name IS DISTINCT FROM 'C'"
        )
    )
    quoted = connection.dialect.identifier_preparer.quote
    for table, column, kind in columns.all():
        change = f'ALTER COLUMN {quoted(column)} TYPE {kind} COLLATE "C"'
        connection.execute(text(f"ALTER TABLE {quoted(table)} {change}"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
