"""Jobs as rows: written in the transaction that makes them necessary, claimed by one statement.

A lease with a fencing token and the database's clock: a worker that lost its lease cannot finish a job.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_writing import to_json
from service.database.dialects import in_order, later, locked_in_order, present, unheld
from service.database.pieces import pieces
from service.ids import uuid7
from service.instants import instant

Lane = Literal["work", "deliver"]
State = Literal["queued", "held"]
WORK, DELIVER = "work", "deliver"
LEASE_S = 10.0
# Seconds before each further attempt; a job that failed once more than there are entries has failed.
RETRY_S = (1, 5, 30, 120)
MOST_LOST = 20  # attempts after which a job whose worker ended has failed: it may be what ends workers
_AT_ONCE = 200
_RECALLED = to_json("recalled")  # in place of a result: recalled while it ran
_PAUSED = "EXISTS (SELECT 1 FROM pauses WHERE pauses.subject = jobs.topic AND lifted_at IS NULL)"
_COLUMNS = "id, kind, payload, attempts, lease_token, done, lane, subject, topic, created_at, run_at"


@dataclass(frozen=True)
class Job:
    """A claimed job; `token` proves the claim."""

    id: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    token: str
    done: int
    lane: str = WORK
    subject: str | None = None
    topic: str | None = None
    created_at: str = ""


@dataclass(frozen=True)
class NewJob:
    """A job to be written. `subject`: for whom; `topic`: because of what; `key`: what may exist once."""

    kind: str
    payload: dict[str, Any]
    lane: Lane = "work"
    subject: str | None = None
    topic: str | None = None
    key: str | None = None
    state: State = "queued"
    after_s: float = 0


@dataclass(frozen=True)
class Failure:
    """An attempt that failed: tried again after the table's wait or `after_s`, or dead."""

    job: Job
    error: str
    after_s: float | None = None
    dead: bool = False


async def enqueue(
    c: AsyncConnection,
    kind: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    lane: Lane = "work",
    subject: str | None = None,
    topic: str | None = None,
    key: str | None = None,
    state: State = "queued",
    after_s: float = 0,
) -> str:
    """A new job, part of the caller's transaction; its id, or that of the job that has the key already."""
    job = NewJob(kind, payload, lane, subject, topic, key, state, after_s)
    row = _row(job, now)
    if await _insert(c, [row]) or key is None:
        return str(row["id"])
    query = text("SELECT id FROM jobs WHERE key = :key")
    return str((await c.execute(query, {"key": key})).scalar_one())


async def enqueue_all(c: AsyncConnection, rows: Sequence[NewJob], *, now: datetime) -> int:
    """Many new jobs; how many. Those whose key is known are left out."""
    return sum([await _insert(c, [_row(job, now) for job in some]) for some in pieces(rows, _AT_ONCE)])


def _row(job: NewJob, now: datetime) -> dict[str, Any]:
    own = {name: getattr(job, name) for name in ("kind", "lane", "subject", "topic", "key", "state")}
    times = {"created_at": instant(now), "after": float(job.after_s)}
    return {"id": uuid7(now), "payload": to_json(job.payload), **own, **times}


async def _insert(c: AsyncConnection, rows: list[dict[str, Any]]) -> int:
    done = await c.execute(
        text(
            "INSERT INTO jobs (id, lane, kind, subject, topic, key, payload, state, run_at, attempts, done,"  # noqa: S608
            f" created_at) VALUES (:id, :lane, :kind, :subject, :topic, :key, :payload, :state,"
            f" {later(c, ':after')}, 0, 0, :created_at) ON CONFLICT (key) DO NOTHING"
        ),
        rows,
    )
    return done.rowcount


async def claim(
    c: AsyncConnection,
    *,
    token: str,
    lane: Lane = "work",
    count: int = 1,
    subject: str | None = None,
    lease_s: float = LEASE_S,
) -> list[Job]:
    """The next jobs that are due, or whose worker lost its lease, now leased under `token`.

    A job that has taken its worker down each time it was tried is not tried again: it has failed.
    """
    await _put_aside(c, lane)
    mine = "" if subject is None else " AND subject = :subject"
    pick = "SELECT * FROM (SELECT id, run_at FROM jobs WHERE lane = :lane AND {due}{mine} ORDER BY run_at, id LIMIT :count {unheld}) AS {name}"  # fmt: skip  # noqa: E501
    parts = {"mine": mine, "unheld": unheld(c)}
    queued = pick.format(name="waiting", due=f"state = 'queued' AND run_at <= {present(c)}", **parts)
    lapsed = pick.format(name="lapsed", due=f"state = 'running' AND lease_until < {present(c)}", **parts)
    rows = await c.execute(
        text(
            f"WITH due AS (SELECT id FROM ({queued} UNION ALL {lapsed}) AS found"  # noqa: S608
            " ORDER BY run_at, id LIMIT :count)"
            " UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_token = :token,"
            f" lease_until = {later(c, ':lease')}, started_at = coalesce(started_at, {present(c)})"
            f" WHERE id IN (SELECT id FROM due) RETURNING {_COLUMNS}"
        ),
        {"token": token, "lane": lane, "count": count, "subject": subject, "lease": float(lease_s)},
    )
    found = sorted(rows, key=lambda row: (row.run_at, row.id))
    return [Job(row[0], row[1], json.loads(row[2]), *row[3:10]) for row in found]


