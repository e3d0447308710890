"""How PostgreSQL is spoken to: connections that never wait without end, writers that take turns.

Used by the engine alone; opens nothing itself.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.errors import ReadOnlySqlTransaction, UndefinedColumn, UndefinedTable
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

SERVER_S = 2.0  # for a server to let us in, and to say that it is still there
ANSWER_S = 30.0  # for the answer to one statement
IDLE_MS = 60_000  # a transaction whose process does nothing for so long is given up
TURN_S = 0.1  # between two looks whether a lock is free
READS: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_WRITERS = 7_241_119  # any number that is the same in every process
_TRY = text("SELECT pg_try_advisory_lock(:number)")
_NOT_NOW = (ReadOnlySqlTransaction, UndefinedTable, UndefinedColumn)


class Patient(psycopg.AsyncConnection[Any]):
    """A connection that waits for its server for so long and no longer."""

    patience = SERVER_S

    async def wait(self, gen: Any, interval: float = 0.0, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """What the server answers. Raises OperationalError when it does not."""
        try:
            async with asyncio.timeout(self.patience):
                return await super().wait(gen, interval, timeout)
        except TimeoutError:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer") from None


def options(url: str, lock_ms: int) -> dict[str, Any]:
    """What the engine is made with, beside the URL."""
    settings = {
        "lock_timeout": lock_ms,
        "idle_in_transaction_session_timeout": IDLE_MS,
        "timezone": "UTC",
        "default_transaction_isolation": r"read\ committed",
    }
    given = make_url(url).translate_connect_args(username="user", database="dbname")
    given |= dict(make_url(url).query)
    said = " ".join(f"-c {name}={value}" for name, value in settings.items())
    said = f"{given.pop('options', '')} {said}".strip()

    async def connected(*_: Any, **__: Any) -> Any:
        try:
            async with asyncio.timeout(SERVER_S):
                return await Patient.connect(**given, options=said, connect_timeout=int(SERVER_S))
        except TimeoutError:
            raise psycopg.OperationalError("the server does not let us in") from None

    return {"async_creator": connected, "pool_pre_ping": True}


def listen(engine: Engine) -> None:
    """Lets writers take turns, and statements take longer than the question whether the server is there."""
    event.listen(engine, "begin", _on_begin)
    event.listen(engine, "checkout", _on_checkout)
    event.listen(engine, "checkin", _on_checkin)


async def lock(connection: AsyncConnection, number: int) -> None:
    """Waits for a lock that the connection keeps until it is closed; asks again and again, never hangs."""
    while not (await connection.execute(_TRY, {"number": number})).scalar_one():
        await connection.rollback()
        await asyncio.sleep(TURN_S)
    await connection.rollback()


def serves_not(error: object) -> bool:
    """Whether it is the server's state though no OperationalError: it only reads now, or has no tables."""
    return isinstance(error, _NOT_NOW)


def is_no_text(error: object) -> bool:
    """Whether a parameter holds the zero character, which no text here can hold: nothing is called so."""
    return isinstance(error, psycopg.DataError) and "NUL" in str(error)


def _on_begin(connection: Any) -> None:
    if connection.get_execution_options().get("alone", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


def _on_checkout(connection: Any, *_: Any) -> None:
    connection.driver_connection.patience = ANSWER_S


def _on_checkin(connection: Any, *_: Any) -> None:
    if connection is not None:
        connection.driver_connection.patience = SERVER_S
