"""Channels of our own beside webhooks: for each, a loop that claims what is due and hands it to its handler.

A slow channel holds up its own loop only. What an attempt changes is written where it is acknowledged.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import outbox
from service.database.outbox import Job
from service.errors import Problem
from service.services import Services

LOOK_S = 1.0
DRAIN_S = 4.0
AT_ONCE = 4
MOST_BROKEN = 5  # attempts that may end in an error of our own
LEASE_S = 60.0  # longer than any handler takes
log = structlog.get_logger("huiqi.channels")

Write = Callable[[AsyncConnection], Awaitable[None]]


@dataclass(frozen=True)
class Done:
    """Delivered, or nothing to deliver; `write` is part of the acknowledgement."""

    result: Mapping[str, Any] = field(default_factory=dict)
    write: Write | None = None


@dataclass(frozen=True)
class Again:
    """Not delivered; tried again after so many seconds."""

    error: str
    after_s: float


@dataclass(frozen=True)
class Dead:
    """Never to be delivered; `write` is part of saying so."""

    error: str
    write: Write | None = None


Outcome = Done | Again | Dead
Handler = Callable[[Services, Job], Awaitable[Outcome]]
Meanwhile = Callable[[Services], AbstractAsyncContextManager[None]]


@dataclass
class Channels:
    """Serves these channels, each a subject of the lane `deliver`, until `stopping` is set.

    `meanwhile`: what a channel keeps open while it works off what is due.
    """

    services: Services
    stopping: asyncio.Event
    handlers: Mapping[str, Handler]
    drain_s: float = DRAIN_S
    meanwhile: Mapping[str, Meanwhile] = field(default_factory=dict)
    loops: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self) -> None:
        """Returns after `stopping` is set and every attempt has ended or was given back."""
        wake = self.services.wake
        try:
            while not self.stopping.is_set():
                woken = wake.next()
                with suppress(Problem):
                    await self._serve()
                await wake.wait(LOOK_S, woken)
        finally:
            running = list(self.loops.values())
            if running:
                await asyncio.wait(running, timeout=self.drain_s)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _serve(self) -> None:
        async with self.services.db.read() as c:
            due = set(await outbox.due_subjects(c, "deliver")) & set(self.handlers)
        self.loops = {name: task for name, task in self.loops.items() if not _is_over(name, task)}
        for name in due - set(self.loops):
            self.loops[name] = asyncio.create_task(self._drain(name))

    async def _drain(self, name: str) -> None:
        """Works until nothing is due in the channel."""
        kept = self.meanwhile[name](self.services) if name in self.meanwhile else nullcontext()
        async with kept:
            with suppress(Problem):
                await self._work_off(name)

    async def _work_off(self, name: str) -> None:
        while not self.stopping.is_set():
            async with self.services.db.write(alone=False) as c:
                jobs = await outbox.claim(
                    c,
                    token=secrets.token_hex(8),
                    lane="deliver",
                    count=AT_ONCE,
                    subject=name,
                    lease_s=LEASE_S,
                )
            if not jobs:
                return
            await asyncio.gather(*(self._attempted(job) for job in jobs))

    async def _attempted(self, job: Job) -> None:
        """One attempt; without the database it is acknowledged by nobody, and its lease ends by itself."""
        with suppress(Problem):
            await self.attempt(job)

    async def attempt(self, job: Job) -> None:
        """One attempt of a claimed job, acknowledged; one that is broken off is given back."""
        try:
            outcome = await self.handlers[job.subject or ""](self.services, job)
        except asyncio.CancelledError:
            with suppress(Problem):
                async with self.services.db.write(alone=False) as c:
                    await outbox.release(c, [job])
            raise
        except Exception as error:
            log.exception("attempt failed", job=job.id, kind=job.kind)
            kind = type(error).__name__
            outcome = Again(kind, LEASE_S) if job.attempts < MOST_BROKEN else Dead(kind)
        async with self.services.db.write(alone=False) as c:
            if await _acknowledged(c, job, outcome) and isinstance(outcome, Done | Dead) and outcome.write:
                await outcome.write(c)


def _is_over(name: str, task: asyncio.Task[None]) -> bool:
    """Whether the loop has ended; one that broke is told of in the log, its leases end by themselves."""
    if not task.done():
        return False
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("channel loop failed", channel=name, exc_info=error)
    return True


async def _acknowledged(c: AsyncConnection, job: Job, outcome: Outcome) -> bool:
    """Whether the job was still ours; what an attempt changes is written only then."""
    match outcome:
        case Done():
            return await outbox.finish(c, job, dict(outcome.result))
        case Again():
            return await outbox.fail(c, job, outcome.error, after_s=outcome.after_s)
        case Dead():
            return await outbox.fail(c, job, outcome.error, dead=True)
