"""All enterprises in memory, as far as matching needs them: columns of what they say and one vector each.

Catches up with the database by its sequence of changes. Holds no truth of its own and may be thrown away.
"""

import asyncio
from collections.abc import Sequence
from datetime import date

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from index.dense import EnterpriseIndex
from index.e5_file import Floats
from policies.facts import Registry
from policies.known import Known
from policies.profiles import profile_reader
from policies.reading import read
from service.enterprises import store, vectors_store
from service.enterprises.columns_keeper import ColumnsKeeper


class EnterpriseKeeper:
    """What all enterprises say as `columns`, and an index of the vectors that one encoder made."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._vectors: EnterpriseIndex | None = None
        self._encoder = ""
        self._seen_vectors = 0
        self._encoded: set[str] = set()
        self._turn = asyncio.Lock()
        self.columns = ColumnsKeeper(registry)

    async def known(self, c: AsyncConnection, names: Sequence[str], today: date) -> dict[str, Known]:
        """Those of a few enterprises that exist, as they are known today; nothing is kept of them."""
        reader = profile_reader(self._registry, today)
        found = await store.profiles_of(c, names)
        return {name: Known(read(reader, plain), self._registry, today) for name, plain in found.items()}

    async def vectors(self, c: AsyncConnection, encoder: str, dim: int) -> EnterpriseIndex:
        """The index of the vectors kept under this encoder's name, as of now."""
        async with self._turn:
            if self._vectors is None or self._encoder != encoder:
                self._vectors, self._encoder, self._seen_vectors = EnterpriseIndex(dim), encoder, 0
                self._encoded.clear()
            number = await store.number(c)
            if number != self._seen_vectors:
                await self._catch_up_vectors(c, self._vectors)
                self._seen_vectors = number
            return self._vectors

    async def _catch_up_vectors(self, c: AsyncConnection, index: EnterpriseIndex) -> None:
        changed = await vectors_store.changed(c, self._encoder, self._seen_vectors)
        if changed:
            index.put_all(dict(changed))
            self._encoded.update(name for name, _ in changed)
        if await vectors_store.count(c, self._encoder) != len(self._encoded):
            there = await vectors_store.names(c, self._encoder)
            for name in self._encoded - there:
                index.drop(name)
            self._encoded &= there


def nearest_first(names: Sequence[str], index: EnterpriseIndex | None, passages: Floats | None) -> list[str]:
    """The names by their cosine to the nearest of the passages, float32 [n, dim]; those without last."""
    ordered = sorted(names)
    if index is None or passages is None or not len(passages) or not ordered:
        return ordered
    cosines = np.stack([index.score(passage, ordered) for passage in passages]).max(axis=0)
    nearness = np.nan_to_num(cosines, nan=-2.0)
    return [ordered[place] for place in np.argsort(-nearness, kind="stable")]
