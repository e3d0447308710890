"""The worker: takes job rows, runs their handlers, keeps their leases, says that it lives.

Knows no subject but the table of handlers. Told to stop, it gives back what it has not finished.
"""

import asyncio
import contextlib
import secrets
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from index import generation
from policies.facts import china
from service import logs
from service.clock import SystemClock
from service.database import heartbeats, outbox, schedules
from service.database.outbox import Job
from service.enterprises.store import CANARY
from service.errors import Problem
from service.leases import LeaseLost
from service.mail import digest
from service.operations import enterprise_vectors, indexing, store, upkeep
from service.push import canary, looking, telling
from service.push import channels as in_house
from service.push.dispatch import Dispatcher
from service.services import Services, compose
from service.settings import Settings

Handler = Callable[[Services, Job], Awaitable[dict[str, Any]]]
HANDLERS: Mapping[str, Handler] = {
    indexing.DELTA: indexing.delta,
    indexing.REBUILD: indexing.rebuild,
    indexing.ROLLBACK: indexing.rollback,
    enterprise_vectors.ENCODE: enterprise_vectors.encode,
    enterprise_vectors.ENCODE_ALL: enterprise_vectors.encode_all,
    upkeep.RETENTION: upkeep.prune,
    telling.TELL: telling.tell,
    looking.LOOK: looking.look,
    looking.DAY: looking.day,
    digest.DIGEST: digest.begin,
    canary.KIND: canary.send,
}
CHANNELS: Mapping[str, in_house.Handler] = {digest.CHANNEL: digest.deliver, CANARY: canary.arrive}
MEANWHILE: Mapping[str, in_house.Meanwhile] = {digest.CHANNEL: digest.line}
REGULAR = tuple(each for each in schedules.SCHEDULES if each.kind in HANDLERS)
SLOTS = 2  # so that telling does not wait behind a long rebuild
IDLE_S = 2.0
BEAT_S = 2.0
AGAIN_S = 1.0
DRAIN_S = 2.0  # for jobs to come to their end when the worker is told to stop
log = structlog.get_logger("huiqi.worker")


