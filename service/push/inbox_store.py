"""The SQL of inboxes: what each enterprise was told, in the order of telling, and what it has read.

Runs inside the caller's transaction. Writes no notification.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_reading import read_json
from service.database.tables import notifications, tellings

_SHOWN = ("id", "type", "created_at", "measure_id", "title", "part", "text", "read_at", "data", "seq")


async def inbox(c: AsyncConnection, enterprise: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Notifications in the order in which they were told, beyond the number `after`, each with its `seq`."""
    mine = (notifications.c.enterprise_id == enterprise) & (notifications.c.seq > after)
    query = _shown().where(mine).order_by(notifications.c.seq).limit(limit)
    return [_plain(row) for row in (await c.execute(query)).mappings()]


async def number_of(c: AsyncConnection, enterprise: str, notification: str) -> int | None:
    """The notification's place in the order of telling; None when the enterprise has no such one."""
    mine = (notifications.c.enterprise_id == enterprise) & (notifications.c.id == notification)
    return (await c.execute(select(notifications.c.seq).where(mine))).scalar_one_or_none()


async def one(c: AsyncConnection, enterprise: str, notification: str) -> dict[str, Any] | None:
    """One notification of the enterprise; None when it has no such one."""
    query = _shown().where(notifications.c.enterprise_id == enterprise, notifications.c.id == notification)
    row = (await c.execute(query)).mappings().one_or_none()
    return None if row is None else _plain(row)


async def mark_read(c: AsyncConnection, enterprise: str, notification: str, now: str) -> None:
    """Read now, unless it was read before."""
    mine = (notifications.c.id == notification) & (notifications.c.enterprise_id == enterprise)
    unread = mine & notifications.c.read_at.is_(None)
    await c.execute(update(notifications).where(unread).values(read_at=now))


def _shown() -> Any:
    mine = notifications.c.enterprise_id == tellings.c.enterprise_id
    told = notifications.outerjoin(tellings, mine & (notifications.c.measure_id == tellings.c.measure_id))
    return select(*(notifications.c[name] for name in _SHOWN), tellings.c.dismissed_at).select_from(told)


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    found = dict(row)
    found["data"] = {} if found["data"] is None else read_json(found["data"].encode())
    return found
