"""A real SMTP server on loopback that takes mail, refuses it, drops the line or hangs; and who sends to it.

Messages are parsed by the standard library.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP
from sqlalchemy import func, insert, select, update

from service.database import outbox
from service.database.tables import jobs, meta, notifications
from service.ids import uuid7
from service.instants import instant
from service.mail import digest
from service.mail.post import Post
from service.mail.smtp import server_of
from service.push.channels import Channels
from service.services import Services
from tests.service.administering import LONG_AGO, Desk, desk

FROM, TO, PUBLIC = "push@huiqi.example", "office@firm.example", "https://huiqi.example"


@dataclass
class Server:
    """What it says to receivers and messages: an answer each, the last one from then on."""

    to_receiver: list[str] = field(default_factory=lambda: ["250 OK"])
    to_message: list[str] = field(default_factory=lambda: ["250 OK"])
    came: list[bytes] = field(default_factory=list)
    port: int = 0
    lines: int = 0

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:  # noqa: N802
        answer = _next(self.to_receiver)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:  # noqa: N802
        answer = _next(self.to_message)
        if answer == "hang":
            await asyncio.sleep(30)
        if answer == "drop" or answer.startswith("250"):
            self.came.append(envelope.content)
        if answer == "drop":
            server.transport.abort()
        return answer

    @property
    def messages(self) -> list[EmailMessage]:
        """What was taken, parsed."""
        found = [message_from_bytes(each, policy=policy.default) for each in self.came]
        return cast(list[EmailMessage], found)


def _next(answers: list[str]) -> str:
    return answers.pop(0) if len(answers) > 1 else answers[0]


@asynccontextmanager
async def smtp(context: ssl.SSLContext | None = None, **starttls: Any) -> AsyncIterator[Server]:
    handler = Server()
    loop = asyncio.get_running_loop()

    def made() -> SMTP:
        handler.lines += 1
        return SMTP(handler, hostname="tests", loop=loop, **starttls)

    listening = await loop.create_server(made, "127.0.0.1", 0, ssl=context)
    handler.port = listening.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        listening.close()


def part(message: EmailMessage, kind: str) -> str:
    """The text of the plain or HTML part."""
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


@dataclass
class Office:
    """A service with a mailbox of the enterprise `firm`; `seq` counts what it was told."""

    desk: Desk
    server: Server
    services: Services
    seq: int = 0

    async def told(self, *texts: str, kind: str = "measure.matched", **members: Any) -> list[str]:
        """Notifications as telling writes them."""
        names = []
        async with self.services.db.write() as c:
            for text in texts:
                self.seq += 1
                names.append(uuid7(self.services.clock.now()))
                own = {"id": names[-1], "seq": self.seq, "type": kind, "dedupe": names[-1], "title": text}
                rest = {"text": f"{text}的说明。", "created_at": instant(self.services.clock.now())}
                more = {"document_id": "doc", "measure_id": "doc.one", "part": "certain", **members}
                await c.execute(insert(notifications).values(enterprise_id="firm", **own, **rest, **more))
            counter = meta.c.key == "notification_seq"
            await c.execute(update(meta).where(counter).values(value=str(self.seq)))
        return names

    async def morning(self) -> int:
        """The regular job of a day; how many mails it wants."""
        async with self.services.db.write() as c:
            await outbox.enqueue(c, digest.DIGEST, {}, now=self.services.clock.now())
        return int(next(result for kind, result in await self.desk.work() if kind == digest.DIGEST)["mails"])

    async def attempt(self) -> str:
        """One attempt of each mail that waits, due or not; the state of the last of all mails."""
        mails = (jobs.c.lane == "deliver") & (jobs.c.subject == "mail")
        async with self.services.db.write() as c:
            await c.execute(update(jobs).where(mails, jobs.c.state == "queued").values(run_at=LONG_AGO))
            claimed = await outbox.claim(c, token="t", lane="deliver", count=9, subject="mail")
        channels = Channels(self.services, asyncio.Event(), {"mail": digest.deliver})
        for job in claimed:
            await channels.attempt(job)
        async with self.services.db.read() as c:
            query = select(jobs.c.state).where(mails).order_by(jobs.c.id.desc()).limit(1)
            return str((await c.execute(query)).scalar_one())

    async def mailbox(self) -> Any:
        return (await self.desk.get("/v1/enterprises/firm/mailbox")).body

    async def open_mails(self) -> int:
        async with self.services.db.read() as c:
            query = select(func.count()).where(jobs.c.subject == "mail", jobs.c.state == "queued")
            return int((await c.execute(query)).scalar_one())


@asynccontextmanager
async def office(folder: Path, *, language: str = "zh-Hans", **settings: Any) -> AsyncIterator[Office]:
    given = {"mail_from": FROM, "public_url": PUBLIC, **settings}
    async with smtp() as server:
        url = f"smtp://127.0.0.1:{server.port}"
        async with desk(folder, smtp_url=url, **given) as at:
            yield await _opened(at, server, Post(server_of(url), FROM, time_s=1.0), language)


async def _opened(at: Desk, server: Server, post: Post, language: str) -> Office:
    quick = replace(at.services, post=post)
    at.services = at.world.services = at.world.app.state.services = quick
    await at.firm("firm")
    put = await at.put("/v1/enterprises/firm/mailbox", {"address": TO, "language": language})
    assert put.status == 200, put.body
    await at.work()
    return Office(at, server, quick)
