"""What an enterprise wishes: to hear of nothing, or not of some kinds; not of this measure again, and why.

When too many of those told of a measure say that it is not theirs, telling of it pauses by itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.outbox import enqueue
from service.enterprises import store as enterprise_store
from service.errors import Problem
from service.instants import instant
from service.paging import Signer
from service.push import consent_store as consents
from service.push import inbox_store, links, store
from service.push import pause_store as pauses
from service.push.actions import shown
from service.push.consent_store import Consent
from service.push.links import Wish
from service.push.looking import LOOK, ON_AGAIN
from service.push.message_types import TYPES
from service.services import Services

NOT_OURS = "not_ours"
REASONS = (NOT_OURS, "known", "too_small", "other")
# Of at least so many who were told, more than so many in a hundred: then the push of the measure pauses.
ENOUGH_TOLD, MOST_NOT_OURS = 20, 30
log = structlog.get_logger("huiqi.push")


async def consent(c: AsyncConnection, signer: Signer, enterprise: str) -> dict[str, Any]:
    """What may be told, and the links that turn it off by one click. Raises Problem (`not_found`)."""
    await _must_exist(c, enterprise)
    said = await consents.consent(c, enterprise)
    kinds = {kind: links.off(signer, enterprise, kind) for kind in TYPES}
    return {**said.shown(), "links": {"all": links.off(signer, enterprise), **kinds}}


async def put_consent(
    c: AsyncConnection,
    enterprise: str,
    everything: bool | None,
    types: Mapping[str, bool | None],
    now: datetime,
) -> None:
    """Keeps what may be told; what is not named may be. Raises Problem (`not_found`).

    When a kind is on again, a job tells what was withheld; whoever tells at this moment still withholds it.
    """
    await _must_exist(c, enterprise)
    named = {kind: wanted for kind, wanted in types.items() if wanted is not None}
    await store.lock(c)
    before, said = await consents.consent(c, enterprise), Consent(everything is not False, named)
    await consents.put(c, enterprise, said, instant(now))
    if any(before.covers(kind) and not said.covers(kind) for kind in TYPES):
        again = {"enterprise": enterprise, ON_AGAIN: True}
        await enqueue(c, LOOK, again, now=now, subject=enterprise)


async def dismiss(
    c: AsyncConnection, enterprise: str, notification: str, reason: str, now: datetime
) -> dict[str, Any]:
    """The measure of this notification is not told to the enterprise again; the notification.

    Raises Problem: `not_found`, and `conflict` for one that is about no single measure.
    """
    found = await inbox_store.one(c, enterprise, notification)
    if found is None:
        raise Problem("not_found", note=notification[:80])
    measure = found["measure_id"]
    if measure is None:
        raise Problem("conflict", note="It is about several measures.", note_zh="它涉及多项措施。")
    at = await store.dismiss(c, enterprise, measure, found["part"] or "", reason, instant(now))
    if reason == NOT_OURS:
        await _pause_what_misses(c, measure, now)
    return {**shown(found), "dismissed_at": at, "reason": reason}


async def _pause_what_misses(c: AsyncConnection, measure: str, now: datetime) -> None:
    told, not_ours = await store.dismissals(c, measure, NOT_OURS)
    if told < ENOUGH_TOLD or not_ours * 100 <= MOST_NOT_OURS * told:
        return
    if await pauses.pause_by_itself(c, measure, NOT_OURS, instant(now)):
        log.warning("push paused", measure=measure, told=told, not_ours=not_ours)


async def paused(c: AsyncConnection) -> list[dict[str, Any]]:
    """What is paused, why, and how many who were told dismissed it as not theirs."""
    found = []
    for each in await pauses.every(c):
        told, not_ours = await store.dismissals(c, each["subject"], NOT_OURS)
        found.append({**each, "told": told, "not_ours": not_ours})
    return found


async def wished(c: AsyncConnection, wish: Wish) -> dict[str, Any]:
    """What a link is for, and whether it is done. Raises Problem (`not_found`)."""
    await _must_exist(c, wish.enterprise)
    if wish.deed == links.OFF:
        said = await consents.consent(c, wish.enterprise)
        is_done = not said.all if wish.kind is None else said.covers(wish.kind)
        return {"deed": wish.deed, "type": wish.kind, "title": None, "reason": None, "done": is_done}
    found = await inbox_store.one(c, wish.enterprise, wish.notification or "")
    if found is None or found["measure_id"] is None:
        raise Problem("not_found", note="link")
    marks = await store.marks_of(c, {(wish.enterprise, found["measure_id"])})
    is_done = any(mark.dismissed_at is not None for mark in marks.values())
    title, reason = found["title"], wish.reason
    return {"deed": wish.deed, "type": None, "title": title, "reason": reason, "done": is_done}


async def fulfil(services: Services, c: AsyncConnection, wish: Wish) -> dict[str, Any]:
    """Does what a link is for; may be repeated. Raises Problem (`not_found`)."""
    now = services.clock.now()
    if wish.deed == links.DISMISS:
        await dismiss(c, wish.enterprise, wish.notification or "", wish.reason or "other", now)
        return await wished(c, wish)
    await _must_exist(c, wish.enterprise)
    said = await consents.consent(c, wish.enterprise)
    fewer = (
        Consent(False, said.types)
        if wish.kind is None
        else Consent(said.all, {**said.types, wish.kind: False})
    )
    await consents.put(c, wish.enterprise, fewer, instant(now))
    return await wished(c, wish)


async def _must_exist(c: AsyncConnection, enterprise: str) -> None:
    if not await enterprise_store.exists(c, enterprise):
        raise Problem("not_found", note=enterprise)
