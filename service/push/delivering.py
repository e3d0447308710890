"""The deliveries of one endpoint: claimed in batches, sent side by side, acknowledged together.

Leases are renewed while it works, and what is not surely ours is not sent. Knows no other endpoint.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import outbox
from service.database.outbox import Failure, Job
from service.errors import Problem
from service.instants import instant
from service.outgoing.client import TIME_S
from service.push import endpoints_store as store
from service.push import health, sending
from service.push.endpoints_store import ACTIVE, DISABLED, Webhook
from service.push.pace import Pace
from service.push.parcels import Parcel, against, packed
from service.push.retries import SCHEDULE, Chance, wait_s
from service.push.sending import Came, Outcome
from service.services import Services
from service.vault import Unreadable

log = structlog.get_logger("huiqi.deliver")
_random = secrets.SystemRandom().random


@dataclass(frozen=True)
class Limits:
    """Times in seconds, and how much is held at once."""

    schedule: tuple[float, ...] = SCHEDULE
    time_s: float = TIME_S
    lease_s: float = 20.0  # longer than an attempt takes
    renew_s: float = 5.0
    stale_s: float = 8.0  # after so long without a renewal nothing is sent before the next one
    gather_s: float = 0.05  # for which outcomes wait to be acknowledged together
    gather: int = 64
    batch: int = 128
    paused_s: float = 60.0
    again_s: float = 1.0
    chance: Chance = _random


@dataclass
class Endpoint:
    """Works until nothing is due for the endpoint any more, or until `stopping` is set."""

    services: Services
    name: str
    slots: asyncio.Semaphore
    slow_slots: asyncio.Semaphore
    writers: asyncio.Semaphore
    stopping: asyncio.Event
    pace: Pace
    limits: Limits
    webhook: Webhook | None = None
    keys: tuple[str, ...] = ()
    claimed: dict[str, Job] = field(default_factory=dict)
    waiting: deque[Parcel] = field(default_factory=deque)
    settled: list[tuple[Parcel, Outcome]] = field(default_factory=list)
    senders: set[asyncio.Task[None]] = field(default_factory=set)
    may_be_more: bool = True
    renewed_at: float = 0.0
    rest_until: float = 0.0
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Delivers what is due; afterwards nothing is left claimed that was not sent."""
        try:
            while not self.stopping.is_set():
                try:
                    await self.exchange()
                except Problem as problem:
                    log.warning("database unavailable", reason=problem.code)
                    await asyncio.sleep(self.limits.again_s)
                    continue
                self._spawn()
                if not self.senders and not self.settled:
                    break
                await self._until_due()
            await self._ended()
        finally:
            for sender in self.senders:
                sender.cancel()
            await asyncio.gather(*self.senders, return_exceptions=True)
            await self._put_down()

    async def exchange(self) -> None:
        """One transaction: acknowledges, renews, gives back what may not go out now, claims more.

        Raises Problem when the database is not there; nothing is forgotten then.
        """
        async with self.lock, self.writers:
            taken: list[Parcel] = []
            try:
                await self._exchanged(taken)
            except BaseException:
                self.waiting.extendleft(reversed(taken))
                raise

    async def _exchanged(self, taken: list[Parcel]) -> None:
        """Parcels that are looked at again are in `taken` meanwhile, so that nobody sends them."""
        now, started, told = self.services.clock.now(), time.monotonic(), list(self.settled)
        over = {parcel.job.id for parcel, _ in told}
        async with self.services.db.write(alone=False) as c:
            webhook = await self._acknowledged(c, told, now)
            is_open = webhook is not None and webhook.state == ACTIVE and not self.stopping.is_set()
            is_due = started - self.renewed_at >= self.limits.renew_s
            if is_due or not is_open:
                taken += self.waiting
                self.waiting.clear()
            lost = await self._renewed(c, over) if is_due else set()
            fresh = await self._claimed(c, len(taken), webhook.lang) if webhook and is_open else []
            left, aside = await self._screened(
                c, webhook, [*(each for each in taken if each.job.id not in lost), *fresh]
            )
        del self.settled[: len(told)]
        self.claimed |= {parcel.job.id: parcel.job for parcel in fresh}
        for name in (*over, *lost, *aside):
            self.claimed.pop(name, None)
        if is_due:
            self.renewed_at = started
        self._know(webhook)
        self.waiting.extend(left)

    async def _acknowledged(
        self, c: AsyncConnection, told: Sequence[tuple[Parcel, Outcome]], now: datetime
    ) -> Webhook | None:
        """Writes what came of attempts; the endpoint as it stands then, None when it is gone."""
        done = [(parcel.job, {"status": each.status}) for parcel, each in told if each.came == "delivered"]
        await outbox.finish_all(c, done)
        webhook = await store.one(c, self.name)
        if webhook is not None:
            came: list[Came] = [each.came for _, each in told]
            webhook = await health.after(c, webhook, came, now)
        is_over = webhook is None or webhook.state == DISABLED
        failures = [self._failure(parcel, each, is_over) for parcel, each in told if each.came != "delivered"]
        await outbox.fail_all(c, failures)
        return webhook

    def _failure(self, parcel: Parcel, outcome: Outcome, is_over: bool) -> Failure:
        limits, attempts = self.limits, parcel.job.attempts
        after = wait_s(limits.schedule, attempts, limits.chance, outcome.retry_after_s)
        is_dead = is_over or outcome.came == "gone" or after is None
        return Failure(parcel.job, outcome.error, after or 0.0, dead=is_dead)

    async def _renewed(self, c: AsyncConnection, over: set[str]) -> set[str]:
        """Renews what is held; the ids of what is not ours any more."""
        held = [job for name, job in self.claimed.items() if name not in over]
        return {job.id for job in held} - await outbox.renew(c, held, lease_s=self.limits.lease_s)

    async def _claimed(self, c: AsyncConnection, taken: int, lang: str | None) -> list[Parcel]:
        room = min(self.limits.batch, 8 * self.pace.at_once) - len(self.waiting) - taken
        if room <= 0:
            return []
        token, lease_s = secrets.token_hex(8), self.limits.lease_s
        jobs = await outbox.claim(
            c, token=token, lane="deliver", count=room, subject=self.name, lease_s=lease_s
        )
        self.may_be_more = len(jobs) == room
        return await packed(c, jobs, lang)

    async def _screened(
        self, c: AsyncConnection, webhook: Webhook | None, parcels: Sequence[Parcel]
    ) -> tuple[list[Parcel], set[str]]:
        """Those that may go out now; the others are given back, held or dropped: their ids."""
        if webhook is None or webhook.state == DISABLED:
            gone = [Failure(each.job, "the endpoint is disabled", dead=True) for each in parcels]
            await outbox.fail_all(c, gone)
            return [], {each.job.id for each in parcels}
        if webhook.state != ACTIVE:
            await outbox.release(c, [each.job for each in parcels])
            return [], {each.job.id for each in parcels}
        unwanted, paused = await against(c, parcels)
        await outbox.drop(c, [each.job for each in unwanted], "not wanted any more")
        await outbox.release(c, [each.job for each in paused], after_s=self.limits.paused_s)
        aside = {each.job.id for each in (*unwanted, *paused)}
        return [each for each in parcels if each.job.id not in aside], aside

    def _know(self, webhook: Webhook | None) -> None:
        """The endpoint as it is now, with the secrets that are valid."""
        if webhook is None or (self.webhook is not None and webhook.secret == self.webhook.secret):
            self.webhook = webhook
            return
        closed = (webhook.secret, *filter(None, (webhook.old_secret,)))
        try:
            self.keys = tuple(self.services.vault.opened(each) for each in closed)
        except Unreadable:
            self.keys = ()
            log.error("secret unreadable", webhook=self.name)
        self.webhook = webhook

    def _spawn(self) -> None:
        for _ in range(min(self.pace.at_once - len(self.senders), len(self.waiting))):
            sender = asyncio.create_task(self._send())
            self.senders.add(sender)
            sender.add_done_callback(self._gone)

    def _gone(self, sender: asyncio.Task[None]) -> None:
        self.senders.discard(sender)
        self.stirred.set()
        if not sender.cancelled() and (error := sender.exception()) is not None:
            log.error("sender failed", webhook=self.name, exc_info=error)

    async def _send(self) -> None:
        """Sends one after another, while the pace allows so many at once."""
        while len(self.senders) <= self.pace.at_once and len(self.settled) < 4 * self.limits.gather:
            await self._rest()
            async with self.slow_slots if self.pace.silent else self.slots:
                parcel = await self._next()
                if parcel is None:
                    return
                outcome = await self._tried(parcel)
            self._settle(parcel, outcome)

    async def _rest(self) -> None:
        """Waits while the endpoint is to have its rest, but not when told to stop."""
        left = self.rest_until - time.monotonic()
        if left > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), left)

    async def _next(self) -> Parcel | None:
        """The next parcel that is surely ours: after a long silence, only after its lease was renewed."""
        if time.monotonic() - self.renewed_at > self.limits.stale_s:
            try:
                await self.exchange()
            except Problem:
                return None
        is_open = self.webhook is not None and not self.stopping.is_set()
        return self.waiting.popleft() if self.waiting and is_open else None

    async def _tried(self, parcel: Parcel) -> Outcome:
        webhook, now = self.webhook, self.services.clock.now()
        assert webhook is not None
        if not self.keys:
            return Outcome("failed", error="the secret cannot be decrypted")
        is_old_valid = webhook.old_until is not None and webhook.old_until > instant(now)
        keys = self.keys if is_old_valid else self.keys[:1]
        sent = sending.send(
            self.services.outgoing, webhook.url, parcel.message, keys, now, self.limits.time_s
        )
        return await sent

    def _settle(self, parcel: Parcel, outcome: Outcome) -> None:
        self.settled.append((parcel, outcome))
        if outcome.came == "delivered":
            self.pace.went_well()
        else:
            answered = outcome.status is not None
            rest = self.pace.failed(answered=answered, retry_after_s=outcome.retry_after_s)
            self.rest_until = max(self.rest_until, time.monotonic() + rest)
        self.stirred.set()

    async def _until_due(self) -> None:
        """Waits until an exchange is worth it: outcomes to write, room to fill, leases to renew."""
        first: float | None = None
        while self.senders and not self.stopping.is_set():
            now = time.monotonic()
            first = first or (now if self.settled else None)
            is_low = self.may_be_more and len(self.waiting) < self.pace.at_once
            is_idle = len(self.senders) < self.pace.at_once and not self.waiting
            waited = first is not None and now - first >= self.limits.gather_s
            if (is_low and (self.settled or is_idle)) or waited or len(self.settled) >= self.limits.gather:
                return
            if now - self.renewed_at >= self.limits.renew_s:
                return
            self.stirred.clear()
            self._spawn()
            left = self.renewed_at + self.limits.renew_s - now
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stirred.wait(), self.limits.gather_s if first else left)

    async def _ended(self) -> None:
        """Lets what is on its way arrive, when told to stop."""
        if self.senders:
            await asyncio.wait(self.senders)

    async def _put_down(self) -> None:
        """Acknowledges what was sent and gives back the rest."""
        if not self.settled and not self.claimed:
            return
        with suppress(Problem):
            async with self.writers, self.services.db.write(alone=False) as c:
                await self._acknowledged(c, self.settled, self.services.clock.now())
                over = {parcel.job.id for parcel, _ in self.settled}
                await outbox.release(c, [job for name, job in self.claimed.items() if name not in over])
