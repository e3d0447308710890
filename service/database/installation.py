"""What is known of an installation as a whole: whether it was set up, and what its worker still has to do.

Runs inside the caller's transaction.
"""

from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.tables import jobs, meta

BEGAN = "began_at"


@dataclass(frozen=True)
class Left:
    """Jobs that are not finished, and how far the longest of them has come."""

    jobs: int
    done: int
    total: int


async def began_at(c: AsyncConnection) -> str | None:
    """When the first start imported its catalogue; None before."""
    return (await c.execute(select(meta.c.value).where(meta.c.key == BEGAN))).scalar_one_or_none()


async def begin(c: AsyncConnection, now: str) -> None:
    """Says that the first start has imported what it had to."""
    await c.execute(insert(meta).values(key=BEGAN, value=now))


async def left(c: AsyncConnection) -> Left:
    """What waits or runs now."""
    waiting = jobs.c.state.in_(("queued", "running"))
    count = (await c.execute(select(func.count()).select_from(jobs).where(waiting))).scalar_one()
    query = select(jobs.c.done, jobs.c.total).where(waiting, jobs.c.total.is_not(None))
    longest = (await c.execute(query.order_by(jobs.c.total.desc()).limit(1))).one_or_none()
    return Left(int(count), *(longest or (0, 0)))
