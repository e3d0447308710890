"""A service that delivers to receivers on loopback: endpoints, notifications, and a dispatcher that runs.

Real database, real HTTP, the machine's clock.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from standardwebhooks.webhooks import Webhook

from service.clock import SystemClock
from service.database.tables import jobs, notifications
from service.ids import uuid7
from service.instants import instant
from service.push import endpoints_store
from service.push.delivering import Limits
from service.push.dispatch import Dispatcher
from service.push.message_types import TYPES
from service.services import Services
from tests.service.administering import Desk
from tests.service.asking import world
from tests.service.outgoing_world import LOOPBACK, Received, Receiver

QUICK = Limits(schedule=(0.05, 0.1), time_s=1.0, gather_s=0.01)


@dataclass(frozen=True)
class Told:
    """What deliveries need to know of a notification."""

    id: str
    enterprise: str
    type: str = "measure.matched"
    document: str | None = "doc-one"
    data: str | None = None


@dataclass
class Post:
    """The service with its administrator's desk; endpoints' secrets by id."""

    desk: Desk
    services: Services
    secrets: dict[str, str] = field(default_factory=dict)
    count: int = 0

    async def hook(self, to: Receiver | str, **members: Any) -> str:
        """Registers an endpoint; its id."""
        url = to if isinstance(to, str) else to.url
        answer = await self.desk.post("/v1/webhooks", {"url": url, "events": list(TYPES), **members})
        assert answer.status == 201, answer.body
        self.secrets[answer.body["id"]] = answer.body["secret"]
        return str(answer.body["id"])

    async def told(self, count: int = 1, firm: str = "firm", **members: Any) -> list[str]:
        """Notifications of an enterprise with their deliveries, in one transaction; their ids."""
        now = self.services.clock.now()
        rows = [Told(uuid7(now), firm, **members) for _ in range(count)]
        async with self.services.db.write() as c:
            for each in rows:
                self.count += 1
                await c.execute(insert(notifications).values(**_row(each, self.count, instant(now))))
            await endpoints_store.fan_out(c, rows, now)
        return [each.id for each in rows]

    async def deliveries(self, hook: str, state: str | None = None) -> list[Any]:
        query = f"?limit=100&state={state}" if state else "?limit=100"
        items: list[Any] = (await self.desk.get(f"/v1/webhooks/{hook}/deliveries{query}")).body["items"]
        return items

    async def eventually(self, hook: str, state: str) -> list[Any]:
        """The deliveries that stand so, once there are any."""
        for _ in range(500):
            if found := await self.deliveries(hook, state):
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(state)

    async def waiting(self) -> int:
        """How many deliveries are neither sent nor dead."""
        left = jobs.c.state.in_(("queued", "running")) & (jobs.c.lane == "deliver")
        async with self.services.db.read() as c:
            return int((await c.execute(select(func.count()).where(left))).scalar_one())

    async def drained(self, within_s: float = 30.0) -> None:
        """Waits until another process has nothing left to deliver."""
        end = time.monotonic() + within_s
        while await self.waiting():
            assert time.monotonic() < end, "deliveries still wait"
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def dispatching(self, limits: Limits = QUICK) -> AsyncIterator[Dispatcher]:
        """A dispatcher that works as long as the block."""
        dispatcher = Dispatcher(self.services, asyncio.Event(), limits)
        task = asyncio.create_task(dispatcher.run())
        try:
            yield dispatcher
        finally:
            dispatcher.stopping.set()
            self.services.wake.stir()
            await task

    async def all_settled(self, limits: Limits = QUICK, within_s: float = 20.0) -> None:
        """Dispatches until nothing waits any more."""
        async with self.dispatching(limits):
            await self.drained(within_s)

    def verified(self, hook: str, came: Received) -> Any:
        """The body, once the official library has accepted its signature."""
        return Webhook(self.secrets[hook]).verify(came.body, dict(came.headers))


def _row(told: Told, seq: int, now: str) -> dict[str, Any]:
    own = {"id": told.id, "seq": 10_000 + seq, "enterprise_id": told.enterprise, "document_id": told.document}
    shown = {
        "type": told.type,
        "dedupe": told.id,
        "title": "研发补助",
        "part": "certain",
        "text": "符合全部条件。",
    }
    return {**own, **shown, "measure_id": "doc-one.one", "data": told.data, "created_at": now}


async def until(true: Callable[[], object], within_s: float = 10.0) -> None:
    """Waits for it."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "not in time"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def post(folder: Path, **settings: Any) -> AsyncIterator[Post]:
    async with world(folder, **{"webhook_allow_nets": LOOPBACK, **settings}) as found:
        desk = Desk(found)
        services = replace(found.services, clock=SystemClock())
        found.app.state.services = services
        await desk.firm("firm")
        with suppress(asyncio.CancelledError):
            yield Post(desk, services)
        await services.outgoing.close()
