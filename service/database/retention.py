"""How long what is finished is kept, as a table, and the deletion of what is older, a piece at a time.

What enterprises were told is theirs and stays; the rows of work go, and what was shown after a time.
"""

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.dialects import later

# Days after which rows go, by lane and state of jobs.
JOBS_DAYS = {
    ("work", "done"): 7,
    ("work", "cancelled"): 7,
    ("work", "recalled"): 7,
    ("work", "failed"): 90,
    ("deliver", "done"): 30,
    ("deliver", "recalled"): 30,
    ("deliver", "cancelled"): 30,
    ("deliver", "failed"): 90,
}
# A year's round of measures, and some time for what is granted late.
LEARNING_DAYS = 400
IDEMPOTENCY_DAYS = 1
HEARTBEATS_DAYS = 1
_AT_ONCE = 1_000
_DAY_S = 86_400


async def prune(c: AsyncConnection) -> int:
    """Deletes a piece of what is older than its days; how many rows, none when nothing is left to delete."""
    gone = 0
    for query, given in _deletions(c):
        gone += (await c.execute(text(query), {**given, "most": _AT_ONCE})).rowcount
    return gone


def _deletions(c: AsyncConnection) -> Iterator[tuple[str, dict[str, object]]]:
    before = later(c, ":after")
    old = f"SELECT id FROM jobs WHERE lane = :lane AND state = :state AND finished_at < {before} LIMIT :most"  # noqa: S608
    for (lane, state), days in JOBS_DAYS.items():
        given = {"lane": lane, "state": state, "after": -float(days * _DAY_S)}
        yield f"DELETE FROM jobs WHERE id IN ({old})", given  # noqa: S608
    for table, key, since in (("impressions", "request_id", "at"), ("events", "id", "received_at")):
        old = f"SELECT {key} FROM {table} WHERE {since} < {before} LIMIT :most"  # noqa: S608
        given = {"after": -float(LEARNING_DAYS * _DAY_S)}
        yield f"DELETE FROM {table} WHERE {key} IN ({old})", given  # noqa: S608
    # These are few: nobody keeps more of them than a day has. What else beats is known by name and stays.
    old = f"created_at < {before} AND :most > 0"
    yield f"DELETE FROM idempotency WHERE {old}", {"after": -float(IDEMPOTENCY_DAYS * _DAY_S)}  # noqa: S608
    old = f"name LIKE 'worker/%' AND beat_at < {before} AND :most > 0"
    yield f"DELETE FROM heartbeats WHERE {old}", {"after": -float(HEARTBEATS_DAYS * _DAY_S)}  # noqa: S608
