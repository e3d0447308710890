"""A real, migrated database for the tests that speak with it directly: a SQLite file, or one of PostgreSQL.

Which of the two is said by the test's fixture `both`; whoever does not use it gets SQLite.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from service.database.engine import Database
from service.settings import Settings
from tests.service import engines
from tests.service.asking import prepared


def at(folder: Path) -> Settings:
    """Settings of a service that needs nothing but this folder, and a database of its own."""
    return Settings(
        data=folder / "data",
        encoder="none",
        redis_url="none",
        catalogue="none",
        admin_key="k" * 40,
        demo=False,
        database_url=engines.url(folder / "data"),
    )


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[Database]:
    settings = at(folder)
    await prepared(settings)
    db = Database(settings.database)
    try:
        yield db
    finally:
        await db.close()
