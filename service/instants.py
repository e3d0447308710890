"""Instants as they are stored and told: RFC 3339 in UTC, to the millisecond.

One form, so that text compares as time does. Reads no clock.
"""

from datetime import datetime


def instant(moment: datetime) -> str:
    """An aware instant in UTC as text."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
