"""How an endpoint stands after what came of attempts: failing, paused after long failure, disabled by itself.

One success makes it well again. Others are told when it is not sent to any more.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.facts import LANGUAGES
from policies.leaf_words import traditional
from service.ids import uuid7
from service.instants import instant
from service.push import deliveries_store
from service.push import endpoints_store as store
from service.push.endpoints_store import ACTIVE, DISABLED, PAUSED, Webhook
from service.push.message_types import ENDPOINT_DISABLED
from service.push.sending import Came
from service.push.wording import ENGLISH

LONG = timedelta(days=5)
FAILING, GONE = "failing", "gone"
_SAID = {
    FAILING: (
        "推送地址连续五天没有成功接收，已暂停推送。",
        "The endpoint has taken nothing for five days; it is paused.",
    ),
    GONE: (
        "推送地址回答 410，不再接收，已停用。",
        "The endpoint answered 410: it wants no more, and is disabled.",
    ),
}
log = structlog.get_logger("huiqi.deliver")


async def after(c: AsyncConnection, webhook: Webhook, came: Sequence[Came], now: datetime) -> Webhook:
    """The endpoint as it stands after these outcomes, written where it changed."""
    if not came or webhook.state != ACTIVE or not _matters(webhook, came, now):
        return webhook
    locked = await store.one(c, webhook.id, to_change=True)
    return webhook if locked is None else await _changed(c, locked, came, now)


def _matters(webhook: Webhook, came: Sequence[Came], now: datetime) -> bool:
    """Whether anything changes: nothing for an endpoint that is well and answered well."""
    if "gone" in came or (webhook.failing_since is None) != ("delivered" in came):
        return True
    return webhook.failing_since is not None and webhook.failing_since <= instant(now - LONG)


async def _changed(c: AsyncConnection, webhook: Webhook, came: Sequence[Came], now: datetime) -> Webhook:
    if webhook.state != ACTIVE:
        return webhook
    if "gone" in came:
        return await _stopped(c, webhook, DISABLED, GONE, now)
    if "delivered" in came:
        return await _since(c, webhook, None)
    if webhook.failing_since is None:
        return await _since(c, webhook, instant(now))
    if webhook.failing_since <= instant(now - LONG):
        return await _stopped(c, webhook, PAUSED, FAILING, now)
    return webhook


async def _since(c: AsyncConnection, webhook: Webhook, failing_since: str | None) -> Webhook:
    if webhook.failing_since == failing_since:
        return webhook
    changed = replace(webhook, failing_since=failing_since)
    await store.change(c, changed)
    return changed


async def _stopped(c: AsyncConnection, webhook: Webhook, state: str, reason: str, now: datetime) -> Webhook:
    changed = replace(webhook, state=state, reason=reason, updated_at=instant(now))
    await store.change(c, changed)
    if state == DISABLED:
        await deliveries_store.bury(c, webhook.id, "the endpoint is disabled")
    messages = {lang: _message(changed, now, lang) for lang in LANGUAGES}
    told = await store.tell_of_disabled(c, webhook.id, messages, uuid7(now), now)
    log.warning("endpoint stopped", webhook=webhook.id, state=state, reason=reason, told=told)
    return changed


def _message(webhook: Webhook, now: datetime, lang: str) -> dict[str, object]:
    """What other endpoints are told of it; its address stays its own."""
    text = _SAID[webhook.reason or FAILING][lang == ENGLISH]
    data = {
        "notification_id": None,
        "enterprise_id": None,
        "measure": None,
        "part": None,
        "text": traditional(text) if lang == "zh-Hant" else text,
        "webhook": {"id": webhook.id, "state": webhook.state, "reason": webhook.reason},
    }
    return {"type": ENDPOINT_DISABLED, "timestamp": instant(now), "data": data}
