"""The SQL of endpoints of webhooks, and the deliveries that follow from what is told.

Runs inside the caller's transaction. Secrets come and go encrypted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_reading import read_json
from policies.json_writing import to_json
from service.database import outbox
from service.database.outbox import NewJob
from service.database.tables import enterprises, jobs, webhooks
from service.enterprises.store import CANARY
from service.push import pause_store as pauses
from service.push.message_types import ENDPOINT_DISABLED
from service.push.wording import CHINESE

KIND = "deliver.webhook"
ACTIVE, PAUSED, DISABLED = "active", "paused", "disabled"
STATES = (ACTIVE, PAUSED, DISABLED)


@dataclass(frozen=True)
class Webhook:
    """An endpoint; `events` and `enterprises` None for all of them, secrets encrypted."""

    id: str
    url: str
    events: frozenset[str] | None
    enterprises: frozenset[str] | None
    state: str
    reason: str | None
    secret: str
    old_secret: str | None
    old_until: str | None
    failing_since: str | None
    created_at: str
    updated_at: str
    lang: str | None = None

    def wants(self, kind: str, enterprise: str | None) -> bool:
        """Whether it is to be sent a message of this type about this enterprise."""
        if enterprise is None and self.enterprises is not None:
            return False
        named = self.events is None or kind in self.events
        return named and (self.enterprises is None or enterprise in self.enterprises)


class Tellable(Protocol):
    """What deliveries need to know of a notification that has been written."""

    @property
    def id(self) -> str: ...
    @property
    def enterprise(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def document(self) -> str | None: ...


async def fan_out(c: AsyncConnection, told: Sequence[Tellable], now: datetime) -> int:
    """A delivery to each endpoint for each notification that it wants; how many. Repeatable."""
    hooks = [hook for hook in await every(c) if hook.state != DISABLED]
    if not hooks or not told:
        return 0
    held = await pauses.among(c, {each.document for each in told if each.document is not None})
    rows = [
        NewJob(
            KIND,
            {"notification": each.id},
            lane="deliver",
            subject=hook.id,
            topic=each.document,
            key=f"deliver/{hook.id}/{each.id}",
            state="held" if each.document in held else "queued",
        )
        for each in told
        if each.enterprise != CANARY
        for hook in hooks
        if hook.wants(each.type, each.enterprise)
    ]
    return await outbox.enqueue_all(c, rows, now=now)


async def tell_of_disabled(
    c: AsyncConnection, webhook: str, messages: Mapping[str, Any], event: str, now: datetime
) -> int:
    """A delivery of a message about an endpoint, by language, to each other active one that wants it."""
    rows = [
        NewJob(
            KIND,
            {"id": event, "message": messages[hook.lang or CHINESE]},
            lane="deliver",
            subject=hook.id,
            key=f"deliver/{hook.id}/{event}",
        )
        for hook in await every(c)
        if hook.id != webhook and hook.state == ACTIVE and hook.wants(ENDPOINT_DISABLED, None)
    ]
    return await outbox.enqueue_all(c, rows, now=now)


async def add(c: AsyncConnection, webhook: Webhook) -> None:
    """A new endpoint."""
    await c.execute(insert(webhooks).values(**_row(webhook)))


async def change(c: AsyncConnection, webhook: Webhook) -> None:
    """Writes an endpoint as it is now."""
    await c.execute(update(webhooks).where(webhooks.c.id == webhook.id).values(**_row(webhook)))


async def remove(c: AsyncConnection, name: str) -> None:
    """Forgets an endpoint with all its deliveries: nothing more is sent."""
    mine = (jobs.c.lane == outbox.DELIVER) & (jobs.c.subject == name)
    await c.execute(delete(jobs).where(mine))
    await c.execute(delete(webhooks).where(webhooks.c.id == name))


async def one(c: AsyncConnection, name: str, *, to_change: bool = False) -> Webhook | None:
    """One endpoint, locked until the end where it is to be changed; None when there is none."""
    query = select(webhooks).where(webhooks.c.id == name)
    row = (await c.execute(query.with_for_update() if to_change else query)).mappings().one_or_none()
    return None if row is None else _webhook(row)


async def every(c: AsyncConnection) -> list[Webhook]:
    """All endpoints."""
    rows = (await c.execute(select(webhooks).order_by(webhooks.c.id))).mappings()
    return [_webhook(row) for row in rows]


async def listed(c: AsyncConnection, state: str | None, after: str, limit: int) -> list[Webhook]:
    """Endpoints beyond `after`, in the state if one is named, by id, which is by age."""
    query = select(webhooks).where(webhooks.c.id > after).order_by(webhooks.c.id).limit(limit)
    if state is not None:
        query = query.where(webhooks.c.state == state)
    return [_webhook(row) for row in (await c.execute(query)).mappings()]


async def due(c: AsyncConnection) -> list[str]:
    """For whom a delivery is due now."""
    return await outbox.due_subjects(c, "deliver")


async def unknown_enterprises(c: AsyncConnection, names: Sequence[str]) -> list[str]:
    """Those of the names that no enterprise has."""
    query = select(enterprises.c.id).where(enterprises.c.id.in_(names), enterprises.c.id != CANARY)
    known = set((await c.execute(query)).scalars())
    return [name for name in names if name not in known]


def _webhook(row: Mapping[Any, Any]) -> Webhook:
    members = dict(row)
    events, firms = members.pop("events"), members.pop("enterprise_ids")
    return Webhook(events=_names(events), enterprises=_names(firms or "null"), **members)


def _names(text: str) -> frozenset[str] | None:
    found = read_json(text.encode())
    return frozenset(found) if isinstance(found, list) else None


def _row(webhook: Webhook) -> dict[str, Any]:
    own = {name: getattr(webhook, name) for name in _PLAIN}
    return {**own, "events": _text(webhook.events), "enterprise_ids": _text(webhook.enterprises)}


_PLAIN = (
    "id",
    "url",
    "state",
    "reason",
    "secret",
    "old_secret",
    "old_until",
    "failing_since",
    "created_at",
    "updated_at",
    "lang",
)


def _text(names: frozenset[str] | None) -> str:
    return to_json(None if names is None else sorted(names))
