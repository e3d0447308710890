"""Hands a message to the SMTP server of a setting, over verified TLS, within a time.

What came of it is a value, in which nothing of the server's words is kept but its codes: they name addresses.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

import aiosmtplib
from aiosmtplib import errors

from service.mail.smtp import Server

TIME_S = 30.0
_REFUSED = range(500, 600)

Came = Literal["sent", "refused", "failed"]


@dataclass(frozen=True)
class Sent:
    """What came of it: `refused` is this receiver's or this message's end, `failed` may be tried again."""

    came: Came
    detail: str = ""


@dataclass
class Lines:
    """Open lines that no message is on, kept while somebody has many to send."""

    idle: list[aiosmtplib.SMTP] = field(default_factory=list)
    keepers: int = 0

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Within the block lines are used again; after the last such block each is closed."""
        self.keepers += 1
        try:
            yield
        finally:
            self.keepers -= 1
            while self.idle and not self.keepers:
                await _close(self.idle.pop())

    async def taken(self) -> aiosmtplib.SMTP | None:
        """A line on which the server still answers; None when there is none."""
        while self.idle:
            line = self.idle.pop()
            try:
                await line.rset()
            except (errors.SMTPException, OSError):
                line.close()
            except asyncio.CancelledError:
                line.close()
                raise
            else:
                return line
        return None

    async def put_back(self, line: aiosmtplib.SMTP) -> None:
        """Keeps the line for the next message, or closes it."""
        if self.keepers:
            self.idle.append(line)
        else:
            await _close(line)


@dataclass(frozen=True)
class Post:
    """The way to one server; `context` is for tests with a certificate authority of their own."""

    server: Server
    sender: str
    context: ssl.SSLContext | None = None
    time_s: float = TIME_S
    lines: Lines = field(default_factory=Lines, compare=False)

    async def send(self, message: EmailMessage, to: str) -> Sent:
        """Hands the message in for one address; taken once the server has said so after its last line."""
        try:
            async with asyncio.timeout(self.time_s):
                return await self._sent(message.as_bytes(), to)
        except errors.SMTPRecipientsRefused as all_refused:
            return _answer(all_refused.recipients[0].code, all_refused.recipients[0].message)
        except (errors.SMTPRecipientRefused, errors.SMTPDataError) as refused:
            return _answer(refused.code, refused.message)
        except errors.SMTPResponseException as answered:
            return Sent("failed", _codes(answered.code, answered.message))
        except ssl.SSLError as error:
            return Sent("failed", f"TLS: {type(error).__name__}")
        except (errors.SMTPException, OSError, TimeoutError, ValueError) as error:
            return Sent("failed", type(error).__name__)

    async def _sent(self, content: bytes, to: str) -> Sent:
        line = await self.lines.taken()
        if line is None:
            line = self._line()
        try:
            if not line.is_connected:
                await line.connect()
            await line.sendmail(self.sender, [to], content)
        except BaseException:
            line.close()
            raise
        await self.lines.put_back(line)
        return Sent("sent")

    def _line(self) -> aiosmtplib.SMTP:
        server = self.server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            local_hostname=self.sender.partition("@")[2],
            timeout=self.time_s,
            use_tls=server.tls == "first",
            start_tls=server.tls == "start",
            tls_context=self.context or ssl.create_default_context(),
        )


async def _close(line: aiosmtplib.SMTP) -> None:
    """Ends a line as politely as the server lets us."""
    try:
        with suppress(errors.SMTPException, OSError):
            await line.quit(timeout=1)
    finally:
        line.close()


def _answer(code: int, words: str) -> Sent:
    return Sent("refused" if code in _REFUSED else "failed", _codes(code, words))


def _codes(code: int, words: str) -> str:
    """The code of an answer and its enhanced one (RFC 3463); never the words."""
    enhanced = re.match(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}", words)
    return f"SMTP {code} {enhanced[0]}" if enhanced else f"SMTP {code}"
