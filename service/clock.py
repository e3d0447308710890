"""The clock, as a value that is handed in: read at the edge, once per request or job.

Nothing below the service reads a clock.
"""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the instant and the day."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""

    def today(self) -> date:
        """The day in Asia/Shanghai."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The day in Asia/Shanghai."""
        return self.now().astimezone(SHANGHAI).date()


class FixedClock:
    """A clock that stands, for tests and for examples with a fixed day."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """The instant it was made with."""
        return self.instant

    def today(self) -> date:
        """The day of that instant in Asia/Shanghai."""
        return self.instant.astimezone(SHANGHAI).date()
