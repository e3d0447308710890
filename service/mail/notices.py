"""Word to the operator by mail: an endpoint or a push that stopped by itself, a road that is broken.

The API process looks and sends, as the worker is one of those that stall. Each incident is told once.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import heartbeats, outbox
from service.database.outbox import Job, NewJob
from service.errors import Problem
from service.mail import watch_store
from service.mail.digest import again
from service.mail.letters import Letter, written
from service.mail.words import MailWords
from service.push import canary, endpoints_store
from service.push import pause_store as pauses
from service.push.channels import Channels, Dead, Done, Outcome
from service.services import Services

DELIVER, CHANNEL = "deliver.notice", "notice"
LOOK_S = 15.0
STALLED_S = 60.0
# Why an endpoint or a push stops by itself; what somebody did by hand is no news.
BY_THEMSELVES = ("failing", "gone", "not_ours")
_BOTH = ("zh-Hans", "en")


@dataclass(frozen=True)
class Incident:
    """What is told once: `which` is the same for as long as it lasts."""

    about: str
    which: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Under which its mail can exist once."""
        return f"notice/{self.about}/{self.which}"


async def incidents(c: AsyncConnection) -> list[Incident]:
    """What is wrong now."""
    found = [*await _endpoints(c), *await _pushes(c)]
    waiting, beat = await watch_store.oldest_due_s(c), await heartbeats.seconds_since(c)
    is_silent = beat is None or beat > STALLED_S
    if waiting is not None and waiting[1] > STALLED_S and is_silent:
        since = await heartbeats.last(c) or waiting[0]
        found.append(Incident("worker", since, {"since": since}))
    if await canary.state(c) == "down":
        since = await canary.last(c) or ""
        found.append(Incident("canary", since, {"since": since}))
    return found


async def _endpoints(c: AsyncConnection) -> list[Incident]:
    return [
        Incident(
            "endpoint",
            f"{hook.id}/{hook.updated_at}",
            {"id": hook.id, "state": hook.state, "reason": str(hook.reason)},
        )
        for hook in await endpoints_store.every(c)
        if hook.state != endpoints_store.ACTIVE and hook.reason in BY_THEMSELVES
    ]


async def _pushes(c: AsyncConnection) -> list[Incident]:
    return [
        Incident(
            "measure",
            f"{each['subject']}/{each['paused_at']}",
            {"id": each["subject"], "reason": each["reason"]},
        )
        for each in await pauses.every(c)
        if each["reason"] in BY_THEMSELVES
    ]


async def look(services: Services) -> int:
    """Writes a mail for each incident that was not told yet; how many."""
    async with services.db.read() as c:
        found = await incidents(c)
        told = await watch_store.known(c, [each.key for each in found]) if found else set()
    rows = [
        NewJob(
            DELIVER,
            {"about": each.about, "values": each.values},
            lane="deliver",
            subject=CHANNEL,
            key=each.key,
        )
        for each in found
        if each.key not in told
    ]
    if not rows:
        return 0
    async with services.db.write() as c:
        return await outbox.enqueue_all(c, rows, now=services.clock.now())


async def deliver(services: Services, job: Job) -> Outcome:
    """One attempt to mail the operator, in Chinese and in English."""
    post, to = services.post, services.settings.admin_mail
    if post is None or to is None:
        return Dead("mail is turned off")
    about, values = f"notice.{job.payload['about']}", job.payload["values"]
    words = [MailWords(language) for language in _BOTH]
    place = f"\n\n{services.settings.public}/admin" if services.settings.public else ""
    letter = Letter(
        id=f"notice.{hashlib.sha256(job.id.encode()).hexdigest()[:32]}",
        to=to,
        subject=" / ".join(t(about) for t in words),
        plain="\n\n".join(t(f"{about}.text", **values) for t in words) + place + "\n",
        at=services.clock.now(),
    )
    came = await post.send(written(letter, post.sender), to)
    return Done() if came.came == "sent" else again(job, came.detail)


@asynccontextmanager
async def watching(services: Services, every_s: float = LOOK_S) -> AsyncIterator[None]:
    """Looks and sends for as long as the block runs, where a setting names the operator's address."""
    if services.post is None or services.settings.admin_mail is None:
        yield
        return
    stopping = asyncio.Event()
    tasks = [
        asyncio.create_task(Channels(services, stopping, {CHANNEL: deliver}).run()),
        asyncio.create_task(_look_out(services, stopping, every_s)),
    ]
    try:
        yield
    finally:
        stopping.set()
        services.wake.stir()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _look_out(services: Services, stopping: asyncio.Event, every_s: float) -> None:
    while not stopping.is_set():
        with suppress(Problem):
            if await look(services):
                services.wake.stir()
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), every_s)
