"""The SQL behind pausing, resuming and recalling the push of a document.

Runs inside the caller's transaction. Deliveries are held, freed and recalled by the outbox.
"""

from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_reading import read_json
from service.database.tables import jobs, measures_seen, pauses, publications, tellings, webhooks

TELL = "tell"
_OPEN = ("queued", "running")
_WAITING = ("queued", "held", "running")


async def numbers(c: AsyncConnection, document: str) -> dict[str, int]:
    """How many deliveries because of the document wait or are being sent, were sent, recalled, and failed."""
    mine = (jobs.c.lane == "deliver") & (jobs.c.topic == document)
    query = select(jobs.c.state, func.count()).where(mine).group_by(jobs.c.state)
    found = {row[0]: int(row[1]) for row in await c.execute(query)}
    return {
        "waiting": sum(found.get(state, 0) for state in _WAITING),
        "sent": found.get("done", 0),
        "recalled": found.get("recalled", 0),
        "failed": found.get("failed", 0),
    }


async def told(c: AsyncConnection, document: str) -> tuple[int, int]:
    """How many enterprises were told of the document, and how often one of its measures was dismissed."""
    its = tellings.c.measure_id.between(f"{document}.", f"{document}/")  # "/" comes next after "."
    counted = (func.count(tellings.c.enterprise_id.distinct()), func.count(tellings.c.dismissed_at))
    row = (await c.execute(select(*counted).where(its))).one()
    return int(row[0]), int(row[1])


async def failures(c: AsyncConnection, document: str, most: int) -> list[dict[str, Any]]:
    """The deliveries because of the document that have failed for good, the latest first."""
    names = ("id", "subject", "attempts", "error", "finished_at")
    mine = (jobs.c.lane == "deliver") & (jobs.c.topic == document) & (jobs.c.state == "failed")
    query = select(*(jobs.c[name] for name in names), webhooks.c.url).join(
        webhooks, webhooks.c.id == jobs.c.subject, isouter=True
    )
    rows = await c.execute(query.where(mine).order_by(jobs.c.finished_at.desc(), jobs.c.id).limit(most))
    shown = ("id", "webhook_id", "attempts", "error", "finished_at", "url")
    return [dict(zip(shown, row, strict=True)) for row in rows]


async def paused(c: AsyncConnection, document: str) -> list[dict[str, Any]]:
    """The document or its measures as far as they are paused, since when and why."""
    columns = (pauses.c.subject, pauses.c.reason, pauses.c.paused_at)
    mine = _subjects(document) & pauses.c.lifted_at.is_(None)
    return [dict(row) for row in (await c.execute(select(*columns).where(mine))).mappings()]


async def pause(c: AsyncConnection, document: str, reason: str, now: str) -> None:
    """Pauses the document, unless it is paused."""
    mine = pauses.c.subject == document
    if (await c.execute(select(pauses.c.subject).where(mine))).first() is None:
        await c.execute(insert(pauses).values(subject=document, reason=reason, paused_at=now))
        return
    lifted = mine & pauses.c.lifted_at.is_not(None)
    anew = {"reason": reason, "paused_at": now, "lifted_at": None, "recalled": None}
    await c.execute(update(pauses).where(lifted).values(**anew))


async def forget(c: AsyncConnection, document: str, version: int, now: str) -> None:
    """Whoever is still to be told of what was published up to the version never will be."""
    telling = (jobs.c.kind == TELL) & (jobs.c.topic == document) & jobs.c.state.in_(_OPEN)
    ended = {"state": "cancelled", "lease_token": None, "finished_at": now}
    await c.execute(update(jobs).where(telling).values(**ended))
    mine = _subjects(document) & pauses.c.lifted_at.is_(None)
    await c.execute(update(pauses).where(mine).values(recalled=version))


async def recalled_up_to(c: AsyncConnection, document: str) -> int:
    """The version up to which nothing more is told of the document when its pauses end."""
    mine = _subjects(document) & pauses.c.lifted_at.is_(None)
    query = select(func.coalesce(func.min(func.coalesce(pauses.c.recalled, 0)), 0)).where(mine)
    return int((await c.execute(query)).scalar_one())


async def last_told(c: AsyncConnection, document: str) -> int:
    """The version of the last change of the document, if it was for telling and its telling ended; else 0."""
    changes = (func.max(publications.c.from_version), func.max(publications.c.until_version))
    newest = (await c.execute(select(*changes).where(publications.c.document_id == document))).one()
    done = (jobs.c.kind == TELL) & (jobs.c.topic == document) & (jobs.c.state == "done")
    query = select(jobs.c.payload).where(done).order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(1)
    payload: Any = (await c.execute(query)).scalar_one_or_none()
    told: Any = {} if payload is None else read_json(payload.encode())
    version = int(told.get("version", 0))
    return version if version >= max(filter(None, newest), default=1) else 0


async def is_to_be_told(c: AsyncConnection, document: str) -> bool:
    """Whether telling of the document is still to be done, or waits for the end of a pause."""
    waiting = (jobs.c.kind == TELL) & (jobs.c.topic == document) & jobs.c.state.in_(_OPEN)
    if (await c.execute(select(jobs.c.id).where(waiting).limit(1))).first() is not None:
        return True
    if not await paused(c, document):
        return False
    version = await last_told(c, document)
    seen = select(func.min(measures_seen.c.version)).where(measures_seen.c.document_id == document)
    first = (await c.execute(seen)).scalar_one() or 0
    return version > max(first, await recalled_up_to(c, document))


def _subjects(document: str) -> Any:
    measures = pauses.c.subject.startswith(f"{document}.", autoescape=True)
    return (pauses.c.subject == document) | measures
