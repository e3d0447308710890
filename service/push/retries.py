"""When a delivery is tried again: the schedule as data, chance, and what the receiver asks for.

Reads no clock and throws no dice: both are handed in.
"""

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

Chance = Callable[[], float]

# Seconds before each further attempt (Standard Webhooks' schedule); after the last one a delivery is dead.
SCHEDULE: tuple[float, ...] = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2  # up to so much sooner or later, so that what failed together does not come back together
MOST_RETRY_AFTER_S = 86_400.0


def wait_s(
    schedule: tuple[float, ...], attempts: int, chance: Chance, retry_after_s: float | None
) -> float | None:
    """Seconds until the next attempt after so many; None when that was the last. `chance` is in [0, 1)."""
    if attempts > len(schedule):
        return None
    planned = schedule[attempts - 1] * (1 + JITTER * (2 * chance() - 1))
    asked = min(retry_after_s or 0.0, MOST_RETRY_AFTER_S)
    return max(planned, asked)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """What `Retry-After` asks for, in seconds from now: a number or a date; None for anything else."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:10]), MOST_RETRY_AFTER_S)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if at.tzinfo is None:
        return None
    return min(max((at - now).total_seconds(), 0.0), MOST_RETRY_AFTER_S)
