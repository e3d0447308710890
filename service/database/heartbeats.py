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
    """Says that `name` lives now; of several workers each has a name of its own, `worker/…`."""
    await c.execute(
        text(
            f"INSERT INTO heartbeats (name, beat_at) VALUES (:name, {present(c)})"  # noqa: S608
            " ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at"
        ),
        {"name": name},
    )


async def end(c: AsyncConnection, name: str = WORKER) -> None:
    """Says that `name` has ended in order."""
    await c.execute(text("DELETE FROM heartbeats WHERE name = :name"), {"name": name})


async def last(c: AsyncConnection, name: str = WORKER) -> str | None:
    """The instant of the last sign of life of `name`, or of any of that kind; None when there never was."""
    query = text("SELECT max(beat_at) FROM heartbeats WHERE name = :name OR name LIKE :each")
    found = (await c.execute(query, {"name": name, "each": f"{name}/%"})).scalar_one()
    return None if found is None else str(found)


async def seconds_since(c: AsyncConnection, name: str = WORKER) -> float | None:
    """Seconds since the last sign of life; None when there never was one."""
    found = await last(c, name)
    if found is None:
        return None
    return float((await c.execute(text(f"SELECT {since(c, ':found')}"), {"found": found})).scalar_one())
