"""Shelves in memory: the current one, and some older ones that cursors still pin.

Loads only what has changed since; the database is the truth, and this may be thrown away.
"""

import asyncio
from collections import OrderedDict
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.documents import Document, document_reader
from policies.facts import Registry
from policies.reading import read
from service.catalogue import store
from service.catalogue.shelf import Shelf

MOST_SHELVES = 4


class ShelfKeeper:
    """Hands out shelves by catalogue version; a new version is read once, whoever asks first."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._reader = document_reader(registry)
        self._shelves: OrderedDict[int, Shelf] = OrderedDict()
        self._documents: dict[tuple[str, int], Document] = {}
        self._turn = asyncio.Lock()

    async def current(self, c: AsyncConnection, as_of: date | None = None) -> Shelf:
        """The catalogue as it is now; `as_of` is a day to prepare."""
        return await self.at_version(c, await store.version(c), as_of)

    async def at_version(self, c: AsyncConnection, version: int, as_of: date | None = None) -> Shelf:
        """The catalogue as it was at a version that has been."""
        shelf = self._shelves.get(version)
        if shelf is None:
            async with self._turn:
                shelf = self._shelves.get(version) or await self._loaded(c, version, as_of)
        self._shelves.move_to_end(version)
        return shelf

    async def document(self, c: AsyncConnection, document: str, revision: int) -> Document:
        """One revision, whether it is live or not."""
        key = (document, revision)
        if key not in self._documents:
            found: Document = read(self._reader, (await store.contents(c, [key]))[key])
            return found
        return self._documents[key]

    async def _loaded(self, c: AsyncConnection, version: int, as_of: date | None) -> Shelf:
        live = await store.live_at(c, version)
        missing = [(one.document, one.revision) for one in live]
        contents = await store.contents(c, [key for key in missing if key not in self._documents])
        shelf = await asyncio.to_thread(self._built, version, live, contents, as_of)
        self._shelves[version] = shelf
        newest = max(self._shelves)
        while len(self._shelves) > MOST_SHELVES:
            del self._shelves[next(one for one in self._shelves if one != newest)]
        return shelf

    def _built(
        self,
        version: int,
        live: list[store.Live],
        contents: dict[tuple[str, int], dict[str, object]],
        as_of: date | None,
    ) -> Shelf:
        kept = dict(self._documents)
        kept |= {key: read(self._reader, content) for key, content in contents.items()}
        standing = [(kept[one.document, one.revision], one.since) for one in live]
        shelf = Shelf.of(version, standing, self.registry)
        self._documents = self._still_used(kept, live)
        return shelf.warmed(as_of) if as_of is not None else shelf

    def _still_used(
        self, kept: dict[tuple[str, int], Document], live: list[store.Live]
    ) -> dict[tuple[str, int], Document]:
        """Documents of the new shelf and of those in memory; others go."""
        wanted = {(one.document, one.revision) for one in live}
        on_shelves = {id(one.document) for shelf in self._shelves.values() for one in shelf.placed}
        return {key: one for key, one in kept.items() if key in wanted or id(one) in on_shelves}
