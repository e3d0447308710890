"""The SQL of notifications: the inbox of each enterprise, and who was told of what.

Runs inside the caller's transaction. One enterprise is told of one measure once, whoever asks for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Text, cast, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.tables import enterprises, meta, notifications

SEQUENCE = "notification_seq"
_SHOWN = ("id", "type", "created_at", "measure_id", "title", "part", "text", "read_at")


@dataclass(frozen=True)
class Told:
    """One notification to be written."""

    id: str
    enterprise: str
    measure: str
    type: str
    title: str
    part: str
    text: str

    @property
    def dedupe(self) -> str:
        """What may be told only once."""
        return f"{self.enterprise}/{self.measure}/{self.type}"


async def inbox(c: AsyncConnection, enterprise: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Notifications in the order in which they were told, beyond the number `after`."""
    mine = (notifications.c.enterprise_id == enterprise) & (notifications.c.seq > after)
    query = _shown().where(mine).order_by(notifications.c.seq).limit(limit)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def number_of(c: AsyncConnection, enterprise: str, notification: str) -> int | None:
    """The notification's place in the order of telling; None when the enterprise has no such one."""
    mine = (notifications.c.enterprise_id == enterprise) & (notifications.c.id == notification)
    return (await c.execute(select(notifications.c.seq).where(mine))).scalar_one_or_none()


async def one(c: AsyncConnection, enterprise: str, notification: str) -> dict[str, Any] | None:
    """One notification of the enterprise; None when it has no such one."""
    query = _shown().where(notifications.c.enterprise_id == enterprise, notifications.c.id == notification)
    row = (await c.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def mark_read(c: AsyncConnection, enterprise: str, notification: str, now: str) -> None:
    """Read now, unless it was read before."""
    mine = (notifications.c.id == notification) & (notifications.c.enterprise_id == enterprise)
    unread = mine & notifications.c.read_at.is_(None)
    await c.execute(update(notifications).where(unread).values(read_at=now))


async def tell(c: AsyncConnection, told: Sequence[Told], now: str) -> int:
    """Writes those that are new and whose enterprise still exists; how many."""
    there = await _there(c, [each.enterprise for each in told])
    known = await _known(c, [each.dedupe for each in told])
    rows = [
        {
            "id": each.id,
            "seq": 0,
            "enterprise_id": each.enterprise,
            "measure_id": each.measure,
            "type": each.type,
            "dedupe": each.dedupe,
            "title": each.title,
            "part": each.part,
            "text": each.text,
            "created_at": now,
        }
        for each in told
        if each.enterprise in there and each.dedupe not in known
    ]
    if rows:
        first = await _numbers(c, len(rows))
        for number, row in enumerate(rows, first):
            row["seq"] = number
        await c.execute(insert(notifications), rows)
    return len(rows)


async def _numbers(c: AsyncConnection, count: int) -> int:
    """The first of so many numbers, which grow in the order of commits: the counter is locked until then."""
    grown = cast(cast(meta.c.value, BigInteger) + count, Text)
    query = update(meta).where(meta.c.key == SEQUENCE).values(value=grown).returning(meta.c.value)
    return int((await c.execute(query)).scalar_one()) - count + 1


async def _there(c: AsyncConnection, names: Sequence[str]) -> set[str]:
    query = select(enterprises.c.id).where(enterprises.c.id.in_(names))
    return set((await c.execute(query)).scalars())


async def _known(c: AsyncConnection, dedupes: Sequence[str]) -> set[str]:
    query = select(notifications.c.dedupe).where(notifications.c.dedupe.in_(dedupes))
    return set((await c.execute(query)).scalars())


def _shown() -> Any:
    return select(*(notifications.c[name] for name in _SHOWN))
