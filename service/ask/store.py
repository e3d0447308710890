"""The SQL of asking: vectors of passages, and how many asks there were on a day.

Runs inside the caller's transaction. Nothing of an anonymous ask is kept but its number.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from index.e5_file import Floats
from service.database.tables import asks, passage_vectors


async def vectors(c: AsyncConnection, encoder: str, hashes: Sequence[str]) -> dict[str, Floats]:
    """The vectors that this encoder made of texts, by the texts' sha256; absent where it has not yet."""
    found: dict[str, Floats] = {}
    columns = (passage_vectors.c.text_sha, passage_vectors.c.vector)
    for start in range(0, len(hashes), 500):
        chosen = passage_vectors.c.text_sha.in_(hashes[start : start + 500])
        rows = await c.execute(select(*columns).where(passage_vectors.c.encoder == encoder, chosen))
        found |= {row[0]: np.frombuffer(row[1], np.float32) for row in rows}
    return found


async def count(c: AsyncConnection, numbers: Mapping[tuple[str, str], int]) -> None:
    """Adds numbers of asks by (day, kind)."""
    for (day, kind), more in numbers.items():
        mine = (asks.c.day == day) & (asks.c.kind == kind)
        done = await c.execute(update(asks).where(mine).values(n=asks.c.n + more))
        if done.rowcount == 0:
            await c.execute(insert(asks).values(day=day, kind=kind, n=more))
