"""Until when an enterprise's matches have been checked: silence means that there was nothing to tell.

Reads what is still to be done from the database; a worker that has stalled shows by its last sign of life.
"""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import heartbeats as signs
from service.database.tables import enterprises, heartbeats, jobs, looks, tellings
from service.enterprises.store import CANARY
from service.errors import Problem
from service.push import looking
from service.push.telling import TELL
from service.services import Services

_UNDONE = ("queued", "running", "held", "failed")


async def watch(services: Services, enterprise: str) -> dict[str, Any]:
    """Checked until when, of how many measures, and of how many it was told. Raises Problem (`not_found`)."""
    today = services.clock.today().isoformat()
    async with services.db.read() as c:
        query = (
            select(
                enterprises.c.version,
                enterprises.c.updated_at,
                looks.c.version,
                looks.c.as_of,
                looks.c.looked_at,
            )
            .select_from(enterprises.outerjoin(looks, looks.c.enterprise_id == enterprises.c.id))
            .where(enterprises.c.id == enterprise, enterprises.c.id != CANARY)
        )
        row = (await c.execute(query)).one_or_none()
        if row is None:
            raise Problem("not_found", note=enterprise)
        version, updated_at, seen, as_of, looked_at = row
        pending = [updated_at] if version != seen else []
        pending += await _telling(c)
        if as_of is None or as_of < today:
            pending += await _undone(c, looking.DAY)
        alive = select(heartbeats.c.beat_at).where(heartbeats.c.name == signs.WORKER)
        beat = (await c.execute(alive)).scalar_one_or_none() or await _last_done(c) or looked_at
        told = select(func.count()).select_from(tellings).where(tellings.c.enterprise_id == enterprise)
        count = int((await c.execute(told)).scalar_one())
        shelf = await services.shelf.current(c)
    return {"checked_until": min([*pending, beat]), "measures": len(shelf), "told": count}


async def _telling(c: AsyncConnection) -> list[str]:
    """When what is still to be told of became so; what failed counts until a later telling has done it."""
    columns = (jobs.c.topic, jobs.c.id, jobs.c.state, jobs.c.created_at)
    done = select(func.max(jobs.c.id)).where(jobs.c.kind == TELL, jobs.c.state == "done")
    query = select(*columns).where(jobs.c.kind == TELL, jobs.c.state.in_(_UNDONE))
    found = []
    for topic, name, state, created_at in await c.execute(query):
        later = (
            (await c.execute(done.where(jobs.c.topic == topic))).scalar_one() if state == "failed" else None
        )
        if later is None or later < name:
            found.append(created_at)
    return found


async def _undone(c: AsyncConnection, kind: str) -> list[str]:
    query = select(jobs.c.created_at).where(jobs.c.kind == kind, jobs.c.state.in_(_UNDONE))
    return list((await c.execute(query)).scalars())


async def _last_done(c: AsyncConnection) -> str | None:
    """When the last job of telling ended: all that is known where no worker lives."""
    kinds = (TELL, looking.LOOK, looking.DAY)
    query = select(func.max(jobs.c.finished_at)).where(jobs.c.kind.in_(kinds), jobs.c.state == "done")
    found: str | None = (await c.execute(query)).scalar_one()
    return found
