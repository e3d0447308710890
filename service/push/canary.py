"""The canary: every few minutes a notification to nobody, delivered over a channel of our own.

Proves the road from a regular job over the order of telling to an acknowledged delivery; proves nothing of
matching, nor of anybody's endpoint. No list, count or audience knows it.
"""

from dataclasses import replace
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import heartbeats, outbox
from service.database.outbox import Job
from service.enterprises.store import CANARY
from service.ids import uuid7
from service.instants import instant
from service.push import canary_store, store
from service.push.channels import Dead, Done, Outcome
from service.push.message_types import MATCHED
from service.push.store import Mark, Told
from service.services import Services

Road = Literal["ok", "late", "down"]
KIND, DELIVER = "canary", "deliver.canary"
EVERY_S = 300
# Seconds since the last arrival from which the road counts as late, and as broken.
LATE_S, DOWN_S = 2.5 * EVERY_S, 6.0 * EVERY_S
_SENT, _ARRIVED = "canary-sent", "canary"
_MARK = Mark(CANARY, CANARY, 0, "", "certain")


async def send(services: Services, job: Job) -> dict[str, Any]:
    """The regular job `canary`: tells it, unless the one before is still on its way."""
    now = services.clock.now()
    name = uuid7(now)
    async with services.db.write() as c:
        await store.lock(c)
        await services.leases.keep(c, job)
        if await canary_store.is_under_way(c, DELIVER):
            if await last(c) is None:
                await heartbeats.beat(c, _SENT)
            return {"sent": 0}
        await canary_store.make_ready(c, DELIVER, instant(now))
        told = Told(name, CANARY, MATCHED, CANARY, "", (replace(_MARK, material=name),))
        written = (await store.tell(c, [told], now, {})).written
        payload = {"notification": name}
        await outbox.enqueue(c, DELIVER, payload, now=now, lane="deliver", subject=CANARY)
        await heartbeats.beat(c, _SENT)
    await services.wake.notify()
    return {"sent": written}


async def arrive(services: Services, job: Job) -> Outcome:
    """Its delivery: it must be in the inbox by now; the arrival is written with the acknowledgement."""
    async with services.db.read() as c:
        if not await canary_store.is_told(c, job.payload["notification"]):
            return Dead("the notification is not there")
    return Done({"status": None}, _arrived)


async def _arrived(c: AsyncConnection) -> None:
    await heartbeats.beat(c, _ARRIVED)


async def age_s(c: AsyncConnection) -> float | None:
    """Seconds since the last arrival, else since the first was sent; None before that."""
    arrived = await heartbeats.seconds_since(c, _ARRIVED)
    return await heartbeats.seconds_since(c, _SENT) if arrived is None else arrived


async def last(c: AsyncConnection) -> str | None:
    """When the last one arrived, else when the first was sent."""
    return await heartbeats.last(c, _ARRIVED) or await heartbeats.last(c, _SENT)


async def state(c: AsyncConnection) -> Road:
    """How the road is: `late` while nothing has arrived yet, or what should have has not."""
    age = await age_s(c)
    if age is not None and age >= DOWN_S:
        return "down"
    is_fresh = age is not None and age < LATE_S and await heartbeats.last(c, _ARRIVED) is not None
    return "ok" if is_fresh else "late"
