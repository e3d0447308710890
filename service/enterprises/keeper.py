"""All enterprises in memory, as far as matching needs them: their profiles and one vector each.

Catches up with the database by its sequence of changes. Holds no truth of its own and may be thrown away.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from index.dense import EnterpriseIndex
from index.e5_file import Floats
from policies.facts import Registry
from policies.profiles import Profile, profile_reader
from policies.reading import read
from service.enterprises import store
from service.enterprises.columns_keeper import ColumnsKeeper

_PAUSE_EVERY = 200  # profiles read before others get a turn


class EnterpriseKeeper:
    """Profiles by id, all of them as `columns`, and an index of the vectors that one encoder made."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._profiles: dict[str, Profile] = {}
        self._seen = 0
        self._vectors: EnterpriseIndex | None = None
        self._encoder = ""
        self._seen_vectors = 0
        self._encoded: set[str] = set()
        self._turn = asyncio.Lock()
        self.columns = ColumnsKeeper(registry)

    async def profiles(self, c: AsyncConnection, today: date) -> Mapping[str, Profile]:
        """Every profile as of now; the mapping is the caller's own."""
        async with self._turn:
            number = await store.number(c)
            if number != self._seen:
                await self._catch_up(c, today)
                self._seen = number
            return dict(self._profiles)

    async def _catch_up(self, c: AsyncConnection, today: date) -> None:
        reader = profile_reader(self._registry, today)
        for count, (name, plain) in enumerate(await store.changed_profiles(c, self._seen)):
            self._profiles[name] = read(reader, plain)
            if count % _PAUSE_EVERY == _PAUSE_EVERY - 1:
                await asyncio.sleep(0)
        if await store.count(c) != len(self._profiles):
            there = await store.ids(c)
            self._profiles = {name: kept for name, kept in self._profiles.items() if name in there}

    async def vectors(self, c: AsyncConnection, encoder: str, dim: int) -> EnterpriseIndex:
        """The index of this encoder's vectors as of now."""
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
        changed = await store.changed_vectors(c, self._encoder, self._seen_vectors)
        if changed:
            index.put_all(dict(changed))
            self._encoded.update(name for name, _ in changed)
        if await store.count_vectors(c, self._encoder) != len(self._encoded):
            there = await store.vector_ids(c, self._encoder)
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
