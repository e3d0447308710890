"""The SQL of pauses: documents and measures of which nothing is told until somebody lifts it.

Runs inside the caller's transaction. A pause that was lifted by hand is not made again by itself.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.pieces import pieces
from service.database.tables import pauses


async def among(c: AsyncConnection, subjects: Collection[str]) -> set[str]:
    """Those of the documents and measures that are paused."""
    found: set[str] = set()
    ordered = sorted(subjects)
    for piece in pieces(ordered):
        some = pauses.c.subject.in_(piece)
        query = select(pauses.c.subject).where(some, pauses.c.lifted_at.is_(None))
        found |= set((await c.execute(query)).scalars())
    return found


async def every(c: AsyncConnection) -> list[dict[str, Any]]:
    """What is paused now, and why."""
    columns = (pauses.c.subject, pauses.c.reason, pauses.c.paused_at)
    query = select(*columns).where(pauses.c.lifted_at.is_(None)).order_by(pauses.c.subject)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def pause_by_itself(c: AsyncConnection, subject: str, reason: str, now: str) -> bool:
    """Pauses unless it is paused, or was and was lifted; whether it did."""
    if (await c.execute(select(pauses.c.subject).where(pauses.c.subject == subject))).first() is not None:
        return False
    await c.execute(insert(pauses).values(subject=subject, reason=reason, paused_at=now))
    return True


async def lift(c: AsyncConnection, document: str, now: str) -> bool:
    """Lifts the pauses of a document and of its measures; whether there were any."""
    measures = pauses.c.subject.startswith(f"{document}.", autoescape=True)
    its = or_(pauses.c.subject == document, measures) & pauses.c.lifted_at.is_(None)
    lifted = await c.execute(update(pauses).where(its, measures).values(lifted_at=now))
    ended = await c.execute(delete(pauses).where(pauses.c.subject == document))
    return lifted.rowcount + ended.rowcount > 0