async def _put_aside(c: AsyncConnection, lane: str) -> None:
    """What is not to be tried again though its lease has ended: recalled or paused meanwhile, or deadly."""
    deadly = "(lane = 'work' AND attempts > :most)"
    await c.execute(
        text(
            "UPDATE jobs SET lease_token = NULL,"  # noqa: S608
            f" finished_at = CASE WHEN result = :recalled OR {deadly} THEN {present(c)} END,"
            f" error = CASE WHEN {deadly} THEN 'its worker ended each time' ELSE error END,"
            " state = CASE WHEN result = :recalled THEN 'recalled'"
            f" WHEN {deadly} THEN 'failed' ELSE 'held' END"
            f" WHERE id IN (SELECT id FROM jobs WHERE lane = :lane AND state = 'running'"
            f" AND lease_until < {present(c)} AND (result = :recalled OR {deadly}"
            f" OR (lane = 'deliver' AND {_PAUSED})) {unheld(c)})"
        ),
        {"most": MOST_LOST, "recalled": _RECALLED, "lane": lane},
    )


async def due_subjects(c: AsyncConnection, lane: Lane) -> list[str]:
    """For whom something is due; skips from one to the next, however much waits for each."""
    first = "SELECT min(subject) FROM jobs WHERE lane = :lane AND state = 'queued'"
    rows = await c.execute(
        text(
            f"WITH RECURSIVE each_one (name) AS ({first} UNION ALL"  # noqa: S608
            f" SELECT ({first} AND subject > each_one.name) FROM each_one WHERE each_one.name IS NOT NULL)"
            " SELECT name FROM each_one WHERE EXISTS (SELECT 1 FROM jobs WHERE lane = :lane"
            f" AND state = 'queued' AND subject = each_one.name AND run_at <= {present(c)})"
            " UNION SELECT subject FROM jobs WHERE lane = :lane AND state = 'running'"
            f" AND subject IS NOT NULL AND lease_until < {present(c)} ORDER BY 1"
        ),
        {"lane": lane},
    )
    return list(rows.scalars())


async def renew(
    c: AsyncConnection,
    jobs: Sequence[Job],
    *,
    done: int | None = None,
    total: int | None = None,
    lease_s: float = LEASE_S,
) -> set[str]:
    """Keeps the leases and tells progress; the ids of those that were not cancelled or taken over."""
    change = (
        f"lease_until = {later(c, ':lease')}, done = coalesce(:done, done), total = coalesce(:total, total)"
    )
    rows = [{"id": job.id, "token": job.token} for job in jobs]
    return await _change(c, rows, change, lease=float(lease_s), done=done, total=total)


async def finish(c: AsyncConnection, job: Job, result: Any) -> bool:
    """Done, with what it says of itself; False when the lease was lost."""
    return bool(await finish_all(c, [(job, result)]))


async def finish_all(c: AsyncConnection, results: Sequence[tuple[Job, Any]]) -> set[str]:
    """Several that are done; the ids of those whose lease was not lost."""
    change = (
        f"state = 'done', result = given.result, error = NULL, lease_token = NULL, finished_at = {present(c)}"
    )
    rows = [{"id": job.id, "token": job.token, "result": to_json(result)} for job, result in results]
    return await _change(c, rows, change)


async def fail(
    c: AsyncConnection, job: Job, error: str, *, after_s: float | None = None, dead: bool = False
) -> bool:
    """Another attempt after the table's wait or `after_s`, or failed for good; False without the lease."""
    return bool(await fail_all(c, [Failure(job, error, after_s, dead)]))


