"""Hands a message to the SMTP server of a setting, over verified TLS, within a time.

What came of it is a value, in which nothing of the server's words is kept but its codes: they name addresses.
"""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Post:
    """The way to one server; `context` is for tests with a certificate authority of their own."""

    server: Server
    sender: str
    context: ssl.SSLContext | None = None
    time_s: float = TIME_S

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
        server = self.server
        smtp = aiosmtplib.SMTP(
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
        try:
            await smtp.connect()
            await smtp.sendmail(self.sender, [to], content)
            with suppress(errors.SMTPException, OSError):
                await smtp.quit(timeout=1)
        finally:
            smtp.close()
        return Sent("sent")


def _answer(code: int, words: str) -> Sent:
    return Sent("refused" if code in _REFUSED else "failed", _codes(code, words))


def _codes(code: int, words: str) -> str:
    """The code of an answer and its enhanced one (RFC 3463); never the words."""
    enhanced = re.match(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}", words)
    return f"SMTP {code} {enhanced[0]}" if enhanced else f"SMTP {code}"
