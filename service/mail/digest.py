"""The daily digest: one message a day to each mailbox with news, of what was told since the last one.

Where a message was taken but its acknowledgement was lost (the process was killed in between), it is sent
once more, as no protocol can tell: under the same Message-ID, made of the enterprise and the day, and of
the same notifications, so that the receiver's server or reader can know it again.
"""

import hashlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import outbox
from service.database.outbox import Job, NewJob
from service.instants import instant
from service.mail import rendering, store
from service.mail.actions import stop_link
from service.mail.letters import Letter, written
from service.mail.store import ACTIVE, Mailbox, Notice
from service.push import consent_store as consents
from service.push import links
from service.push import pause_store as pauses
from service.push.channels import Again, Dead, Done, Outcome
from service.services import Services
from service.vault import Unreadable

DIGEST, DELIVER = "digest", "deliver.mail"
CHANNEL = "mail"
BATCH = 200
# Seconds before each further attempt of a day; afterwards the next day's digest tells of it.
RETRY_S = (60, 300, 900, 3_600, 3_600, 7_200, 14_400)


async def begin(services: Services, job: Job) -> dict[str, Any]:
    """The regular job `digest`: a message for each mailbox with news; repeating it adds none."""
    count, last, now = 0, "", services.clock.now()
    day = services.clock.today().isoformat()
    while services.settings.with_digest:
        async with services.db.write() as c:
            await services.leases.keep(c, job)
            some = await store.with_news(c, last, BATCH)
            upto = await store.told_up_to(c)
            rows = [_job(enterprise, day, upto) for enterprise in some]
            count += await outbox.enqueue_all(c, rows, now=now)
        if not some:
            break
        last = some[-1]
    await services.wake.notify()
    return {"mails": count}


def _job(enterprise: str, day: str, upto: int) -> NewJob:
    payload = {"enterprise": enterprise, "day": day, "upto": upto}
    return NewJob(DELIVER, payload, lane="deliver", subject=CHANNEL, key=f"mail/{enterprise}/{day}")


async def deliver(services: Services, job: Job) -> Outcome:
    """One attempt to send a mailbox its digest of a day; what it says is settled by the job."""
    enterprise, upto = str(job.payload["enterprise"]), int(job.payload["upto"])
    async with services.db.read() as c:
        mailbox = await store.found(c, enterprise)
        if mailbox is None or mailbox.state != ACTIVE or mailbox.sent_on == job.payload["day"]:
            return Done({"told": 0})
        told, held = await _wanted(c, mailbox, upto)
    if not told:
        return Done({"told": 0}, _sent(mailbox, upto, held, None))
    if services.post is None:
        return Dead("mail is turned off")
    try:
        address = services.vault.opened(mailbox.address)
    except Unreadable:
        return Dead("the address cannot be decrypted")
    letter = _letter(services, mailbox, told, address, job.payload["day"])
    came = await services.post.send(written(letter, services.post.sender), address)
    if came.came == "sent":
        return Done({"told": len(told)}, _sent(mailbox, upto, held, job.payload["day"]))
    if came.came == "refused":
        return Dead(came.detail, _refused(services, mailbox, came.detail))
    return again(job, came.detail)


def line(services: Services) -> AbstractAsyncContextManager[None]:
    """One line to the server for all mails of a morning, instead of one for each."""
    return nullcontext() if services.post is None else services.post.lines.kept()


def again(job: Job, error: str) -> Outcome:
    """Another attempt after the table's wait, or the end of it."""
    over = job.attempts > len(RETRY_S)
    return Dead(error) if over else Again(error, RETRY_S[job.attempts - 1])


async def _wanted(c: AsyncConnection, mailbox: Mailbox, upto: int) -> tuple[list[Notice], list[str]]:
    """What the enterprise lets itself be told, and the ids of what waits for the end of a pause.

    Neither has what was recalled.
    """
    consent, rows = await consents.consent(c, mailbox.enterprise), await store.unsent(c, mailbox, upto)
    gone = await store.recalled(c, {each.document for each in rows if each.document is not None})
    kept = [each for each in rows if each.seq > gone.get(each.document or "", 0)]
    found = [each for each in kept if not consent.covers(each.type)]
    subjects = {name for each in found for name in (each.document, each.measure) if name is not None}
    stopped = await pauses.among(c, subjects)
    held = [each for each in found if {each.document, each.measure} & stopped]
    return [each for each in found if each not in held], [each.id for each in held]


def _letter(services: Services, mailbox: Mailbox, told: Sequence[Notice], to: str, day: str) -> Letter:
    public_url, enterprise = services.settings.public, mailbox.enterprise
    stop = stop_link(services.signer, public_url, enterprise)
    links_to = rendering.Links(
        page=f"{public_url}/firms/{quote(enterprise)}",
        stop=stop,
        off=public_url + links.off(services.signer, enterprise),
    )
    shown = rendering.digest(list(told), mailbox.language, links_to)
    name = hashlib.sha256(f"{enterprise}/{day}".encode()).hexdigest()[:32]
    return Letter(
        id=f"digest.{name}",
        to=to,
        subject=shown.subject,
        plain=shown.plain,
        at=services.clock.now(),
        html=shown.html,
        stop=stop,
        language=mailbox.language,
    )


def _sent(mailbox: Mailbox, upto: int, held: Sequence[str], day: str | None) -> Any:
    async def write(c: AsyncConnection) -> None:
        await store.sent(c, mailbox, upto, held, day)

    return write


def _refused(services: Services, mailbox: Mailbox, error: str) -> Any:
    async def write(c: AsyncConnection) -> None:
        await store.refused(c, mailbox, error, instant(services.clock.now()))

    return write