async def fail_all(c: AsyncConnection, failures: Sequence[Failure]) -> set[str]:
    """Several that failed; the ids of those whose lease was not lost. One recalled meanwhile stays so."""
    change = (
        "error = given.error, lease_token = NULL,"
        f" run_at = {later(c, 'given.after')}, state = {_AGAIN},"
        f" finished_at = CASE WHEN {_AGAIN} IN ('failed', 'recalled') THEN {present(c)} END"
    )
    rows = [_failure(each) for each in failures]
    return await _change(c, rows, change, recalled=_RECALLED)


_AGAIN = (
    "(CASE WHEN given.dead = 'yes' THEN 'failed' WHEN result = :recalled THEN 'recalled'"
    f" WHEN lane = 'deliver' AND {_PAUSED} THEN 'held' ELSE 'queued' END)"
)


def _failure(each: Failure) -> dict[str, Any]:
    job, after = each.job, each.after_s
    is_dead = each.dead or (after is None and job.attempts > len(RETRY_S))
    if after is None:
        after = RETRY_S[min(job.attempts, len(RETRY_S)) - 1]
    told = {"error": each.error[:1_000], "dead": "yes" if is_dead else "no", "after": float(after)}
    return {"id": job.id, "token": job.token, **told}


async def release(c: AsyncConnection, jobs: Sequence[Job], *, after_s: float = 0) -> set[str]:
    """Gives jobs back unfinished, as if not tried: for a worker that is told to stop, or cannot work now."""
    change = (
        "lease_token = NULL, attempts = attempts - 1,"
        f" run_at = {later(c, ':after')}, state = {_AGAIN.replace('given.dead', ':dead')}"
    )
    rows = [{"id": job.id, "token": job.token} for job in jobs]
    return await _change(c, rows, change, after=float(after_s), dead="no", recalled=_RECALLED)


async def drop(c: AsyncConnection, jobs: Sequence[Job], reason: str) -> set[str]:
    """Claimed jobs that are not wanted any more: recalled, with the reason, and as if not tried."""
    change = (
        "state = 'recalled', error = :reason, lease_token = NULL, attempts = attempts - 1,"
        f" finished_at = {present(c)}"
    )
    rows = [{"id": job.id, "token": job.token} for job in jobs]
    return await _change(c, rows, change, reason=reason[:1_000])


async def _change(c: AsyncConnection, rows: Sequence[dict[str, Any]], change: str, **same: Any) -> set[str]:
    """Changes those of the jobs that still run under their token; their ids."""
    changed: set[str] = set()
    for some in pieces(rows, _AT_ONCE):
        names = list(some[0])
        values = ", ".join("(" + ", ".join(f":{name}_{n}" for name in names) + ")" for n in range(len(some)))
        given = {f"{name}_{n}": row[name] for n, row in enumerate(some) for name in names}
        query = (
            f"WITH given ({', '.join(names)}) AS (VALUES {values}),"  # noqa: S608
            " mine AS (SELECT jobs.id FROM jobs JOIN given ON jobs.id = given.id"
            " AND jobs.lease_token = given.token AND jobs.state = 'running'"
            f" ORDER BY jobs.id {in_order(c, 'OF jobs')})"
            f" UPDATE jobs SET {change} FROM given"
            " WHERE jobs.id = given.id AND jobs.id IN (SELECT id FROM mine) RETURNING jobs.id"
        )
        changed |= set((await c.execute(text(query), {**given, **same})).scalars())
    return changed


async def hold(c: AsyncConnection, topic: str) -> int:
    """Deliveries because of `topic` wait until they are freed; how many. What is being sent is sent."""
    return await _all_of(c, topic, "state = 'held'", "state = 'queued'")


async def free(c: AsyncConnection, topic: str) -> int:
    """Deliveries that were held go on; how many."""
    return await _all_of(c, topic, "state = 'queued', finished_at = NULL", "state = 'held'")


async def recall(c: AsyncConnection, topic: str) -> int:
    """Deliveries that are not yet sent never will be; how many. One that is being sent is not tried again."""
    await _all_of(c, topic, "result = :recalled", "state = 'running'", recalled=_RECALLED)
    gone = f"state = 'recalled', error = 'recalled', finished_at = {present(c)}"
    return await _all_of(c, topic, gone, "state IN ('queued', 'held')")


async def _all_of(c: AsyncConnection, topic: str, change: str, which: str, **given: Any) -> int:
    mine = locked_in_order(c, "jobs", f"topic = :topic AND lane = 'deliver' AND {which}")
    query = f"UPDATE jobs SET {change} WHERE {mine}"  # noqa: S608
    return (await c.execute(text(query), {"topic": topic, **given})).rowcount
