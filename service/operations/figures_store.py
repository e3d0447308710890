"""The SQL of the figures: how many jobs stand how, and how long the oldest one waits.

Runs inside the caller's transaction; counts over indexes alone.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.dialects import present, seconds_since
from service.enterprises.store import CANARY

_OURS = ", ".join(f"'{name}'" for name in ("mail", "notice", CANARY))
_CHANNEL = f"CASE WHEN subject IN ({_OURS}) THEN subject ELSE 'webhook' END"


@dataclass(frozen=True)
class Count:
    """So many jobs of a lane and channel stand so."""

    lane: str
    state: str
    channel: str
    n: int


async def counts(c: AsyncConnection) -> list[Count]:
    """All jobs, by lane, state and channel."""
    query = f"SELECT lane, state, {_CHANNEL}, count(*) FROM jobs GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"  # noqa: S608
    return [Count(*row) for row in await c.execute(text(query))]


async def oldest_due_s(c: AsyncConnection) -> dict[str, float]:
    """Seconds for which the longest waiting job of each lane is due; lanes without one are left out."""
    query = (
        f"SELECT lane, {seconds_since(c, 'min(run_at)')} FROM jobs"  # noqa: S608
        f" WHERE state = 'queued' AND run_at <= {present(c)} GROUP BY lane"
    )
    return {row[0]: max(0.0, float(row[1])) for row in await c.execute(text(query))}
