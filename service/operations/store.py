"""The SQL of operations: passages' vectors that are kept, and what of the catalogue still waits.

Runs inside the caller's transaction. Decides nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from index.e5_file import Floats
from policies.json_reading import read_json
from service.ask.store import vectors as passages_known
from service.database.tables import jobs, passage_vectors

WAITING = ("queued", "running")
CANARY_KINDS = ("canary", "deliver.canary")
_SHOWN = (
    "id",
    "kind",
    "state",
    "done",
    "total",
    "result",
    "error",
    "created_at",
    "started_at",
    "finished_at",
)
_JOB = tuple(jobs.c[name] for name in _SHOWN)


async def keep_vectors(c: AsyncConnection, encoder: str, vectors: Mapping[str, Floats]) -> None:
    """Keeps vectors of passages by the hash of their text; known ones stay."""
    known = await passages_known(c, encoder, list(vectors))
    rows = [
        {"encoder": encoder, "text_sha": sha, "vector": np.ascontiguousarray(vector, np.float32).tobytes()}
        for sha, vector in vectors.items()
        if sha not in known
    ]
    if rows:
        await c.execute(insert(passage_vectors), rows)


async def waiting_documents(c: AsyncConnection, kind: str) -> set[str]:
    """The documents named by jobs of a kind that are not finished."""
    query = select(jobs.c.payload).where(jobs.c.kind == kind, jobs.c.state.in_(WAITING))
    payloads = (await c.execute(query)).scalars()
    return {document for payload in payloads for document in _documents(payload)}


async def is_waiting(c: AsyncConnection, kind: str) -> bool:
    """Whether a job of the kind is queued or running."""
    query = select(jobs.c.id).where(jobs.c.kind == kind, jobs.c.state.in_(WAITING)).limit(1)
    return (await c.execute(query)).one_or_none() is not None


def _documents(payload: str) -> Iterable[str]:
    value = read_json(payload.encode())
    found = value.get("documents") if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


async def job(c: AsyncConnection, name: str) -> dict[str, Any] | None:
    """One job's row; None when there is none."""
    row = (await c.execute(select(*_JOB).where(jobs.c.id == name))).mappings().one_or_none()
    return None if row is None else dict(row)


async def listed(
    c: AsyncConnection, state: str | None, before: str | None, limit: int
) -> list[dict[str, Any]]:
    """Jobs, the newest first, older than `before`; those of the canary are nobody's business."""
    query = select(*_JOB).where(jobs.c.kind.not_in(CANARY_KINDS)).order_by(jobs.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(jobs.c.state == state)
    if before is not None:
        query = query.where(jobs.c.id < before)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def cancel(c: AsyncConnection, name: str, now: str) -> bool:
    """Ends a job that is not finished; whether it was so. Its worker loses the lease."""
    waiting = (jobs.c.id == name) & jobs.c.state.in_(WAITING)
    change = {"state": "cancelled", "lease_token": None, "finished_at": now}
    return (await c.execute(update(jobs).where(waiting).values(**change))).rowcount == 1
