"""The dispatcher of a worker: for each endpoint to which something is due, a loop of its own.

A slow endpoint holds up its own loop only. Told to stop, it lets arrive what is on its way.
"""

import asyncio
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from service.errors import Problem
from service.ids import is_uuid
from service.push import deliveries_store
from service.push import endpoints_store as store
from service.push.delivering import Endpoint, Limits
from service.push.endpoints_store import ACTIVE, DISABLED
from service.push.pace import Pace
from service.push.retries import SCHEDULE
from service.services import Services

LOOK_S = 1.0
DRAIN_S = 4.0
# Requests to all endpoints together; those that did not answer last time wait for each other alone.
AT_ONCE, SLOW_AT_ONCE = 256, 64
WRITERS = 4  # transactions of all endpoints together; SQLite has one writer
log = structlog.get_logger("huiqi.deliver")


@dataclass
class Dispatcher:
    """Looks for what is due until `stopping` is set."""

    services: Services
    stopping: asyncio.Event
    limits: Limits | None = None
    drain_s: float = DRAIN_S
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    slow_slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SLOW_AT_ONCE))
    writers: asyncio.Semaphore = field(init=False)
    loops: dict[str, tuple[Endpoint, asyncio.Task[None]]] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.writers = asyncio.Semaphore(1 if self.services.db.sqlite else WRITERS)

    async def run(self) -> None:
        """Returns after `stopping` is set and every endpoint's loop has put down what it held."""
        wake = self.services.wake
        try:
            while not self.stopping.is_set():
                woken = wake.next()
                try:
                    self._serve(await self._due())
                except Problem as problem:
                    log.warning("database unavailable", reason=problem.code)
                await wake.wait(LOOK_S, woken)
        finally:
            await self._drain()

    async def _due(self) -> list[str]:
        """The active endpoints to which something is due; what was left for ended ones is cleared."""
        async with self.services.db.read() as c:
            names = [name for name in await store.due(c) if is_uuid(name)]
            states = {hook.id: hook.state for hook in await store.every(c)} if names else {}
        over = [name for name in names if states.get(name, DISABLED) == DISABLED]
        if over:
            async with self.services.db.write() as c:
                for name in over:
                    await _cleared(c, name)
        self.paces = {name: pace for name, pace in self.paces.items() if name in states or not names}
        return [name for name in names if states.get(name) == ACTIVE]

    def _serve(self, names: list[str]) -> None:
        self.loops = {name: running for name, running in self.loops.items() if not _is_over(*running)}
        for name in names:
            running = self.loops.get(name)
            if running is not None:
                running[0].may_be_more = True
                running[0].stirred.set()
                continue
            endpoint = self._endpoint(name)
            self.loops[name] = (endpoint, asyncio.create_task(endpoint.run()))

    def _endpoint(self, name: str) -> Endpoint:
        limits = self.limits or Limits(self.services.settings.webhook_waits or SCHEDULE)
        pace = self.paces.setdefault(name, Pace())
        shared = (self.slots, self.slow_slots, self.writers, self.stopping)
        return Endpoint(self.services, name, *shared, pace, limits)

    async def _drain(self) -> None:
        self.stopping.set()
        tasks = [task for _, task in self.loops.values()]
        for endpoint, _ in self.loops.values():
            endpoint.stirred.set()
        if tasks:
            await asyncio.wait(tasks, timeout=self.drain_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _cleared(c: AsyncConnection, name: str) -> None:
    hook = await store.one(c, name)
    if hook is None:
        await store.remove(c, name)
    elif hook.state == DISABLED:
        await deliveries_store.bury(c, name, "the endpoint is disabled")


def _is_over(endpoint: Endpoint, task: asyncio.Task[None]) -> bool:
    """Whether the loop has ended; one that broke is told of in the log, its leases end by themselves."""
    if not task.done():
        return False
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("endpoint loop failed", webhook=endpoint.name, exc_info=error)
    return True
