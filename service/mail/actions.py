"""An enterprise's mailbox: given, changed, forgotten, and ended by whoever reads there.

Sends nothing. An address leaves the vault only to be shown to the administrator or to be written to.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.enterprises import store as enterprise_store
from service.errors import Problem
from service.instants import instant
from service.mail import store
from service.mail.store import Mailbox
from service.mail.words import LANGUAGES
from service.paging import Signer
from service.services import Services
from service.vault import Unreadable

STOP = "/mail/stop"
_PURPOSE = "stop mail"


async def put(services: Services, enterprise: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Keeps the address, encrypted, and begins anew where mail was refused or ended. Raises Problem."""
    now = instant(services.clock.now())
    async with services.db.write() as c:
        await _check_enterprise(c, enterprise)
        language = asked["language"] or LANGUAGES[0]
        await store.put(c, enterprise, services.vault.closed(asked["address"]), language, now)
        return _shown(services, await existing(c, enterprise))


async def get(services: Services, enterprise: str) -> dict[str, Any]:
    """The mailbox as it stands. Raises Problem (`not_found`)."""
    async with services.db.read() as c:
        await _check_enterprise(c, enterprise)
        return _shown(services, await existing(c, enterprise))


async def remove(services: Services, enterprise: str) -> None:
    """Forgets the address. Raises Problem (`not_found`)."""
    async with services.db.write() as c:
        if not await store.remove(c, enterprise):
            raise Problem("not_found", note=enterprise)


async def existing(c: AsyncConnection, enterprise: str) -> Mailbox:
    """The enterprise's mailbox. Raises Problem (`not_found`)."""
    mailbox = await store.found(c, enterprise)
    if mailbox is None:
        raise Problem("not_found", note=enterprise)
    return mailbox


async def _check_enterprise(c: AsyncConnection, enterprise: str) -> None:
    if not await enterprise_store.exists(c, enterprise):
        raise Problem("not_found", note=enterprise)


def _shown(services: Services, mailbox: Mailbox) -> dict[str, Any]:
    try:
        address: str | None = services.vault.opened(mailbox.address)
    except Unreadable:
        address = None
    names = ("language", "state", "sent_on", "error", "updated_at")
    return {"address": address, **{name: getattr(mailbox, name) for name in names}}


def stop_link(signer: Signer, public_url: str, enterprise: str) -> str:
    """The address that ends the digest by one click; nobody can make another's."""
    return f"{public_url}{STOP}?token={signer.sign({'for': _PURPOSE, 'enterprise': enterprise})}"


def stopped_by(signer: Signer, token: str) -> str | None:
    """The enterprise that a link is about; None for a link that is none of ours."""
    try:
        content = signer.open(token)
    except Problem:
        return None
    return str(content["enterprise"]) if content.get("for") == _PURPOSE else None


async def stop(services: Services, enterprise: str) -> str:
    """No more digests there; the language in which to say so. May be repeated."""
    async with services.db.write() as c:
        await store.stop(c, enterprise, instant(services.clock.now()))
        return await language_of(c, enterprise)


async def language_of(c: AsyncConnection, enterprise: str) -> str:
    """The language of the enterprise's mails."""
    mailbox = await store.found(c, enterprise)
    return LANGUAGES[0] if mailbox is None else mailbox.language
