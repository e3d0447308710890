"""The vectors of measures: kept by passage, so that no text is ever encoded twice.

Encodes in threads, keeps in batches; an interrupted run goes on where it was.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from index import generation
from index.e5_file import Floats
from index.encoding import Encoder, EncoderFailed, encode_all, kept_under
from index.passages import Entry
from service.ask.store import vectors as passages_known
from service.database.outbox import Job
from service.enterprises import vectors_store
from service.keepers import text_sha
from service.operations import store
from service.services import Services

_BATCH = 16  # passages between two commits
_MOST_THREADS = 4
_PIECE = 1_000  # vectors forgotten between two commits
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
        return await passages_known(c, kept_under(encoder), shas)


async def _encoded(services: Services, encoder: Encoder, texts: Mapping[str, str]) -> dict[str, Floats]:
    """The vectors of a batch; another job may have made some of them in the meantime."""
    known = await _known(services, encoder, list(texts))
    missing = [sha for sha in texts if sha not in known]
    if missing:
        made = await encoded(services, encoder, [texts[sha] for sha in missing])
        fresh = dict(zip(missing, made, strict=True))
        async with services.db.write() as c:
            await store.keep_vectors(c, kept_under(encoder), fresh)
        known |= fresh
    return known


async def encoded(services: Services, encoder: Encoder, texts: Sequence[str]) -> list[Floats]:
    """What is stored, encoded in threads; hold the encoder's turn. Raises EncoderFailed."""
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    try:
        return await asyncio.to_thread(encode_all, encoder.passages, texts, threads=threads)
    except EncoderFailed:
        services.encoder.failed(encoder)
        raise


async def encoder_of(services: Services, job: Job) -> Encoder | None:
    """The encoder for a job; None when a setting turned it off. Raises EncoderFailed while it is down."""
    encoder = await services.leases.encoder(services, job)
    if encoder is None and services.encoder.state != "off":
        raise EncoderFailed("the encoder is down")
    return encoder


def stacked(entries: Sequence[Entry], known: Mapping[str, Floats], dim: int) -> dict[str, Floats]:
    """By measure id float32 [passages, dim], for the entries of whose passages each is known."""
    found: dict[str, Floats] = {}
    for entry in entries:
        shas = [text_sha(text) for text in entry.passages]
        if all(sha in known for sha in shas):
            rows = [known[sha] for sha in shas]
            found[entry.id] = np.stack(rows) if rows else np.zeros((0, dim), np.float32)
    return found


async def forget_others(services: Services, job: Job, encoder: Encoder | None) -> None:
    """Forgets the vectors of encoders that made no generation on disk, a piece at a time.

    What the kept generations were made with stays, so that going back to that encoder encodes nothing.
    """
    keep = await asyncio.to_thread(_in_use, services.settings.index_folder)
    keep |= set() if encoder is None else {kept_under(encoder)}
    if not keep:
        return
    while True:
        async with services.db.read() as c:
            firms = await vectors_store.others(c, keep, _PIECE)
            passages = await store.others(c, keep, _PIECE)
        if not firms and not passages:
            return
        async with services.db.write() as c:
            await services.leases.keep(c, job)
            await vectors_store.forget(c, firms)
            await store.forget(c, passages)


def _in_use(folder: Path) -> set[str]:
    found = set()
    for name in generation.kept(folder):
        with contextlib.suppress(generation.Damaged):
            made = generation.manifest_of(folder, name).encoder
            found |= set() if made is None else {kept_under(made)}
    return found