class Worker:
    """Runs jobs until told to stop."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.stopping = asyncio.Event()
        self.name = f"{heartbeats.WORKER}/{secrets.token_hex(4)}"
        self._handlers: set[asyncio.Task[dict[str, Any]]] = set()

    async def run(self) -> None:
        """Works; returns after `stopping` is set and every slot has put down its job.

        A slot that breaks ends all of it with its error, so that no worker beats and works no more.
        """
        self.services.encoder.start()
        await self._build_what_is_missing()
        due = asyncio.create_task(indexing.stay_in_step(self.services))
        told = asyncio.create_task(self.stopping.wait())
        tasks = [asyncio.create_task(self._beat())]
        tasks += [asyncio.create_task(self._slot()) for _ in range(SLOTS)]
        tasks.append(asyncio.create_task(Dispatcher(self.services, self.stopping).run()))
        channels = in_house.Channels(self.services, self.stopping, CHANNELS, meanwhile=MEANWHILE)
        tasks.append(asyncio.create_task(channels.run()))
        ended, _ = await asyncio.wait([told, *tasks], return_when=asyncio.FIRST_COMPLETED)
        self.stopping.set()
        self.services.wake.stir()
        due.cancel()
        await self._drain()
        await asyncio.gather(due, told, *tasks, return_exceptions=True)
        with contextlib.suppress(Problem):
            async with self.services.db.write(alone=False) as c:
                await heartbeats.end(c, self.name)
        for broken in ended - {told}:
            broken.result()

    async def _drain(self) -> None:
        """Lets what runs come to its end for a while; then it is put down."""
        if self._handlers:
            await asyncio.wait(self._handlers, timeout=DRAIN_S)
        for handler in self._handlers:
            handler.cancel()

    async def _slot(self) -> None:
        while not self.stopping.is_set():
            woken = self.services.wake.next()
            try:
                busy = await self._next()
            except Problem as problem:
                log.warning("database unavailable", reason=problem.code)
                await asyncio.sleep(AGAIN_S)
                continue
            if not busy:
                await self.services.wake.wait(IDLE_S, woken)

    async def _next(self) -> bool:
        """Does the next job; whether there was one. Raises Problem when the database is not there."""
        async with self.services.db.write(alone=False) as c:
            jobs = await outbox.claim(c, token=secrets.token_hex(8))
        for job in jobs:
            await (self._put_down(job) if self.stopping.is_set() else self._do(job))
        return bool(jobs)

    async def _do(self, job: Job) -> None:
        with structlog.contextvars.bound_contextvars(job=job.id, kind=job.kind):
            handler = asyncio.create_task(self._handled(job))
            keeper = asyncio.create_task(self._keep(job, handler))
            self._handlers.add(handler)
            try:
                result = await handler
            except (LeaseLost, asyncio.CancelledError):
                await self._put_down(job)
            except Exception as error:  # noqa: BLE001  # whatever breaks a job is its failure
                await self._failed(job, error)
            else:
                async with self.services.db.write(alone=False) as c:
                    await outbox.finish(c, job, result)
                log.info("job done", attempts=job.attempts)
            finally:
                self._handlers.discard(handler)
                keeper.cancel()
                await asyncio.gather(keeper, return_exceptions=True)

    async def _failed(self, job: Job, error: Exception) -> None:
        """A job without its database waits and counts no attempt; any other failure does."""
        if isinstance(error, Problem) and error.code == "database_unavailable":
            await self._put_down(job, after_s=AGAIN_S)
            return
        log.error("job failed", exc_info=error)
        async with self.services.db.write(alone=False) as c:
            await outbox.fail(c, job, f"{type(error).__name__}: {error}")

    async def _handled(self, job: Job) -> dict[str, Any]:
        handler = HANDLERS.get(job.kind)
        if handler is None:
            raise LookupError(f"no handler for {job.kind}")
        return await handler(self.services, job)

    async def _keep(self, job: Job, handler: asyncio.Task[dict[str, Any]]) -> None:
        while True:
            await asyncio.sleep(outbox.LEASE_S / 3)
            with contextlib.suppress(Problem):
                async with self.services.db.write(alone=False) as c:
                    if not await outbox.renew(c, [job]):
                        handler.cancel()
                        return

    async def _put_down(self, job: Job, after_s: float = 0) -> None:
        log.info("job put down")
        with contextlib.suppress(Problem):
            async with self.services.db.write(alone=False) as c:
                await outbox.release(c, [job], after_s=after_s)

    async def _beat(self) -> None:
        """Says that it lives, and writes the jobs whose time has come."""
        while not self.stopping.is_set():
            with contextlib.suppress(Problem):
                async with self.services.db.write(alone=False) as c:
                    await heartbeats.beat(c, self.name)
                    due = await schedules.due(c, REGULAR)
                await self._tell_cut()
                if due:
                    await self.services.wake.notify()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), BEAT_S)

    async def _tell_cut(self) -> None:
        """Adds what the encoder has cut since to what /metrics tells."""
        cut = self.services.encoder.newly_cut()
        if cut:
            async with self.services.db.write() as c:
                await store.count_cut(c, cut)

    async def _build_what_is_missing(self) -> None:
        """A first generation, when there is none or the one that serves is damaged."""
        if await asyncio.to_thread(self._has_index):
            return
        async with self.services.db.write() as c:
            if not await store.is_waiting(c, indexing.REBUILD):
                await outbox.enqueue(c, indexing.REBUILD, {}, now=self.services.clock.now())

    def _has_index(self) -> bool:
        folder = self.services.settings.index_folder
        try:
            generation.load(folder, generation.current(folder) or "")
        except generation.Damaged:
            return False
        return True


async def serve(settings: Settings) -> None:
    """One worker process, until SIGTERM or SIGINT."""
    services = compose(settings, SystemClock(), china())
    worker = Worker(services)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stopping.set)
    try:
        await worker.run()
    finally:
        await services.close()


def main() -> None:
    """`python -m service.worker`."""
    settings = Settings()
    logs.configure(settings.log_folder, "worker")
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
