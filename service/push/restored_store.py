"""The SQL for a database that was just made from a backup: what may have been sent since is not sent again.

Plain SQLite, as no service runs on it yet; its tables may be those of an older version. Decides nothing else.
"""

import sqlite3
from dataclasses import dataclass

RESTORED = "restored"
MAY_HAVE_BEEN_SENT = "restored from a backup: it may have been sent since"
_KINDS = ("deliver.webhook", "deliver.mail")
_WAITING = ("queued", "held", "running")


@dataclass(frozen=True)
class Quieted:
    """How many endpoints wait to be made active again, and how many deliveries to be sent again."""

    endpoints: int = 0
    deliveries: int = 0


def quiet(c: sqlite3.Connection, now: str) -> Quieted:
    """Pauses every active endpoint and ends every delivery that waited, visibly: each can be replayed."""
    tables = {row[0] for row in c.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"webhooks", "jobs"} <= tables:
        return Quieted()
    paused = c.execute(
        "UPDATE webhooks SET state = 'paused', reason = ?, failing_since = NULL, updated_at = ?"
        " WHERE state = 'active'",
        (RESTORED, now),
    )
    ended = c.execute(
        "UPDATE jobs SET state = 'failed', error = ?, finished_at = ?, lease_token = NULL"
        " WHERE kind IN (?, ?) AND state IN (?, ?, ?)",
        (MAY_HAVE_BEEN_SENT, now, *_KINDS, *_WAITING),
    )
    return Quieted(paused.rowcount, ended.rowcount)
