"""A command's way into an installation: its settings, its database at the newest revision, its other parts.

Waits for jobs where there is a worker, and works them off itself where there is none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from policies.facts import china
from service import logs
from service.clock import SystemClock
from service.commands.fault import Fault
from service.commands.telling import told
from service.database import heartbeats, migrate
from service.operations import actions as operations
from service.progress import Tick, step
from service.services import Services, compose
from service.settings import Settings
from service.worker import Worker

T = TypeVar("T")
LOOK_S = 0.1
FINISHED = ("done", "failed", "cancelled")


def inside(work: Callable[[Services], Awaitable[T]]) -> T:
    """Does the work with the parts of the installation that the settings name. Raises Fault."""
    settings = Settings()
    if not settings.folder.is_dir():
        raise Fault(f"{settings.folder}: there is no installation here; huiqi serve makes one")
    logs.configure(settings.log_folder, "commands")
    with told():
        return asyncio.run(_inside(settings, work))


async def _inside(settings: Settings, work: Callable[[Services], Awaitable[T]]) -> T:
    services = compose(settings, SystemClock(), china())
    try:
        await migrate.check(services.db)
        return await work(services)
    finally:
        await services.close()


async def done(services: Services, title: str, jobs: Sequence[str]) -> None:
    """Returns once the jobs are done: by the worker that runs, else here. Raises Fault when one failed."""
    await services.wake.notify()
    worker = Worker(services)
    substitute = asyncio.create_task(_work_alone(services, worker))
    try:
        await _awaited(services, title, jobs)
    finally:
        worker.stopping.set()
        await substitute


async def _work_alone(services: Services, worker: Worker) -> None:
    """Works for as long as nobody else does."""
    while not worker.stopping.is_set():
        async with services.db.read() as c:
            beat = await heartbeats.seconds_since(c)
        if beat is None or beat >= heartbeats.STALE_S:
            await worker.run()
            return
        await asyncio.sleep(LOOK_S)


async def _awaited(services: Services, title: str, jobs: Sequence[str]) -> None:
    with step(title) as tick:
        for name in jobs:
            await _one(services, name, tick)


async def _one(services: Services, name: str, tick: Tick) -> None:
    while True:
        async with services.db.read() as c:
            job = await operations.job(c, name, services.clock.now())
        tick(job["progress"]["done"], job["progress"]["total"] or 1)
        if job["state"] == "done":
            return
        if job["state"] in FINISHED:
            raise Fault(f"job {name} ({job['kind']}) {job['state']}: {job['error'] or ''}".rstrip(": "))
        await asyncio.sleep(LOOK_S)
