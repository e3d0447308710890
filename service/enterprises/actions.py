"""What is done with enterprises: kept as sent, changed by patches, forgotten whole, shown resolved.

A changed text causes its encoding in the caller's one transaction. Opens none itself.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from index.passages import enterprise_text
from policies.facts import Registry
from policies.known import Known
from policies.profiles import Profile, patch_profile, read_profile
from service.database.outbox import enqueue
from service.enterprises import store
from service.enterprises.store import Stored
from service.errors import Problem
from service.instants import instant

ENCODE, LOOK = "enterprise.encode", "look"


async def put(
    c: AsyncConnection,
    registry: Registry,
    enterprise: str,
    profile: Profile,
    now: datetime,
    *,
    demo: bool = False,
) -> bool:
    """Keeps a profile whole; whether the enterprise is new."""
    known = await store.found(c, enterprise)
    if known is not None:
        await _replace(c, registry, known, profile, now)
        return False
    version = await store.add(c, enterprise, store.plain(profile), instant(now), demo)
    await enqueue(c, ENCODE, {"enterprise": enterprise}, now=now)
    await _look(c, enterprise, version, now)
    return True


async def patch(
    c: AsyncConnection, registry: Registry, enterprise: str, changes: object, now: datetime, today: date
) -> None:
    """Replaces each named fact and answer whole. Raises Problem (`not_found`) and Refused."""
    known = await existing(c, enterprise)
    changed = patch_profile(_read(known, registry, today), changes, registry, today=today)
    await _replace(c, registry, known, changed, now)


async def _replace(
    c: AsyncConnection, registry: Registry, known: Stored, profile: Profile, now: datetime
) -> None:
    plain = store.plain(profile)
    if plain == known.profile:
        return
    version = await store.replace(c, known, plain, instant(now))
    await _look(c, known.id, version, now)
    before = _read(known, registry, now.date())
    if enterprise_text(before, registry) != enterprise_text(profile, registry):
        await enqueue(c, ENCODE, {"enterprise": known.id}, now=now)


async def _look(c: AsyncConnection, enterprise: str, version: int, now: datetime) -> None:
    """What the profile makes available is told by a job, which is due once for each profile."""
    await enqueue(c, LOOK, {"enterprise": enterprise}, now=now, key=f"look/{enterprise}/{version}")


async def remove(c: AsyncConnection, enterprise: str) -> None:
    """Forgets the enterprise and everything below it. Raises Problem (`not_found`)."""
    if not await store.remove(c, enterprise):
        raise Problem("not_found")


async def existing(c: AsyncConnection, enterprise: str) -> Stored:
    """The enterprise. Raises Problem (`not_found`)."""
    known = await store.found(c, enterprise)
    if known is None:
        raise Problem("not_found")
    return known


def shown(stored: Stored, registry: Registry, today: date) -> dict[str, Any]:
    """The enterprise as GET answers it: as sent, and what follows from it today."""
    known = Known(_read(stored, registry, today), registry, today)
    seen = {"resolved": known.resolved(), "derived": known.derived(), "demo": stored.demo}
    return {"id": stored.id, **stored.profile, **seen}


def _read(stored: Stored, registry: Registry, today: date) -> Profile:
    return read_profile(stored.profile, registry, today=today)
