"""Regular jobs: what is due becomes a job in the transaction that says when it is due next.

However many workers look, and however a clock jumps, each time is one job; what was missed is done once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.dialects import present
from service.database.outbox import NewJob, enqueue_all
from service.instants import instant

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Every:
    """Every so many seconds."""

    seconds: int

    def after(self, moment: datetime, last: datetime) -> datetime:
        """The first time beyond `moment`, in step with `last`."""
        passed = (moment - last) // timedelta(seconds=self.seconds)
        return last + timedelta(seconds=self.seconds) * (max(passed, 0) + 1)

    @property
    def longest(self) -> timedelta:
        """How far away the next time can be."""
        return timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Daily:
    """At a time of each day in Asia/Shanghai."""

    at: time

    def after(self, moment: datetime, last: datetime) -> datetime:
        """The first time beyond `moment`; a day of the calendar, however long it is."""
        day = moment.astimezone(SHANGHAI).date()
        today = datetime.combine(day, self.at, SHANGHAI)
        found = today if today > moment else datetime.combine(day + timedelta(days=1), self.at, SHANGHAI)
        return found.astimezone(UTC)

    @property
    def longest(self) -> timedelta:
        """How far away the next time can be."""
        return timedelta(days=1)


@dataclass(frozen=True)
class Schedule:
    """A regular job: its name, its kind, and when."""

    name: str
    kind: str
    when: Every | Daily


SCHEDULES: tuple[Schedule, ...] = (
    Schedule("day", "day", Daily(time(0, 5))),
    Schedule("canary", "canary", Every(300)),
    Schedule("digest", "digest", Daily(time(8, 30))),
    Schedule("retention", "retention", Daily(time(3, 30))),
)


async def due(
    c: AsyncConnection, schedules: Sequence[Schedule] = SCHEDULES, *, now: datetime | None = None
) -> list[str]:
    """Writes a job for each that is due, or was never run; their names. `now`: else the database's clock.

    While a job of before still waits or runs there is no further one.
    """
    moment = now or datetime.fromisoformat((await c.execute(text(f"SELECT {present(c)}"))).scalar_one())
    known = {row[0]: row[1] for row in await c.execute(text("SELECT name, next_at FROM schedules"))}
    return [each.name for each in schedules if await _is_due(c, each, known.get(each.name), moment)]


async def _is_due(c: AsyncConnection, schedule: Schedule, next_at: str | None, moment: datetime) -> bool:
    """Whether it was, and is a job now; the time after it is written down."""
    if next_at is None:
        next_at = await _begin(c, schedule, moment)
    at = datetime.fromisoformat(next_at)
    if moment < at <= moment + schedule.when.longest:
        return False
    further = schedule.when.after(moment, min(at, moment))
    change = "UPDATE schedules SET next_at = :further WHERE name = :name AND next_at = :next_at"
    given = {"name": schedule.name, "next_at": next_at, "further": instant(further)}
    mine = (await c.execute(text(change), given)).rowcount == 1
    if not mine or at > moment or await _is_waiting(c, schedule.kind):
        return False
    job = NewJob(schedule.kind, {}, key=f"schedule/{schedule.name}/{next_at}")
    return bool(await enqueue_all(c, [job], now=moment))


async def _begin(c: AsyncConnection, schedule: Schedule, moment: datetime) -> str:
    """The row of a schedule that is new here, due now; another worker may have written it."""
    given = {"name": schedule.name, "now": instant(moment)}
    add = "INSERT INTO schedules (name, next_at) VALUES (:name, :now) ON CONFLICT (name) DO NOTHING"
    await c.execute(text(add), given)
    query = text("SELECT next_at FROM schedules WHERE name = :name")
    return str((await c.execute(query, {"name": schedule.name})).scalar_one())


async def _is_waiting(c: AsyncConnection, kind: str) -> bool:
    query = text("SELECT count(*) FROM jobs WHERE kind = :kind AND state IN ('queued', 'running')")
    return bool((await c.execute(query, {"kind": kind})).scalar_one())
