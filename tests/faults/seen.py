"""Everything that can be seen afterwards: through the API, at the receivers, in the tables, in the files.

Reads; judges nothing.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from service.database.engine import Database
from service.database.tables import jobs, tellings, webhooks
from tests.faults.load import Client
from tests.faults.receivers import Place

READERS = 4


@dataclass
class Hook:
    """A registered endpoint: its receiver, its secret, and its deliveries by notification."""

    id: str
    secret: str
    place: Place
    firms: frozenset[str] | None
    state: str = "active"
    deliveries: dict[str, Any] = field(default_factory=dict)


@dataclass
class Seen:
    """The state of everything when nothing moves any more."""

    inboxes: dict[str, list[Any]] = field(default_factory=dict)
    firms: dict[str, Any] = field(default_factory=dict)
    policies: dict[str, Any] = field(default_factory=dict)
    materials: dict[tuple[str, str], str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    waiting: int = 0


async def waiting(db: Database, lane: str | None = None) -> int:
    """How many jobs are neither done nor dead, but for regular ones of later."""
    lanes = (lane,) if lane else ("work", "deliver")
    left = jobs.c.state.in_(("queued", "running")) & jobs.c.lane.in_(lanes)
    async with db.read() as c:
        return int((await c.execute(select(func.count()).where(left))).scalar_one())


async def pages(client: Client, path: str) -> list[Any]:
    """Everything that a list has."""
    found: list[Any] = []
    mark = ""
    while True:
        joined = f"{path}{'&' if '?' in path else '?'}limit=100{mark}"
        answer = await client.send("GET", joined)
        found += answer["items"]
        if answer["next_cursor"] is None:
            return found
        mark = f"&cursor={answer['next_cursor']}"


async def seen(
    client: Client, db: Database, hooks: Iterable[Hook], firms: Iterable[str], policies: Iterable[str]
) -> Seen:
    """Looks at everything."""
    found = Seen(waiting=await waiting(db))
    slots = asyncio.Semaphore(READERS)

    async def firm(name: str) -> None:
        async with slots:
            found.firms[name] = await client.send("GET", f"/v1/enterprises/{name}")
            found.inboxes[name] = await pages(client, f"/v1/enterprises/{name}/notifications")

    await asyncio.gather(*(firm(name) for name in firms))
    for name in policies:
        found.policies[name] = await client.send("GET", f"/v1/policies/{name}")
    async with db.read() as c:
        rows = await c.execute(select(tellings).where(tellings.c.withdrawn_at.is_(None)))
        found.materials = {(row.enterprise_id, row.measure_id): row.material for row in rows}
        bad = (jobs.c.lane == "work") & (jobs.c.state == "failed")
        found.failed = [f"{row.kind}: {row.error}" for row in await c.execute(select(jobs).where(bad))]
        states = {row.id: row.state for row in await c.execute(select(webhooks))}
    for hook in hooks:
        hook.state = states[hook.id]
        items = await pages(client, f"/v1/webhooks/{hook.id}/deliveries")
        hook.deliveries = {item["notification_id"]: item for item in items if item["notification_id"]}
    return found
