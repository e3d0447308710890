"""A real, migrated database for the tests that speak with it directly: a SQLite file, or one of PostgreSQL.

Which of the two is the fixture `engine`; whoever does not ask for it gets SQLite.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from service.database.engine import Database
from service.settings import Settings
from tests.service import postgres
from tests.service.asking import prepared

Engine = Literal["sqlite", "postgresql"]
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


def at(folder: Path, engine: Engine = "sqlite") -> Settings:
    """Settings of a service that needs nothing but this folder, and a database of its own."""
    return Settings(
        data=folder / "data",
        encoder="none",
        redis_url="none",
        catalogue="none",
        admin_key="k" * 40,
        demo=False,
        database_url=None if engine == "sqlite" else postgres.unused(),
    )


@asynccontextmanager
async def database(folder: Path, engine: Engine = "sqlite") -> AsyncIterator[Database]:
    settings = at(folder, engine)
    await prepared(settings)
    db = Database(settings.database)
    try:
        yield db
    finally:
        await db.close()
