"""What an administrator does with the push of a document: pause it, let it go on, recall what is not sent.

Each may be done again and again. What was sent stays sent; the inbox keeps what it has.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import outbox
from service.errors import Problem
from service.instants import instant
from service.mail import store as mailboxes
from service.publishing import store as documents
from service.push import control_store, withheld_store
from service.push import pause_store as pauses

BY_HAND = "administrator"
MOST_LETTERS = 50


async def control(c: AsyncConnection, document: str, deed: str, now: datetime) -> dict[str, Any]:
    """Does one of DEEDS and counts deliveries; `telling`: more may come, as telling is not done.

    Raises Problem: `not_found`, `conflict` for a draft."""
    held = await documents.held(c, document)
    if held is None or deed not in DEEDS:
        raise Problem("not_found", note=document if held is None else deed)
    if held.status == "draft":
        raise Problem("conflict", note="A draft is not public yet.", note_zh="草稿尚未发布。")
    await DEEDS[deed](c, document, now)
    found = await control_store.numbers(c, document)
    telling = await control_store.is_to_be_told(c, document)
    return {**{name: found[name] for name in ("waiting", "sent", "recalled")}, "telling": telling}


async def reach(c: AsyncConnection, document: str) -> dict[str, Any]:
    """How far the push of a document has come, and what has failed in it. Raises Problem (`not_found`)."""
    if await documents.held(c, document) is None:
        raise Problem("not_found", note=document)
    told, dismissed = await control_store.told(c, document)
    found = await control_store.numbers(c, document)
    return {
        "told": told,
        "delivered": found["sent"],
        "waiting": found["waiting"],
        "telling": await control_store.is_to_be_told(c, document),
        "dead": found["failed"],
        "recalled": found["recalled"],
        "dismissed": dismissed,
        "paused": await control_store.paused(c, document),
        "dead_letters": await control_store.failures(c, document, MOST_LETTERS),
    }


async def _pause(c: AsyncConnection, document: str, now: datetime) -> None:
    await control_store.pause(c, document, BY_HAND, instant(now))
    await outbox.hold(c, document)


async def _resume(c: AsyncConnection, document: str, now: datetime) -> None:
    recalled = await control_store.recalled_up_to(c, document)
    lifted = await pauses.lift(c, document, instant(now))
    await outbox.free(c, document)
    version = await control_store.last_told(c, document)
    if lifted and version > recalled:
        told = {"document": document, "documents": [document], "version": version, "notify": True}
        await outbox.enqueue(c, control_store.TELL, told, now=now, topic=document)


async def _recall(c: AsyncConnection, document: str, now: datetime) -> None:
    await outbox.recall(c, document)
    await mailboxes.recall(c, document)
    await withheld_store.forget(c, document)
    await control_store.forget(c, document, await documents.version(c), instant(now))


Deed = Callable[[AsyncConnection, str, datetime], Awaitable[None]]
DEEDS: Mapping[str, Deed] = {"pause": _pause, "resume": _resume, "recall": _recall}
