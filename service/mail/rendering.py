"""Templates to mails and to the page behind their last link: everything escaped, nothing fetched from afar.

A mail reads without any style; it holds no picture and tells nobody that it was opened.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from service.mail.store import Notice
from service.mail.words import MailWords
from service.push.message_types import DEADLINE, MATCHED, OPENED, REVISED, SUMMARY, WITHDRAWN
from service.push.wording import Kept, said

FOLDER = Path(__file__).parent
SECTIONS = {
    "digest.matched": (SUMMARY, MATCHED, OPENED),
    "digest.deadline": (DEADLINE,),
    "digest.revised": (REVISED,),
    "digest.withdrawn": (WITHDRAWN,),
}
MOST_TOLD = 100
_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Rendered:
    """A digest's subject and its two parts."""

    subject: str
    plain: str
    html: str


@dataclass(frozen=True)
class Links:
    """Where a digest leads: the enterprise's page, the end of the digest, the end of every message."""

    page: str
    stop: str
    off: str


@cache
def environment() -> Environment:
    """The Jinja environment: everything in HTML escaped, an undefined name is an error."""
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def digest(notices: list[Notice], language: str, links: Links) -> Rendered:
    """The digest of these notices: what may be applied for first, then deadlines, changes, withdrawals."""
    t = MailWords(language)
    count = len(notices)
    order = [kind for kinds in SECTIONS.values() for kind in kinds]
    told = sorted(notices, key=lambda each: order.index(each.type))[:MOST_TOLD]
    sections = [
        (t(key), [_one(each, t) for each in told if each.type in kinds]) for key, kinds in SECTIONS.items()
    ]
    shown = {
        "t": t,
        "lang": language,
        "count": count,
        "more": count - len(told),
        "sections": [(title, each) for title, each in sections if each],
        "links": links,
    }
    subject = t("digest.subject.one") if count == 1 else t("digest.subject", n=count)
    plain = environment().get_template("digest.txt").render(**shown)
    return Rendered(subject, plain, environment().get_template("digest.html").render(**shown))


def _one(notice: Notice, t: MailWords) -> dict[str, str]:
    """A notice as the templates tell it: each in one line, so that no text can pass for another part."""
    kept = Kept(notice.type, notice.title, notice.part, notice.data)
    words = said(kept, t.language) or (t.content(notice.title), t.content(notice.text))
    title, text = (" ".join(each.split()) for each in words)
    return {"title": title, "text": text}


def stop_page(state: str, language: str, *, status: int = 200) -> HTMLResponse:
    """The page behind a digest's last link: asks, says that it is done, or that the link is not ours."""
    t = MailWords(language)
    html = environment().get_template("stop.html").render(t=t, lang=language, state=state)
    headers = {
        "Content-Security-Policy": _POLICY,
        "Content-Language": language,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return HTMLResponse(html, status, headers)
