"""The SQL of learning: what was shown to stored enterprises, and what became of it.

Runs inside the caller's transaction. Of an anonymous ask there is no row here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.tables import enterprises, events, impressions
from service.learning.kinds import DISMISSED, SAVED

_AT_ONCE = 300


@dataclass(frozen=True)
class Impression:
    """One answer to a stored enterprise, as its row; `version` is of its profile then."""

    request_id: str
    enterprise_id: str
    version: int
    at: str
    as_of: str
    size: str | None
    sort: str
    generation: str | None
    catalogue: int
    model: str
    features_hash: str
    first: int
    measures: tuple[str, ...]
    parts: tuple[str, ...]
    features: bytes


async def known(c: AsyncConnection, names: Sequence[str]) -> set[str]:
    """Those of the ids that stand for an event already."""
    found: set[str] = set()
    for start in range(0, len(names), _AT_ONCE):
        query = select(events.c.id).where(events.c.id.in_(names[start : start + _AT_ONCE]))
        found |= set((await c.execute(query)).scalars())
    return found


async def firms_of(c: AsyncConnection, requests: Sequence[str]) -> dict[str, str]:
    """The enterprise of each request that is logged."""
    found: dict[str, str] = {}
    columns = (impressions.c.request_id, impressions.c.enterprise_id)
    for start in range(0, len(requests), _AT_ONCE):
        some = impressions.c.request_id.in_(requests[start : start + _AT_ONCE])
        found |= {row[0]: row[1] for row in await c.execute(select(*columns).where(some))}
    return found


async def add(c: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """New events."""
    if rows:
        await c.execute(insert(events), [dict(row) for row in rows])


async def log(c: AsyncConnection, shown: Sequence[Impression]) -> int:
    """Writes what was shown to enterprises whose profile is still the same; how many rows.

    Of one that was deleted meanwhile nothing is kept, also when its id stands for another one by now.
    Events that came before get their enterprise.
    """
    versions: dict[str, int] = {}
    names = sorted({one.enterprise_id for one in shown})
    for start in range(0, len(names), _AT_ONCE):
        some = enterprises.c.id.in_(names[start : start + _AT_ONCE])
        rows = await c.execute(select(enterprises.c.id, enterprises.c.version).where(some))
        versions |= {row[0]: row[1] for row in rows}
    kept = [one for one in shown if versions.get(one.enterprise_id) == one.version]
    if kept:
        await c.execute(insert(impressions), [_row(one) for one in kept])
    for one in kept:
        early = (events.c.request_id == one.request_id) & events.c.enterprise_id.is_(None)
        await c.execute(update(events).where(early).values(enterprise_id=one.enterprise_id))
    return len(kept)


async def newest(
    c: AsyncConnection, most: int
) -> tuple[list[tuple[str, str | None, int, str]], list[tuple[str, str, str]]]:
    """The newest answers, each (request, size, first, measures as text), and their events' kinds."""
    t = impressions.c
    last = (
        select(t.request_id, t.size, t.first, t.measures, t.at)
        .order_by(t.at.desc(), t.request_id)
        .limit(most)
    )
    rows = (await c.execute(last)).all()
    if not rows:
        return [], []
    columns = (events.c.request_id, events.c.measure_id, events.c.kind)
    joined = select(*columns).join(impressions, t.request_id == events.c.request_id)
    told = await c.execute(joined.where(t.at >= rows[-1].at))
    return [(row[0], row[1], row[2], row[3]) for row in rows], [(row[0], row[1], row[2]) for row in told]


async def answers(c: AsyncConnection, after: tuple[str, str], most: int) -> list[dict[str, Any]]:
    """The next logged answers beyond (at, request_id), in that order."""
    t = impressions.c
    beyond = (t.at > after[0]) | ((t.at == after[0]) & (t.request_id > after[1]))
    query = select(impressions).where(beyond).order_by(t.at, t.request_id).limit(most)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def told_of(c: AsyncConnection, requests: Sequence[str]) -> list[dict[str, Any]]:
    """The events of these requests, by request in order of time."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(requests), _AT_ONCE):
        some = events.c.request_id.in_(requests[start : start + _AT_ONCE])
        query = select(events).where(some).order_by(events.c.request_id, events.c.at, events.c.id)
        found += [dict(row) for row in (await c.execute(query)).mappings()]
    return found


async def marks(c: AsyncConnection, enterprise: str) -> list[dict[str, Any]]:
    """The last of saved and dismissed of each measure, by measure."""
    t = events.c
    mine = (t.enterprise_id == enterprise) & t.kind.in_((SAVED, DISMISSED))
    query = select(t.measure_id, t.kind, t.reason, t.at).where(mine).order_by(t.at, t.received_at, t.id)
    last = {row["measure_id"]: dict(row) for row in (await c.execute(query)).mappings()}
    return [last[measure] for measure in sorted(last)]


async def told_alone(c: AsyncConnection) -> list[dict[str, Any]]:
    """Events of requests that are not logged, as of anonymous asks, in order of time."""
    logged = select(impressions.c.request_id).where(impressions.c.request_id == events.c.request_id)
    query = select(events).where(~logged.exists()).order_by(events.c.at, events.c.id)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def last(c: AsyncConnection) -> tuple[str | None, str | None]:
    """When something was last shown, and when something was last told."""
    shown = (await c.execute(select(func.max(impressions.c.at)))).scalar_one()
    return shown, (await c.execute(select(func.max(events.c.received_at)))).scalar_one()


def _row(one: Impression) -> dict[str, Any]:
    lists = {"measures": "\n".join(one.measures), "parts": "\n".join(one.parts)}
    return {name: value for name, value in {**vars(one), **lists}.items() if name != "version"}


def names_in(text: str) -> tuple[str, ...]:
    """The words of a list that `log` wrote, a line each."""
    return tuple(text.split("\n"))
