"""The SQL of enterprises' vectors: whose are still to be made, what each encoder made, what is forgotten.

Runs inside the caller's transaction. A vector stands under its encoder, with the hash of the text behind it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Select, and_, bindparam, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from index.e5_file import Floats
from policies.json_reading import read_json
from service.database.pieces import pieces
from service.database.tables import enterprise_vectors, enterprises
from service.enterprises.store import CANARY, next_number

_kept = enterprise_vectors.c


@dataclass(frozen=True)
class Due:
    """An enterprise without a vector, or whose profile was written after it was made.

    `number`: of the sequence, when the profile was written. `text_sha`: of the text behind the vector.
    """

    id: str
    number: int
    profile: Any
    text_sha: str | None


async def due(c: AsyncConnection, encoder: str, after: str, limit: int) -> list[Due]:
    """The next beyond `after` that are due, by id."""
    query = _due(encoder, enterprises.c.id, enterprises.c.seq, enterprises.c.profile, _kept.text_sha)
    rows = await c.execute(query.where(enterprises.c.id > after).order_by(enterprises.c.id).limit(limit))
    return [Due(row[0], row[1], read_json(row[2].encode()), row[3]) for row in rows]


async def due_one(c: AsyncConnection, encoder: str, enterprise: str) -> list[Due]:
    """The enterprise if it is due."""
    query = _due(encoder, enterprises.c.id, enterprises.c.seq, enterprises.c.profile, _kept.text_sha)
    rows = await c.execute(query.where(enterprises.c.id == enterprise))
    return [Due(row[0], row[1], read_json(row[2].encode()), row[3]) for row in rows]


async def count_due(c: AsyncConnection, encoder: str) -> int:
    """How many are due."""
    return int((await c.execute(_due(encoder, func.count()))).scalar_one())


def _due(encoder: str, *columns: Any) -> Select[Any]:
    mine = and_(_kept.enterprise_id == enterprises.c.id, _kept.encoder == encoder)
    late = or_(_kept.seq.is_(None), _kept.seq < enterprises.c.seq)
    joined = enterprises.outerjoin(enterprise_vectors, mine)
    return select(*columns).select_from(joined).where(enterprises.c.id != CANARY, late)


async def unchanged(c: AsyncConnection, read: Sequence[Due]) -> set[str]:
    """Those of them whose profile is still the one that was read."""
    query = select(enterprises.c.id, enterprises.c.seq).where(enterprises.c.id.in_([one.id for one in read]))
    now = {row[0]: row[1] for row in await c.execute(query)}
    return {one.id for one in read if now.get(one.id) == one.number}


async def put(c: AsyncConnection, encoder: str, made: Mapping[str, tuple[str, Floats]]) -> None:
    """Vectors with their texts' hashes, by enterprise. What others made of another text is forgotten."""
    await drop(c, encoder, list(made))
    query = select(_kept.enterprise_id, _kept.encoder, _kept.text_sha).where(
        _kept.enterprise_id.in_(list(made))
    )
    other = [(row[0], row[1]) for row in await c.execute(query) if row[2] != made[row[0]][0]]
    if other:
        await forget(c, other)
    rows = [
        {"enterprise_id": name, "encoder": encoder, "text_sha": sha, "vector": _packed(vector)}
        for name, (sha, vector) in made.items()
    ]
    if rows:
        number = await next_number(c)
        await c.execute(insert(enterprise_vectors), [{**row, "seq": number} for row in rows])


async def confirm(c: AsyncConnection, encoder: str, names: Sequence[str]) -> None:
    """Their texts are what they were: these vectors are of now."""
    if not names:
        return
    mine = (bindparam("name") == _kept.enterprise_id) & (_kept.encoder == encoder)
    number = await next_number(c)
    await c.execute(update(enterprise_vectors).where(mine).values(seq=number), [{"name": n} for n in names])


async def drop(c: AsyncConnection, encoder: str, names: Sequence[str]) -> None:
    """What this encoder made of them is no more."""
    for some in pieces(names):
        mine = _kept.enterprise_id.in_(some) & (_kept.encoder == encoder)
        await c.execute(delete(enterprise_vectors).where(mine))
    if names:
        await next_number(c)


async def others(c: AsyncConnection, encoders: Collection[str], most: int) -> list[tuple[str, str]]:
    """Enterprise and encoder of at most so many vectors that none of these encoders made."""
    made = _kept.encoder.not_in(list(encoders))
    rows = await c.execute(select(_kept.enterprise_id, _kept.encoder).where(made).limit(most))
    return [(row[0], row[1]) for row in rows]


async def forget(c: AsyncConnection, keys: Sequence[tuple[str, str]]) -> None:
    """These vectors are no more, by enterprise and encoder."""
    if keys:
        await c.execute(
            delete(enterprise_vectors).where(tuple_(_kept.enterprise_id, _kept.encoder).in_(keys))
        )


async def changed(c: AsyncConnection, encoder: str, since: int) -> list[tuple[str, Floats]]:
    """Id and unit vector of what was encoded by this encoder after a number of the sequence."""
    query = select(_kept.enterprise_id, _kept.vector).where(_kept.encoder == encoder, _kept.seq > since)
    return [(row[0], np.frombuffer(row[1], np.float32)) for row in await c.execute(query)]


async def count(c: AsyncConnection, encoder: str) -> int:
    """How many enterprises have a vector of this encoder."""
    query = select(func.count()).select_from(enterprise_vectors).where(_kept.encoder == encoder)
    return int((await c.execute(query)).scalar_one())


async def names(c: AsyncConnection, encoder: str) -> set[str]:
    """The enterprises that have a vector of this encoder."""
    return set((await c.execute(select(_kept.enterprise_id).where(_kept.encoder == encoder))).scalars())


def _packed(vector: Floats) -> bytes:
    return np.ascontiguousarray(vector, np.float32).tobytes()
