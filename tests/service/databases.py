"""A real, migrated SQLite file for the tests that speak with the database directly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from service.database.engine import Database
from service.settings import Settings
from tests.service.asking import prepared


def at(folder: Path) -> Settings:
    """Settings of a service that needs nothing but this folder."""
    return Settings(
        data=folder / "data",
        encoder="none",
        redis_url="none",
        catalogue="none",
        admin_key="k" * 40,
        demo=False,
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
