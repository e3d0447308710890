"""An enterprise's inbox: what it was told, oldest first, what it has read and what it will not hear of again.

Tells nothing itself. What is told to whom is telling.py's and looking.py's business.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.enterprises import store as enterprise_store
from service.errors import Problem
from service.instants import instant
from service.push import inbox_store
from service.push.wording import Kept, said
from service.services import Services


async def inbox(
    c: AsyncConnection, enterprise: str, after: str | None, at: str | None, limit: int, lang: str | None
) -> list[dict[str, Any]]:
    """Notifications beyond where a page ended, else beyond `after`. Raises Problem (`not_found`)."""
    number = await beyond(c, enterprise, at or after)
    return [shown(each, lang) for each in await inbox_store.inbox(c, enterprise, number, limit)]


async def beyond(c: AsyncConnection, enterprise: str, notification: str | None) -> int:
    """The number of a notification of the enterprise, 0 for none. Raises Problem (`not_found`)."""
    if not await enterprise_store.exists(c, enterprise):
        raise Problem("not_found", note=enterprise)
    number = 0 if notification is None else await inbox_store.number_of(c, enterprise, notification)
    if number is None:
        raise Problem("not_found", note=str(notification)[:80])
    return number


def shown(notification: dict[str, Any], lang: str | None = None) -> dict[str, Any]:
    """A notification as an answer and the stream tell it, in a language; as it was told without one."""
    found = {name: value for name, value in notification.items() if name != "seq"}
    kept = Kept(*(notification[name] for name in ("type", "title", "part", "data")))
    words = None if lang is None else said(kept, lang)
    return found if words is None else {**found, "title": words[0], "text": words[1]}


async def read(services: Services, enterprise: str, notification: str) -> dict[str, Any]:
    """Marks a notification as read and answers it. Raises Problem (`not_found`)."""
    async with services.db.write() as c:
        await inbox_store.mark_read(c, enterprise, notification, instant(services.clock.now()))
        found = await inbox_store.one(c, enterprise, notification)
    if found is None:
        raise Problem("not_found", note=notification)
    return shown(found)
