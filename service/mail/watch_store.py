"""The SQL behind the operator's mail: what waits, what has stopped, and which incidents were told.

Runs inside the caller's transaction. Reads only.
"""

from collections.abc import Collection

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.dialects import present, seconds_since
from service.database.tables import jobs


async def oldest_due_s(c: AsyncConnection) -> tuple[str, float] | None:
    """Since when, and for how many seconds, the longest waiting job is due; None when none is."""
    query = f"SELECT min(run_at) FROM jobs WHERE state = 'queued' AND run_at <= {present(c)}"  # noqa: S608
    oldest = (await c.execute(text(query))).scalar_one()
    if oldest is None:
        return None
    age = text(f"SELECT {seconds_since(c, ':oldest')}")
    return str(oldest), float((await c.execute(age, {"oldest": oldest})).scalar_one())


async def known(c: AsyncConnection, keys: Collection[str]) -> set[str]:
    """Those of the keys for which there is a job."""
    return set((await c.execute(select(jobs.c.key).where(jobs.c.key.in_(keys)))).scalars())
