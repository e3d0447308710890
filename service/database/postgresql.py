"""How PostgreSQL is spoken to: connections that never wait without end, writers that take turns.

Used by the engine alone; opens nothing itself.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

SERVER_S = 2.0  # for a server to let us in, and to say that it is still there
ANSWER_S = 30.0  # for the answer to one statement
IDLE_MS = 60_000  # a transaction whose process does nothing for so long is given up
POOL, MORE = 8, 12  # connections that are kept, and how many more there may be
READS: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_WRITERS = 7_241_119  # any number that is the same in every process
_PASSING = (ReadOnlySqlTransaction,)


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

    return {"async_creator": connected, "pool_pre_ping": True, "pool_size": POOL, "max_overflow": MORE}


def listen(engine: Engine) -> None:
    """Lets writers take turns, and statements take longer than the question whether the server is there."""
    event.listen(engine, "begin", _on_begin)
    event.listen(engine, "checkout", _on_checkout)
    event.listen(engine, "checkin", _on_checkin)


def is_passing(error: object) -> bool:
    """Whether an error that is no OperationalError still passes by itself: a server that only reads now."""
    return isinstance(error, _PASSING)


def _on_begin(connection: Any) -> None:
    if connection.get_execution_options().get("alone", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


def _on_checkout(connection: Any, *_: Any) -> None:
    connection.driver_connection.patience = ANSWER_S


def _on_checkin(connection: Any, *_: Any) -> None:
    if connection is not None:
        connection.driver_connection.patience = SERVER_S
