"""The SQL of streams: whether there is news, for whom, and who is still there.

Reads only, inside the caller's transaction.
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.pieces import pieces
from service.database.tables import enterprises, meta, notifications
from service.enterprises.store import CANARY
from service.push.store import SEQUENCE

CHANGES = "enterprise_seq"


async def counters(c: AsyncConnection) -> dict[str, int]:
    """The numbers that grow with every notification and with every change of an enterprise."""
    query = select(meta.c.key, meta.c.value).where(meta.c.key.in_((SEQUENCE, CHANGES)))
    return {key: int(value) for key, value in await c.execute(query)}


async def told_beyond(c: AsyncConnection, number: int) -> set[str]:
    """The enterprises that were told of something beyond this number."""
    query = select(notifications.c.enterprise_id).where(notifications.c.seq > number).distinct()
    return set((await c.execute(query)).scalars())


async def among(c: AsyncConnection, names: Collection[str]) -> set[str]:
    """Those of the enterprises that are there; the canary is nobody's."""
    ordered, there = sorted(names), set[str]()
    for piece in pieces(ordered):
        query = select(enterprises.c.id).where(enterprises.c.id.in_(piece))
        there |= set((await c.execute(query)).scalars())
    return there - {CANARY}
