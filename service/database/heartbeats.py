"""Signs of life of the worker processes, by the database's own clock.

A worker that has stalled stops beating; whoever asks sees how long ago that was.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.dialects import present
from service.database.dialects import seconds_since as since

WORKER = "worker"
STALE_S = 10.0


async def beat(c: AsyncConnection, name: str = WORKER) -> None:
    """Says that `name` lives now."""
    await c.execute(
        text(
            f"INSERT INTO heartbeats (name, beat_at) VALUES (:name, {present(c)})"  # noqa: S608
            " ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at"
        ),
        {"name": name},
    )


async def end(c: AsyncConnection, name: str = WORKER) -> None:
    """Says that `name` has ended in order; another of the name beats again soon."""
    await c.execute(text("DELETE FROM heartbeats WHERE name = :name"), {"name": name})


async def seconds_since(c: AsyncConnection, name: str = WORKER) -> float | None:
    """Seconds since the last sign of life; None when there never was one."""
    query = text(f"SELECT {since(c, 'beat_at')} FROM heartbeats WHERE name = :name")  # noqa: S608
    age = (await c.execute(query, {"name": name})).scalar_one_or_none()
    return None if age is None else float(age)
