"""The database's connections: reads, and writes that commit once at the end or not at all.

The only place that commits. Writers take turns on both databases, unless they say that they need not.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from service.database import postgresql
from service.errors import Problem

BUSY_MS = 5_000
WAIT_S = 5.0  # for a connection, when all are in use
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MS}",
)
_UNREACHED = (OperationalError, InterfaceError, NoneFree)


class Database:
    """Opens connections; one `read()` or `write()` for each request or job step."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        given: dict[str, Any] = {} if self.sqlite else postgresql.options(url, BUSY_MS)
        self.engine: AsyncEngine = create_async_engine(url, pool_timeout=WAIT_S, **given)
        if self.sqlite:
            event.listen(self.engine.sync_engine, "connect", _on_connect)
            event.listen(self.engine.sync_engine, "begin", _on_begin)
        else:
            postgresql.listen(self.engine.sync_engine)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one moment, whose transaction is given up at the end.

        Raises Problem (`database_unavailable`).
        """
        with _Told():
            async with self.engine.connect() as connection:
                if not self.sqlite:
                    await connection.execution_options(**postgresql.READS)
                yield connection

    @asynccontextmanager
    async def write(self, *, alone: bool = True) -> AsyncIterator[AsyncConnection]:
        """A connection whose transaction is committed at the end; an exception undoes all of it.

        `alone`: no other such write until then. Without it PostgreSQL lets others write beside.
        """
        with _Told():
            async with self.engine.connect() as connection:
                await connection.execution_options(writes=True, alone=alone)
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def alone(self, lock: int) -> AsyncIterator[None]:
        """PostgreSQL's lock of this number, for as long as it takes; one that dies gives it back."""
        with _Told():
            async with self.engine.connect() as connection:
                await postgresql.lock(connection, lock)
                yield
                await connection.invalidate()

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()


class _Told:
    """Turns a database that cannot be reached or is locked into a problem."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, _UNREACHED) or (isinstance(error, DBAPIError) and _serves_not(error)):
            raise Problem("database_unavailable") from error
        if isinstance(error, DBAPIError) and postgresql.is_no_text(error.orig):
            raise Problem("not_found") from error


def _serves_not(error: DBAPIError) -> bool:
    return error.connection_invalidated or postgresql.serves_not(error.orig)


def _on_connect(connection: Any, _: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
