"""The vectors of measures: kept by passage, so that no text is ever encoded twice.

Encodes in threads, keeps in batches; an interrupted run goes on where it was.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import numpy as np

from index.e5_file import Floats
from index.encoding import Encoder
from index.passages import Entry
from service.ask.store import vectors as passages_known
from service.database.engine import Database
from service.keepers import text_sha
from service.operations import store

_BATCH = 16  # passages between two commits
Progress = Callable[[int, int], Awaitable[None]]


async def _silent(_done: int, _total: int) -> None:
    """Tells nobody."""


async def vectors_of(
    db: Database, encoder: Encoder, entries: Sequence[Entry], progress: Progress = _silent
) -> dict[str, Floats]:
    """By measure id float32 [passages, dim]; what is missing is encoded and kept."""
    texts = {text_sha(text): text for entry in entries for text in entry.passages}
    async with db.read() as c:
        known = await passages_known(c, encoder.id, list(texts))
    missing = [sha for sha in texts if sha not in known]
    for start in range(0, len(missing), _BATCH):
        shas = missing[start : start + _BATCH]
        made = await asyncio.to_thread(encoder.passages, [texts[sha] for sha in shas])
        fresh = dict(zip(shas, made, strict=True))
        async with db.write() as c:
            await store.keep_vectors(c, encoder.id, fresh)
        known |= fresh
        await progress(start + len(shas), len(missing))
    return stacked(entries, known, encoder.dim)


def stacked(entries: Sequence[Entry], known: dict[str, Floats], dim: int) -> dict[str, Floats]:
    """By measure id float32 [passages, dim], for the entries of whose passages each is known."""
    found: dict[str, Floats] = {}
    for entry in entries:
        shas = [text_sha(text) for text in entry.passages]
        if all(sha in known for sha in shas):
            rows = [known[sha] for sha in shas]
            found[entry.id] = np.stack(rows) if rows else np.zeros((0, dim), np.float32)
    return found
