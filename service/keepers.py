"""What a process holds in memory for asking: the encoder, and the index with what changed since.

All of it is made anew from files and the database; while a part is missing, answers say so and go on.
"""

import asyncio
import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from index import generation
from index.e5_file import Floats, WrongFile
from index.encoder import DEFAULT, Encoder, EncoderFailed, EncoderMissing, materialise, open_encoder
from index.encoding import kept_under
from index.generation import Damaged, Manifest
from index.hybrid import HybridIndex
from index.passages import Entry, entry_of
from policies.facts import Registry
from service.ask import store
from service.catalogue.shelf import Placed, Shelf
from service.wake import Wake

PartState = Literal["ok", "loading", "down", "off"]
NO_ENCODER = "none"
AGAIN_S = 10.0
PENDING_S = 0.2
REDIS_S, REDIS_WAIT_S = 0.5, 0.05
_log = structlog.get_logger(__name__)


def text_sha(text: str) -> str:
    """What a passage's or a profile's vector is kept under."""
    return hashlib.sha256(text.encode()).hexdigest()


class EncoderKeeper:
    """One encoder, opened by a thread of its own; until then, and after a failure, there is none."""

    def __init__(self, spec: str, folder: Path) -> None:
        """`spec` is DEFAULT, NO_ENCODER, or what sentence-transformers loads; nothing is opened yet."""
        self._spec, self._folder = spec, folder
        self._encoder: Encoder | None = None
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._cut_before = self._cut_told = 0
        self.turn = asyncio.Lock()  # held for a batch, so that nothing is encoded twice at once
        self.state: PartState = "off" if spec == NO_ENCODER else "loading"

    @property
    def ready(self) -> bool:
        """Whether texts can be encoded now."""
        return self._encoder is not None

    @property
    def encoder(self) -> Encoder | None:
        """The encoder, while there is one."""
        return self._encoder

    @property
    def cut(self) -> int:
        """How many texts were longer than the encoder reads, since the process began."""
        return self._cut_before + (0 if self._encoder is None else self._encoder.truncated)

    def newly_cut(self) -> int:
        """How many of them since this was last asked."""
        more, self._cut_told = self.cut - self._cut_told, self.cut
        return more

    def failed(self, encoder: Encoder) -> None:
        """What this one was asked went wrong: it is let go, and another is opened in its place."""
        if self._encoder is not encoder or self._closing.is_set():
            return
        self._cut_before = self.cut
        self._encoder, self.state, self._thread = None, "down", None
        self.start(encoder)

    def start(self, before: Encoder | None = None) -> None:
        """Begins to open the encoder, after closing the one before; returns at once."""
        if self._spec != NO_ENCODER and self._thread is None:
            self._thread = threading.Thread(target=self._open, args=(before,), name="encoder", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Ends the thread and frees the model."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout=1)
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            encoder.close()

    async def query(self, text: str) -> Floats | None:
        """The vector of what somebody needs, float32 [dim]; None while there is no encoder."""
        encoder = self._encoder
        if encoder is None or not text.strip():
            return None
        try:
            vectors = await asyncio.to_thread(encoder.queries, [text])
        except EncoderFailed as failure:
            _log.warning("encoder failed", reason=str(failure))
            self.failed(encoder)
            return None
        return np.asarray(vectors[0], np.float32)

    def _open(self, before: Encoder | None) -> None:
        if before is not None:
            before.close()
        while not self._closing.is_set():
            try:
                if self._spec == DEFAULT:
                    materialise(self._folder)
                opened = open_encoder(self._spec, self._folder)
            except (EncoderMissing, EncoderFailed, WrongFile, OSError) as failure:
                self.state = "down"
                _log.warning("encoder not opened", reason=str(failure))
                self._closing.wait(AGAIN_S)
                continue
            self._encoder, self.state = opened, "ok"
            return


@dataclass(frozen=True)
class Searchable:
    """An index that knows one catalogue version. `pending`: measures whose vectors are still to come."""

    index: HybridIndex
    manifest: Manifest
    version: int
    pending: int

    def fits(self, encoder: Encoder | None) -> bool:
        """Whether a vector of this encoder can be compared with the vectors inside."""
        made = self.manifest.encoder
        return (
            made is not None
            and encoder is not None
            and (made.id, made.sha256) == (encoder.id, encoder.sha256)
        )


class IndexKeeper:
    """The generation on disk that is current, and on top of it what was published after it was built."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        self._folder, self._registry = folder, registry
        self._base: tuple[HybridIndex, Manifest] | None = None
        self._asked_for: str | None = None
        self._searchable: Searchable | None = None
        self._looked = -PENDING_S
        self._turn = asyncio.Lock()

    @property
    def state(self) -> PartState:
        """Of the last generation looked for."""
        return "ok" if self._base is not None else "down"

    async def current(self, c: AsyncConnection, shelf: Shelf) -> Searchable | None:
        """The index for the newest catalogue seen (a cursor's older shelf gets it too); None without any."""
        if self._is_fresh(shelf):
            return self._searchable
        async with self._turn:
            if not self._is_fresh(shelf):
                await self._refresh(c, shelf)
            return self._searchable

    def _is_fresh(self, shelf: Shelf) -> bool:
        if generation.current(self._folder) != self._asked_for:
            return False
        just_looked = time.monotonic() - self._looked < PENDING_S
        found = self._searchable
        if found is None or shelf.version > found.version:
            return found is None and just_looked
        return just_looked or not found.pending or shelf.version < found.version

    async def _refresh(self, c: AsyncConnection, shelf: Shelf) -> None:
        named = generation.current(self._folder)
        if named != self._asked_for or self._base is None:
            self._base = await asyncio.to_thread(self._loaded)
            self._asked_for = named
        self._looked = time.monotonic()
        if self._base is None:
            self._searchable = None
            return
        index, manifest = self._base
        changed = changed_since(shelf, manifest.catalogue, frozenset(index.ids))
        entries = [entry_of(one.document, one.measure, self._registry) for one in changed]
        vectors = await self._vectors(c, manifest, entries)
        gone = [name for name in index.ids if name not in shelf.ordinal]
        if gone or entries:
            index = await asyncio.to_thread(lambda: index.without(gone).with_delta(entries, vectors))
        waiting = len(entries) - len(vectors) if manifest.encoder else 0
        self._searchable = Searchable(index, manifest, shelf.version, waiting)

    def _loaded(self) -> tuple[HybridIndex, Manifest] | None:
        try:
            index, manifest, refused = generation.load_latest(self._folder)
        except Damaged as damage:
            _log.warning("no index", reason=str(damage))
            return None
        if refused:
            _log.warning("index generations refused", generations=refused)
        return index, manifest

    async def _vectors(
        self, c: AsyncConnection, manifest: Manifest, entries: Sequence[Entry]
    ) -> dict[str, Floats]:
        """Those of entries whose every passage has been encoded."""
        if manifest.encoder is None:
            return {}
        hashes = {passage: text_sha(passage) for entry in entries for passage in entry.passages}
        under = kept_under(manifest.encoder)
        known = await store.vectors(c, under, sorted(set(hashes.values())))
        return {
            entry.id: np.stack([known[hashes[passage]] for passage in entry.passages])
            for entry in entries
            if entry.passages and all(hashes[passage] in known for passage in entry.passages)
        }


def changed_since(shelf: Shelf, version: int, indexed: frozenset[str]) -> list[Placed]:
    """Measures whose revision stands only since after a version, or that the index does not know."""
    return [one for one in shelf.placed if one.since > version or one.measure.id not in indexed]


class RedisKeeper:
    """Whether Redis answered when it was last looked for; looking never holds up a request for long."""

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._looked = -REDIS_S
        self._looking: asyncio.Task[None] | None = None
        self.state: PartState = "off"

    async def seen(self) -> PartState:
        """The state, looked for again once it is older than REDIS_S; a slow answer counts next time."""
        if time.monotonic() - self._looked > REDIS_S:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.get_running_loop().create_task(self.look())
            await asyncio.wait([self._looking], timeout=REDIS_WAIT_S)
        return self.state

    async def look(self) -> None:
        """Asks Redis now."""
        self.state = await self._wake.state()
        self._looked = time.monotonic()

    async def close(self) -> None:
        """Stops looking."""
        if self._looking is not None:
            self._looking.cancel()
