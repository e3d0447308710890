"""The SQL of operations: passages' vectors that are kept, and what of the catalogue still waits.

Runs inside the caller's transaction. Decides nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from index.e5_file import Floats
from policies.json_reading import read_json
from service.ask.store import vectors as passages_known
from service.database.tables import jobs, meta, passage_vectors

WAITING = ("queued", "running")
TEXTS_CUT = "texts_cut"
_KEY = (passage_vectors.c.encoder, passage_vectors.c.text_sha)
CANARY_KINDS = ("canary", "deliver.canary")
_SHOWN = (
    "id",
    "kind",
    "payload",
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


async def others(c: AsyncConnection, encoders: Collection[str], most: int) -> list[tuple[str, str]]:
    """Encoder and text's hash of at most so many vectors of passages that none of these encoders made."""
    made = passage_vectors.c.encoder.not_in(list(encoders))
    rows = await c.execute(select(*_KEY).where(made).limit(most))
    return [(row[0], row[1]) for row in rows]


async def forget(c: AsyncConnection, keys: Sequence[tuple[str, str]]) -> None:
    """These vectors of passages are no more, by encoder and text's hash."""
    if keys:
        await c.execute(delete(passage_vectors).where(tuple_(*_KEY).in_(keys)))


async def texts_cut(c: AsyncConnection) -> int:
    """How many stored texts were longer than the encoder reads, since the beginning."""
    found = (await c.execute(select(meta.c.value).where(meta.c.key == TEXTS_CUT))).scalar_one_or_none()
    return int(found or 0)


async def count_cut(c: AsyncConnection, more: int) -> None:
    """Adds to their number, in a transaction that is alone."""
    number = str(await texts_cut(c) + more)
    done = await c.execute(update(meta).where(meta.c.key == TEXTS_CUT).values(value=number))
    if done.rowcount == 0:
        await c.execute(insert(meta).values(key=TEXTS_CUT, value=number))


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
    c: AsyncConnection, states: Sequence[str], before: str | None, limit: int
) -> list[dict[str, Any]]:
    """Jobs in one of these states or any, the newest first, older than `before`; never the canary's."""
    query = select(*_JOB).where(jobs.c.kind.not_in(CANARY_KINDS)).order_by(jobs.c.id.desc()).limit(limit)
    if states:
        query = query.where(jobs.c.state.in_(states))
    if before is not None:
        query = query.where(jobs.c.id < before)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def cancel(c: AsyncConnection, name: str, now: str) -> bool:
    """Ends a job that is not finished; whether it was so. Its worker loses the lease."""
    waiting = (jobs.c.id == name) & jobs.c.state.in_((*WAITING, "held"))
    change = {"state": "cancelled", "lease_token": None, "finished_at": now}
    return (await c.execute(update(jobs).where(waiting).values(**change))).rowcount == 1
