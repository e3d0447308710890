"""Endpoints of webhooks: registered, changed, rotated, forgotten; their deliveries sent again.

Decides what an endpoint may be. Looks up where addresses lead, and sends nothing.
"""

from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.faults import Refused
from service.errors import Problem
from service.ids import uuid7
from service.instants import instant
from service.outgoing.addresses import BadAddress
from service.outgoing.guard import bad_url
from service.push import deliveries_store, signing
from service.push import endpoints_store as store
from service.push.endpoints_store import ACTIVE, DISABLED, PAUSED, Webhook
from service.services import Services

OLD_VALID = timedelta(hours=24)
BY_HAND = "by hand"


async def check_address(services: Services, url: str | None) -> None:
    """Looks up where the address leads now. Raises Refused (`bad_url` at `/url`)."""
    if url is None:
        return
    try:
        await services.outgoing.guard.check(url)
    except BadAddress as bad:
        raise Refused([bad_url("/url", bad)]) from None


async def create(services: Services, c: AsyncConnection, asked: Mapping[str, Any]) -> tuple[Webhook, str]:
    """A new endpoint and its secret, which nobody can read again. Raises Problem (`not_found`)."""
    await _check_enterprises(c, asked["enterprise_ids"])
    now, secret = services.clock.now(), signing.new_secret()
    webhook = Webhook(
        id=uuid7(now),
        url=asked["url"],
        events=_set(asked["events"]),
        enterprises=_set(asked["enterprise_ids"]),
        state=ACTIVE,
        reason=None,
        secret=services.vault.closed(secret),
        old_secret=None,
        old_until=None,
        failing_since=None,
        created_at=instant(now),
        updated_at=instant(now),
        lang=asked["lang"],
    )
    await store.add(c, webhook)
    return webhook, secret


async def change(
    c: AsyncConnection, name: str, asked: Mapping[str, Any], given: Set[str], now: datetime
) -> Webhook:
    """Changes what is `given`; null takes a restriction away. Raises Problem (`not_found`)."""
    webhook = await existing(c, name, to_change=True)
    await _check_enterprises(c, asked["enterprise_ids"])
    changes: dict[str, Any] = {"updated_at": instant(now)}
    if asked["url"] is not None:
        changes["url"] = asked["url"]
    if "events" in given:
        changes["events"] = _set(asked["events"])
    if "lang" in given:
        changes["lang"] = asked["lang"]
    if "enterprise_ids" in given:
        changes["enterprises"] = _set(asked["enterprise_ids"])
    if asked["state"] is not None and asked["state"] != webhook.state:
        reason = BY_HAND if asked["state"] == PAUSED else None
        changes |= {"state": asked["state"], "reason": reason, "failing_since": None}
    changed = replace(webhook, **changes)
    await store.change(c, changed)
    return changed


async def rotate(services: Services, c: AsyncConnection, name: str) -> str:
    """A new secret; what is sent is signed with the old one too for a day. Raises Problem (`not_found`)."""
    webhook = await existing(c, name, to_change=True)
    now, secret = services.clock.now(), signing.new_secret()
    changed = replace(
        webhook,
        secret=services.vault.closed(secret),
        old_secret=webhook.secret,
        old_until=instant(now + OLD_VALID),
        updated_at=instant(now),
    )
    await store.change(c, changed)
    return secret


async def remove(c: AsyncConnection, name: str) -> None:
    """Forgets the endpoint and its deliveries. Raises Problem (`not_found`)."""
    await existing(c, name)
    await store.remove(c, name)


async def replay_failed(c: AsyncConnection, name: str, since: datetime) -> int:
    """Sends again what has failed for good since then; how many. Raises Problem (`not_found`, `conflict`)."""
    _check_taking(await existing(c, name))
    return await deliveries_store.all_failed_again(c, name, instant(since.astimezone(UTC)))


async def replay(c: AsyncConnection, name: str) -> dict[str, Any]:
    """Sends one delivery again, or now if it waits. Raises Problem (`not_found`, `conflict`)."""
    found = await deliveries_store.one(c, name)
    if found is None:
        raise Problem("not_found", note=name)
    _check_taking(await existing(c, found["webhook_id"]))
    if found["state"] != "sending" and not await deliveries_store.again(c, name):
        raise Problem("conflict", note="Recalled or paused.", note_zh="该发送已撤回或已暂停。")
    return await deliveries_store.one(c, name) or found


async def existing(c: AsyncConnection, name: str, *, to_change: bool = False) -> Webhook:
    """The endpoint. Raises Problem (`not_found`)."""
    webhook = await store.one(c, name, to_change=to_change)
    if webhook is None:
        raise Problem("not_found", note=name)
    return webhook


def shown(webhook: Webhook) -> dict[str, Any]:
    """The endpoint as others see it, without its secrets."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": _list(webhook.events),
        "enterprise_ids": _list(webhook.enterprises),
        "lang": webhook.lang,
        "state": webhook.state,
        "reason": webhook.reason,
        "failing_since": webhook.failing_since,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
    }


async def _check_enterprises(c: AsyncConnection, names: list[str] | None) -> None:
    unknown = await store.unknown_enterprises(c, names) if names else []
    if unknown:
        raise Problem("not_found", note=unknown[0])


def _check_taking(webhook: Webhook) -> None:
    if webhook.state == DISABLED:
        note_zh = "推送地址已停用，请先恢复为 active。"
        raise Problem("conflict", note="The endpoint is disabled; make it active first.", note_zh=note_zh)


def _set(names: list[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _list(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)
