"""The vectors of measures: kept by passage, so that no text is ever encoded twice.

Encodes in threads, keeps in batches; an interrupted run goes on where it was.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence

import numpy as np

from index.e5_file import Floats
from index.encoding import Encoder, encode_all
from index.passages import Entry
from service.ask.store import vectors as passages_known
from service.keepers import text_sha
from service.operations import store
from service.services import Services

_BATCH = 16  # passages between two commits
_MOST_THREADS = 4
Progress = Callable[[int, int], Awaitable[None]]


async def _silent(_done: int, _total: int) -> None:
    """Tells nobody."""


async def vectors_of(
    services: Services, encoder: Encoder, entries: Sequence[Entry], progress: Progress = _silent
) -> dict[str, Floats]:
    """By measure id float32 [passages, dim]; what is missing is encoded and kept."""
    texts = {text_sha(text): text for entry in entries for text in entry.passages}
    known = await _known(services, encoder, list(texts))
    missing = [sha for sha in texts if sha not in known]
    for start in range(0, len(missing), _BATCH):
        some = {sha: texts[sha] for sha in missing[start : start + _BATCH]}
        async with services.encoder.turn:
            known |= await _encoded(services, encoder, some)
        await progress(start + len(some), len(missing))
    return stacked(entries, known, encoder.dim)


async def _known(services: Services, encoder: Encoder, shas: list[str]) -> dict[str, Floats]:
    async with services.db.read() as c:
        return await passages_known(c, encoder.id, shas)


async def _encoded(services: Services, encoder: Encoder, texts: Mapping[str, str]) -> dict[str, Floats]:
    """The vectors of a batch; another job may have made some of them in the meantime."""
    known = await _known(services, encoder, list(texts))
    missing = [sha for sha in texts if sha not in known]
    if missing:
        wanted, threads = [texts[sha] for sha in missing], min(_MOST_THREADS, os.cpu_count() or 1)
        made = await asyncio.to_thread(encode_all, encoder.passages, wanted, threads=threads)
        fresh = dict(zip(missing, made, strict=True))
        async with services.db.write() as c:
            await store.keep_vectors(c, encoder.id, fresh)
        known |= fresh
    return known


def stacked(entries: Sequence[Entry], known: Mapping[str, Floats], dim: int) -> dict[str, Floats]:
    """By measure id float32 [passages, dim], for the entries of whose passages each is known."""
    found: dict[str, Floats] = {}
    for entry in entries:
        shas = [text_sha(text) for text in entry.passages]
        if all(sha in known for sha in shas):
            rows = [known[sha] for sha in shas]
            found[entry.id] = np.stack(rows) if rows else np.zeros((0, dim), np.float32)
    return found
