"""What SQLite and PostgreSQL say differently: the database's own time, and rows that another holds.

Pieces of SQL only, the same text of instants on both; runs nothing.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

SQLITE = "sqlite"
_INSTANT = {
    SQLITE: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', printf('%+.3f seconds', {after}))",
    "postgresql": "to_char((clock_timestamp() + make_interval(secs => CAST({after} AS double precision)))"
    " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
}
_SECONDS_SINCE = {
    SQLITE: "(julianday('now') - julianday({since})) * 86400",
    "postgresql": "EXTRACT(EPOCH FROM clock_timestamp() - CAST({since} AS timestamptz))",
}
_IN_ORDER = {SQLITE: "", "postgresql": "FOR UPDATE"}
_UNHELD = {SQLITE: "", "postgresql": "FOR UPDATE SKIP LOCKED"}


def present(c: AsyncConnection) -> str:
    """SQL for the database's present as an instant; taken once in a statement."""
    return f"(SELECT {_INSTANT[c.dialect.name].format(after='0')})"


def later(c: AsyncConnection, after: str) -> str:
    """SQL for the instant `after` seconds from now; `after` is SQL for a number, a parameter or a column."""
    return f"(SELECT {_INSTANT[c.dialect.name].format(after=after)})"


def seconds_since(c: AsyncConnection, since: str) -> str:
    """SQL for the seconds between an instant and now."""
    return _SECONDS_SINCE[c.dialect.name].format(since=since)


def in_order(c: AsyncConnection, what: str = "") -> str:
    """What an ordered selection ends with that locks its rows one by one, so that none lock crosswise."""
    return f"{_IN_ORDER[c.dialect.name]} {what}" if _IN_ORDER[c.dialect.name] else ""


def locked_in_order(c: AsyncConnection, table: str, which: str) -> str:
    """SQL for which rows to change, however many: locked one by one first where rows are locked at all."""
    locked = in_order(c)
    return f"id IN (SELECT id FROM {table} WHERE {which} ORDER BY id {locked})" if locked else which  # noqa: S608


def unheld(c: AsyncConnection) -> str:
    """What a selection ends with that locks its rows and passes over those which another has locked."""
    return _UNHELD[c.dialect.name]
