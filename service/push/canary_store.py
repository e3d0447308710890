"""The SQL of the canary: an enterprise that nobody registered and nobody sees, with one notification.

Runs inside the caller's transaction. Its row is below every number of the sequence of profiles.
"""

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.tables import enterprises, jobs, looks, notifications, tellings
from service.enterprises.store import CANARY

_OPEN = ("queued", "running", "held")
_NEVER_LATE = "9999-12-31"


async def is_under_way(c: AsyncConnection, kind: str) -> bool:
    """Whether an earlier one has not arrived yet."""
    mine = (jobs.c.lane == "deliver") & (jobs.c.kind == kind) & (jobs.c.subject == CANARY)
    query = select(func.count()).where(mine, jobs.c.state.in_(_OPEN))
    return bool((await c.execute(query)).scalar_one())


async def make_ready(c: AsyncConnection, kind: str, now: str) -> None:
    """The canary with nothing told: what is left of earlier ones goes."""
    mine = select(enterprises.c.id).where(enterprises.c.id == CANARY)
    if (await c.execute(mine)).one_or_none() is None:
        own = {"id": CANARY, "name": CANARY, "demo": False, "profile": "{}"}
        await c.execute(insert(enterprises).values(**own, version=1, updated_at=now, seq=-1))
        look = {"version": 1, "profile": "{}", "as_of": _NEVER_LATE, "catalogue": 0, "looked_at": now}
        await c.execute(insert(looks).values(enterprise_id=CANARY, **look))
    for table in (notifications, tellings):
        await c.execute(delete(table).where(table.c.enterprise_id == CANARY))
    arrived = (jobs.c.lane == "deliver") & (jobs.c.kind == kind) & (jobs.c.state == "done")
    await c.execute(delete(jobs).where(arrived, jobs.c.subject == CANARY))


async def is_told(c: AsyncConnection, notification: str) -> bool:
    """Whether the canary's inbox holds this notification."""
    mine = (notifications.c.enterprise_id == CANARY) & (notifications.c.id == notification)
    return (await c.execute(select(notifications.c.id).where(mine))).one_or_none() is not None
