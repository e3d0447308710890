"""Jobs as rows: written in the transaction that makes them necessary, claimed by one statement.

A lease with a fencing token and the database's clock: a worker that lost its lease cannot finish a job.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_writing import to_json
from service.ids import uuid7
from service.instants import instant

LEASE_S = 10
# Seconds before each further attempt; a job that failed once more than there are entries has failed.
RETRY_S = (1, 5, 30, 120)
_NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
_LATER = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :after)"


@dataclass(frozen=True)
class Job:
    """A claimed job; `token` proves the claim."""

    id: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    token: str
    done: int


async def enqueue(c: AsyncConnection, kind: str, payload: dict[str, Any], *, now: datetime) -> str:
    """A new job, part of the caller's transaction; its id."""
    job = uuid7(now)
    await c.execute(
        text(
            "INSERT INTO jobs (id, lane, kind, payload, state, run_at, attempts, done, created_at)"
            " VALUES (:id, 'work', :kind, :payload, 'queued', :now, 0, 0, :now)"
        ),
        {"id": job, "kind": kind, "payload": to_json(payload), "now": instant(now)},
    )
    return job


async def claim(c: AsyncConnection, *, token: str, lease_s: int = LEASE_S) -> Job | None:
    """The next job that is due, or whose worker lost its lease, now leased under `token`; else None.

    A job that has taken its worker down each time it was tried is not tried again: it has failed.
    """
    await _bury(c)
    row = (
        await c.execute(
            text(
                f"UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_token = :token,"  # noqa: S608
                f" lease_until = {_LATER}, started_at = coalesce(started_at, {_NOW})"
                " WHERE id = (SELECT id FROM jobs"
                f" WHERE (state = 'queued' AND run_at <= {_NOW})"
                f" OR (state = 'running' AND lease_until < {_NOW})"
                " ORDER BY run_at, id LIMIT 1)"
                " RETURNING id, kind, payload, attempts, done"
            ),
            {"token": token, "after": f"+{lease_s} seconds"},
        )
    ).one_or_none()
    return None if row is None else Job(row[0], row[1], json.loads(row[2]), row[3], token, row[4])


async def _bury(c: AsyncConnection) -> None:
    await c.execute(
        text(
            f"UPDATE jobs SET state = 'failed', finished_at = {_NOW}, lease_token = NULL,"  # noqa: S608
            " error = 'its worker ended each time' WHERE state = 'running'"
            f" AND lease_until < {_NOW} AND attempts > :most"
        ),
        {"most": len(RETRY_S)},
    )


async def renew(
    c: AsyncConnection, job: Job, *, done: int | None = None, total: int | None = None, lease_s: int = LEASE_S
) -> bool:
    """Keeps the lease and tells progress; False when the job was cancelled or taken over."""
    result = await c.execute(
        text(
            f"UPDATE jobs SET lease_until = {_LATER}, done = coalesce(:done, done),"  # noqa: S608
            " total = coalesce(:total, total)"
            " WHERE id = :id AND lease_token = :token AND state = 'running'"
        ),
        {"after": f"+{lease_s} seconds", "done": done, "total": total, "id": job.id, "token": job.token},
    )
    return result.rowcount == 1


async def finish(c: AsyncConnection, job: Job, result: Any) -> bool:
    """Done, with what it says of itself; False when the lease was lost."""
    return await _end(c, job, "done", result=to_json(result))


async def fail(c: AsyncConnection, job: Job, error: str) -> bool:
    """Another attempt after the table's wait, or failed for good."""
    if job.attempts > len(RETRY_S):
        return await _end(c, job, "failed", error=error)
    result = await c.execute(
        text(
            f"UPDATE jobs SET state = 'queued', run_at = {_LATER}, error = :error, lease_token = NULL"  # noqa: S608
            " WHERE id = :id AND lease_token = :token AND state = 'running'"
        ),
        {
            "after": f"+{RETRY_S[job.attempts - 1]} seconds",
            "error": error[:1_000],
            "id": job.id,
            "token": job.token,
        },
    )
    return result.rowcount == 1


async def _end(
    c: AsyncConnection, job: Job, state: str, *, result: str | None = None, error: str | None = None
) -> bool:
    done = await c.execute(
        text(
            f"UPDATE jobs SET state = :state, result = :result, error = :error, finished_at = {_NOW}"  # noqa: S608
            " WHERE id = :id AND lease_token = :token AND state = 'running'"
        ),
        {"state": state, "result": result, "error": error, "id": job.id, "token": job.token},
    )
    return done.rowcount == 1


async def release(c: AsyncConnection, job: Job) -> None:
    """Gives a job back unfinished, for a worker that is told to stop."""
    await c.execute(
        text(
            f"UPDATE jobs SET state = 'queued', run_at = {_NOW}, lease_token = NULL,"  # noqa: S608
            " attempts = attempts - 1 WHERE id = :id AND lease_token = :token AND state = 'running'"
        ),
        {"id": job.id, "token": job.token},
    )
