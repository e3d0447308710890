"""A message put together: its headers, its plain and its HTML part.

Headers are of our own words and of addresses that were read; nothing of them can begin a new line.
"""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

# No folding by length: an address that is folded is no address any more. What is long is none of ours.
_POLICY = policy.SMTP.clone(max_line_length=998)
FROM = "惠企 huiqi"


@dataclass(frozen=True)
class Letter:
    """What is sent: `id` is the same at every attempt; `stop` is the address of the one-click end."""

    id: str
    to: str
    subject: str
    plain: str
    at: datetime
    html: str | None = None
    stop: str | None = None
    language: str = "zh-Hans"


def written(letter: Letter, sender: str) -> EmailMessage:
    """The message of RFC 5322, with RFC 8058's headers where it can be ended."""
    message = EmailMessage(policy=_POLICY)
    local, _, domain = sender.partition("@")
    message["From"] = Address(FROM, local, domain)
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = letter.at
    message["Message-ID"] = f"<{letter.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.stop is not None:
        message["List-Unsubscribe"] = f"<{letter.stop}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.plain, cte="base64")
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html", cte="base64")
    message["Content-Language"] = letter.language
    return message
