"""How a job's handler keeps its lease, tells its progress, and waits for the encoder.

A handler that has lost its lease is stopped: somebody else does the job now, or it was cancelled.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from index.encoding import Encoder
from service.database import outbox
from service.database.engine import Database
from service.database.outbox import Job
from service.keepers import EncoderKeeper

WAIT_S = 0.2


class Working(Protocol):
    """What a handler's lease needs of the services."""

    @property
    def db(self) -> Database: ...
    @property
    def encoder(self) -> EncoderKeeper: ...


class LeaseLost(Exception):
    """The job is another worker's now, or cancelled."""


class Leases:
    """Keeps leases; holds nothing itself."""

    async def keep(
        self, c: AsyncConnection, job: Job, done: int | None = None, total: int | None = None
    ) -> None:
        """Renews inside the handler's own transaction. Raises LeaseLost."""
        if not await outbox.renew(c, [job], done=done, total=total):
            raise LeaseLost(job.id)

    async def keep_alone(
        self, services: Working, job: Job, done: int | None = None, total: int | None = None
    ) -> None:
        """Renews in a transaction of its own. Raises LeaseLost."""
        async with services.db.write(alone=False) as c:
            await self.keep(c, job, done, total)

    def progress(self, services: Working, job: Job) -> Callable[[int, int], Awaitable[None]]:
        """A function that tells (done, total) and renews."""

        async def tell(done: int, total: int) -> None:
            await self.keep_alone(services, job, done, total)

        return tell

    async def encoder(self, services: Working, job: Job) -> Encoder | None:
        """The encoder once it is loaded; None when there is none to wait for. Raises LeaseLost."""
        waited = 0.0
        while services.encoder.state == "loading":
            await asyncio.sleep(WAIT_S)
            waited += WAIT_S
            if waited >= outbox.LEASE_S / 3:
                await self.keep_alone(services, job)
                waited = 0.0
        return services.encoder.encoder
