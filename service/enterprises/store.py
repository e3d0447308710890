"""The SQL of enterprises: profiles, their vectors, and the order in which both change.

Runs inside the caller's transaction. Every change takes the next number of one sequence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, cast, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_reading import read_json
from policies.json_writing import to_json
from policies.profiles import Profile
from service.database.tables import (
    consents,
    enterprise_vectors,
    enterprises,
    events,
    impressions,
    looks,
    mailboxes,
    meta,
    notifications,
    tellings,
    withheld,
)

SEQUENCE, CATALOGUE = "enterprise_seq", "catalogue_version"
# An id that no enterprise can have, with a row of its own for which nothing is matched: see push/canary.py.
CANARY = "~canary"
_REAL = enterprises.c.id != CANARY
_AT_ONCE = 300
_BELOW = (
    notifications,
    tellings,
    looks,
    consents,
    withheld,
    mailboxes,
    enterprise_vectors,
    events,
    impressions,
)


@dataclass(frozen=True)
class Stored:
    """An enterprise as it is kept; `profile` is plain JSON as sent."""

    id: str
    demo: bool
    profile: dict[str, Any]
    version: int


def plain(profile: Profile) -> dict[str, Any]:
    """The profile as the JSON that is kept and echoed."""
    own = {"name": profile.name, "credit_code": profile.credit_code, "text": profile.text}
    return {**own, **profile.as_sent()}


async def found(c: AsyncConnection, enterprise: str) -> Stored | None:
    """The enterprise; None when there is none."""
    columns = (enterprises.c.id, enterprises.c.demo, enterprises.c.profile, enterprises.c.version)
    row = (await c.execute(select(*columns).where(_REAL, enterprises.c.id == enterprise))).one_or_none()
    return None if row is None else Stored(row[0], bool(row[1]), _object(row[2]), row[3])


async def exists(c: AsyncConnection, enterprise: str) -> bool:
    """Whether there is such an enterprise."""
    query = select(enterprises.c.id).where(_REAL, enterprises.c.id == enterprise)
    return (await c.execute(query)).one_or_none() is not None


async def listed(c: AsyncConnection, after: str, limit: int) -> list[dict[str, Any]]:
    """Id, name and whether it is a demo, by id beyond `after`."""
    columns = (enterprises.c.id, enterprises.c.name, enterprises.c.demo)
    query = select(*columns).where(_REAL, enterprises.c.id > after).order_by(enterprises.c.id).limit(limit)
    return [{"id": row[0], "name": row[1], "demo": bool(row[2])} for row in await c.execute(query)]


async def add(c: AsyncConnection, enterprise: str, profile: dict[str, Any], now: str, demo: bool) -> int:
    """A new enterprise, at which nobody has looked; its version.

    The first look is at the catalogue as it is now: it may not change until this is committed.
    """
    written = await _written(c, profile, now)
    await c.execute(insert(enterprises).values(id=enterprise, demo=demo, **written))
    at = select(cast(meta.c.value, Integer)).where(meta.c.key == CATALOGUE).with_for_update(read=True)
    first = {"version": 0, "profile": "{}", "as_of": now[:10], "looked_at": now}
    catalogue = (await c.execute(at)).scalar_one()
    await c.execute(insert(looks).values(enterprise_id=enterprise, catalogue=catalogue, **first))
    return int(written["version"])


async def replace(c: AsyncConnection, stored: Stored, profile: dict[str, Any], now: str) -> int:
    """Another profile of a known enterprise; its version."""
    written = await _written(c, profile, now)
    await c.execute(update(enterprises).where(enterprises.c.id == stored.id).values(**written))
    return int(written["version"])


async def _written(c: AsyncConnection, profile: dict[str, Any], now: str) -> dict[str, Any]:
    written = {"name": profile["name"], "profile": to_json(profile), "updated_at": now}
    number = await next_number(c)
    return {**written, "seq": number, "version": number}  # never again, also of an id that was deleted


async def remove(c: AsyncConnection, enterprise: str) -> bool:
    """Removes the enterprise with all that is kept of it; whether it was there."""
    for table in _BELOW:
        await c.execute(delete(table).where(table.c.enterprise_id == enterprise))
    result = await c.execute(delete(enterprises).where(enterprises.c.id == enterprise))
    await next_number(c)
    return result.rowcount > 0


async def next_number(c: AsyncConnection) -> int:
    """The sequence's next number; grows with every change of a profile or a vector."""
    grown = await number(c) + 1
    await c.execute(update(meta).where(meta.c.key == SEQUENCE).values(value=str(grown)))
    return grown


async def number(c: AsyncConnection) -> int:
    """The sequence's last number."""
    query = select(meta.c.value).where(meta.c.key == SEQUENCE)
    return int((await c.execute(query)).scalar_one())


async def profiles_of(c: AsyncConnection, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The profiles of those of the enterprises that exist, by id."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = _REAL & enterprises.c.id.in_(names[start : start + _AT_ONCE])
        rows = await c.execute(select(enterprises.c.id, enterprises.c.profile).where(some))
        found |= {row[0]: _object(row[1]) for row in rows}
    return found


async def next_written(c: AsyncConnection, since: int, most: int) -> list[tuple[int, str, str]]:
    """Number, id and profile as JSON text of the next that were written after a number of the sequence."""
    columns = (enterprises.c.seq, enterprises.c.id, enterprises.c.profile)
    query = select(*columns).where(_REAL, enterprises.c.seq > since).order_by(enterprises.c.seq).limit(most)
    return [(row[0], row[1], row[2]) for row in await c.execute(query)]


async def ids(c: AsyncConnection) -> set[str]:
    """The ids of all enterprises."""
    return set((await c.execute(select(enterprises.c.id).where(_REAL))).scalars())


async def count(c: AsyncConnection) -> int:
    """How many enterprises there are."""
    return int((await c.execute(select(func.count()).select_from(enterprises).where(_REAL))).scalar_one())


def _object(text: str) -> dict[str, Any]:
    value = read_json(text.encode())
    if not isinstance(value, dict):
        raise TypeError("a stored profile is no object")
    return value
