"""The SQL of what the push has looked at: each enterprise's profile, and what is material of each measure.

Runs inside the caller's transaction. Decides nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_reading import read_json
from policies.json_writing import to_json
from service.database.pieces import pieces
from service.database.tables import enterprises, jobs, looks, measures_seen

_OPEN_JOBS = ("queued", "running", "failed")


@dataclass(frozen=True)
class Looked:
    """An enterprise as it is now, and as it was when its matches were last looked at (None: never)."""

    enterprise: str
    version: int
    profile: dict[str, Any]
    updated_at: str
    before: dict[str, Any] | None
    as_of: str | None
    catalogue: int | None
    seen_version: int | None


@dataclass(frozen=True)
class Seen:
    """What was seen of a measure at a catalogue version; no material: it was gone."""

    measure: str
    version: int
    material: str | None


async def one(c: AsyncConnection, enterprise: str) -> Looked | None:
    """The enterprise; None when there is none."""
    found = await _looked(c, enterprises.c.id == enterprise, 1)
    return found[0] if found else None


async def not_looked_at(c: AsyncConnection, today: str, after: str, limit: int) -> list[Looked]:
    """Enterprises beyond `after`, by id, that nobody has looked at today as they are now."""
    return await _looked(c, (enterprises.c.id > after) & _is_late(today), limit)


async def count_not_looked_at(c: AsyncConnection, today: str) -> int:
    """How many there are of them."""
    joined = enterprises.outerjoin(looks, looks.c.enterprise_id == enterprises.c.id)
    query = select(func.count()).select_from(joined).where(_is_late(today))
    return int((await c.execute(query)).scalar_one())


def _is_late(today: str) -> Any:
    return or_(looks.c.as_of.is_(None), looks.c.as_of < today, looks.c.version != enterprises.c.version)


async def _looked(c: AsyncConnection, which: Any, limit: int) -> list[Looked]:
    columns = (
        enterprises.c.id,
        enterprises.c.version,
        enterprises.c.profile,
        enterprises.c.updated_at,
        looks.c.profile,
        looks.c.as_of,
        looks.c.catalogue,
        looks.c.version,
    )
    joined = enterprises.outerjoin(looks, looks.c.enterprise_id == enterprises.c.id)
    query = select(*columns).select_from(joined).where(which).order_by(enterprises.c.id).limit(limit)
    return [
        Looked(row[0], row[1], _object(row[2]), row[3], _object(row[4]) if row[7] else None, *row[5:8])
        for row in await c.execute(query)
    ]


async def has_looked(c: AsyncConnection, looked: Looked, as_of: str, now: str) -> bool:
    """Keeps the profile that was looked at; False when another looked or the profile was written since."""
    query = (
        select(enterprises.c.version, looks.c.version, looks.c.as_of)
        .select_from(enterprises.outerjoin(looks, looks.c.enterprise_id == enterprises.c.id))
        .where(enterprises.c.id == looked.enterprise)
    )
    row = (await c.execute(query)).one_or_none()
    if row is None or tuple(row) != (looked.version, looked.seen_version, looked.as_of):
        return False
    values = {"version": looked.version, "profile": to_json(looked.profile), "as_of": as_of, "looked_at": now}
    mine = looks.c.enterprise_id == looked.enterprise
    done = await c.execute(update(looks).where(mine).values(**values))
    if not done.rowcount:
        await c.execute(insert(looks).values(enterprise_id=looked.enterprise, catalogue=0, **values))
    return True


async def to_be_summed_up(c: AsyncConnection, names: Sequence[str]) -> dict[str, int]:
    """Enterprises that nobody has looked at, and the catalogue version that their first look is at."""
    found: dict[str, int] = {}
    for piece in pieces(names):
        some = looks.c.enterprise_id.in_(piece) & (looks.c.version == 0)
        query = select(looks.c.enterprise_id, looks.c.catalogue).where(some)
        found |= {row[0]: row[1] for row in await c.execute(query)}
    return found


async def seen_of(c: AsyncConnection, documents: Sequence[str]) -> dict[str, dict[str, Seen]]:
    """What was seen of the measures of these documents, by document and measure."""
    found: dict[str, dict[str, Seen]] = {document: {} for document in documents}
    columns = (measures_seen.c.document_id, measures_seen.c.measure_id)
    rest = (measures_seen.c.version, measures_seen.c.material)
    for piece in pieces(documents):
        some = measures_seen.c.document_id.in_(piece)
        for row in await c.execute(select(*columns, *rest).where(some)):
            found[row[0]][row[1]] = Seen(*row[1:])
    return found


async def see(
    c: AsyncConnection,
    version: int,
    rows: Iterable[tuple[str, str, str | None]],
    seen: Mapping[str, Mapping[str, Seen]],
    now: str,
) -> None:
    """Keeps what is material of these (document, measure) at the version, unless a later one was seen."""
    new = [
        {"measure_id": name, "document_id": document, "version": version, "material": digest, "seen_at": now}
        for document, name, digest in rows
        if name not in seen[document] or seen[document][name].version < version
    ]
    known = [row["measure_id"] for row in new if row["measure_id"] in seen[str(row["document_id"])]]
    for piece in pieces(known):
        some = measures_seen.c.measure_id.in_(piece)
        await c.execute(delete(measures_seen).where(some))
    if new:
        await c.execute(insert(measures_seen), new)


async def told_before(c: AsyncConnection, kind: str, document: str, version: int) -> bool:
    """Whether telling of an earlier version of the document is still to be done, or has failed."""
    mine = (jobs.c.kind == kind) & (jobs.c.topic == document) & jobs.c.state.in_(_OPEN_JOBS)
    rows = await c.execute(select(jobs.c.payload).where(mine))
    return any(_object(row[0]).get("version", 0) < version for row in rows)


def _object(text: str) -> dict[str, Any]:
    value = read_json(text.encode())
    if not isinstance(value, dict):
        raise TypeError("stored text is no object")
    return value
