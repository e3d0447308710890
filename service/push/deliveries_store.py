"""The SQL of deliveries: job rows of the lane `deliver`, what they carry, and which are tried again.

Runs inside the caller's transaction. Leases and attempts are the outbox's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_reading import read_json
from service.database import outbox
from service.database.dialects import present
from service.database.tables import jobs, notifications
from service.push.endpoints_store import KIND

# How a delivery stands, for others, and the states of its job row that are so.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "waiting": ("queued", "held"),
    "sending": ("running",),
    "delivered": ("done",),
    "dead": ("failed", "recalled", "cancelled"),
}
_STATE_OF = {state: shown for shown, states in SHOWN.items() for state in states}
_COLUMNS = (
    *("id", "subject", "state", "attempts", "run_at", "payload"),
    *("result", "error", "created_at", "finished_at"),
)
_AGAIN = {"state": "queued", "attempts": 0, "result": None, "error": None, "finished_at": None}


@dataclass(frozen=True)
class Notice:
    """A notification as it is sent."""

    id: str
    enterprise: str
    measure: str | None
    type: str
    title: str
    part: str | None
    text: str
    data: Any
    created_at: str


async def notices(c: AsyncConnection, names: Sequence[str]) -> dict[str, Notice]:
    """Those of the notifications that are still there, by id."""
    t = notifications.c
    columns = (t.id, t.enterprise_id, t.measure_id, t.type, t.title, t.part, t.text, t.data, t.created_at)
    rows = await c.execute(select(*columns).where(t.id.in_(names)))
    found = (Notice(*row[:7], None if row[7] is None else read_json(row[7].encode()), row[8]) for row in rows)
    return {notice.id: notice for notice in found}


async def listed(
    c: AsyncConnection, webhook: str, state: str | None, before: str | None, limit: int
) -> list[dict[str, Any]]:
    """Deliveries of an endpoint as they are shown, the newest first, older than `before`."""
    query = _shown().where(jobs.c.subject == webhook).order_by(jobs.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(jobs.c.state.in_(SHOWN[state]))
    if before is not None:
        query = query.where(jobs.c.id < before)
    return await _as_shown(c, query)


async def one(c: AsyncConnection, name: str) -> dict[str, Any] | None:
    """One delivery as it is shown; None when there is none."""
    return next(iter(await _as_shown(c, _shown().where(jobs.c.id == name))), None)


async def again(c: AsyncConnection, name: str) -> bool:
    """Sends a delivery again, or now if it waits; False when it is being sent, held or was recalled."""
    mine = (jobs.c.id == name) & (jobs.c.lane == outbox.DELIVER)
    over = mine & jobs.c.state.in_(("queued", "done", "failed"))
    return (await c.execute(update(jobs).where(over).values(**_AGAIN, run_at=_now(c)))).rowcount == 1


async def all_failed_again(c: AsyncConnection, webhook: str, since: str) -> int:
    """Sends again what has failed for good since then; how many."""
    mine = (jobs.c.lane == outbox.DELIVER) & (jobs.c.subject == webhook)
    failed = mine & (jobs.c.state == "failed") & (jobs.c.finished_at >= since)
    return (await c.execute(update(jobs).where(failed).values(**_AGAIN, run_at=_now(c)))).rowcount


async def bury(c: AsyncConnection, webhook: str, error: str) -> int:
    """What waits for an endpoint, or was being sent by a worker that is gone, is dead; how many."""
    mine = (jobs.c.lane == outbox.DELIVER) & (jobs.c.subject == webhook)
    lapsed = (jobs.c.state == "running") & (jobs.c.lease_until < _now(c))
    waiting = mine & (jobs.c.state.in_(("queued", "held")) | lapsed)
    change = {"state": "failed", "error": error, "finished_at": _now(c), "lease_token": None}
    return (await c.execute(update(jobs).where(waiting).values(**change))).rowcount


def _now(c: AsyncConnection) -> ColumnElement[str]:
    """The database's clock, as for every time of a job."""
    return literal_column(present(c))


def _shown() -> Select[Any]:
    return select(*(jobs.c[name] for name in _COLUMNS)).where(jobs.c.kind == KIND)


async def _as_shown(c: AsyncConnection, query: Select[Any]) -> list[dict[str, Any]]:
    rows = (await c.execute(query)).mappings().all()
    carried: list[Any] = [read_json(row["payload"].encode()) for row in rows]
    known = await notices(c, [each["notification"] for each in carried if "notification" in each])
    return [
        _one_shown(row, each, known.get(each.get("notification")))
        for row, each in zip(rows, carried, strict=True)
    ]


def _one_shown(row: Mapping[Any, Any], carried: Mapping[str, Any], notice: Notice | None) -> dict[str, Any]:
    result: Any = None if row["result"] is None else read_json(row["result"].encode())
    state = _STATE_OF[row["state"]]
    return {
        "id": row["id"],
        "webhook_id": row["subject"],
        "state": state,
        "attempts": row["attempts"],
        "next_attempt_at": row["run_at"] if state == "waiting" else None,
        "notification_id": carried.get("notification"),
        "type": notice.type if notice else carried.get("message", {}).get("type"),
        "enterprise_id": notice.enterprise if notice else None,
        "status": result.get("status") if isinstance(result, dict) else _status(row["error"]),
        "error": row["error"],
        "created_at": row["created_at"],
        "finished_at": row["finished_at"],
    }


def _status(error: str | None) -> int | None:
    """The HTTP status that a failed attempt was answered with."""
    found = re.fullmatch("HTTP ([0-9]{3})", error or "")
    return int(found[1]) if found else None
