"""The SQL of the watch: how an enterprise was last looked at, what is still to be done, and the sign of life.

Reads only, inside the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import heartbeats as signs
from service.database.tables import enterprises, heartbeats, jobs, looks, tellings
from service.enterprises.store import CANARY

_UNDONE = ("queued", "running", "held", "failed")


@dataclass(frozen=True)
class Stands:
    """An enterprise as it is, and which version of it was looked at, for which day and when."""

    version: int
    updated_at: str
    seen: int | None
    as_of: str | None
    looked_at: str | None


async def stands(c: AsyncConnection, enterprise: str) -> Stands | None:
    """How the enterprise was last looked at; None when there is none."""
    columns = (enterprises.c.version, enterprises.c.updated_at)
    seen = (looks.c.version, looks.c.as_of, looks.c.looked_at)
    joined = enterprises.outerjoin(looks, looks.c.enterprise_id == enterprises.c.id)
    mine = (enterprises.c.id == enterprise) & (enterprises.c.id != CANARY)
    row = (await c.execute(select(*columns, *seen).select_from(joined).where(mine))).one_or_none()
    return None if row is None else Stands(*row)


async def alive(c: AsyncConnection) -> str | None:
    """The worker's last sign of life."""
    query = select(heartbeats.c.beat_at).where(heartbeats.c.name == signs.WORKER)
    found: str | None = (await c.execute(query)).scalar_one_or_none()
    return found


async def told(c: AsyncConnection, enterprise: str) -> int:
    """Of how many measures the enterprise was told."""
    query = select(func.count()).select_from(tellings).where(tellings.c.enterprise_id == enterprise)
    return int((await c.execute(query)).scalar_one())


async def untold(c: AsyncConnection, kind: str) -> list[str]:
    """When what is still to be told of became so; what failed counts until a later telling has done it."""
    columns = (jobs.c.topic, jobs.c.id, jobs.c.state, jobs.c.created_at)
    done = select(func.max(jobs.c.id)).where(jobs.c.kind == kind, jobs.c.state == "done")
    query = select(*columns).where(jobs.c.kind == kind, jobs.c.state.in_(_UNDONE))
    found = []
    for topic, name, state, created_at in await c.execute(query):
        later = (
            (await c.execute(done.where(jobs.c.topic == topic))).scalar_one() if state == "failed" else None
        )
        if later is None or later < name:
            found.append(created_at)
    return found


async def undone(c: AsyncConnection, kind: str, subject: str | None = None) -> list[str]:
    """When the jobs of this kind (of a subject, if one is given) that are still to be done were written."""
    query = select(jobs.c.created_at).where(jobs.c.kind == kind, jobs.c.state.in_(_UNDONE))
    if subject is not None:
        query = query.where(jobs.c.subject == subject)
    return list((await c.execute(query)).scalars())


async def last_done(c: AsyncConnection, kinds: Sequence[str]) -> str | None:
    """When the last job of telling ended: all that is known where no worker lives."""
    query = select(func.max(jobs.c.finished_at)).where(jobs.c.kind.in_(kinds), jobs.c.state == "done")
    found: str | None = (await c.execute(query)).scalar_one()
    return found
