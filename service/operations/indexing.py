"""The jobs of the index: what is new is encoded, generations are built aside, one can be gone back to.

All of it can be interrupted and run again. Searching is the keepers' business.
"""

import asyncio
import contextlib
from typing import Any

from index import generation
from index.encoding import Encoder, EncoderFailed
from index.generation import EncoderFacts
from index.passages import entry_of
from service.catalogue.shelf import Shelf
from service.database.outbox import Job, enqueue
from service.errors import Problem
from service.instants import instant
from service.leases import WAIT_S
from service.operations import enterprise_vectors, store
from service.operations.vectors import encoder_of, forget_others, vectors_of
from service.services import Services

DELTA, REBUILD, ROLLBACK = "index.delta", "index.rebuild", "index.rollback"
MOST_CHANGED = 300  # measures on top of a generation before it is built anew


async def delta(services: Services, job: Job) -> dict[str, Any]:
    """The job `index.delta`: encodes what the published documents say, for every process to pick up.

    Without any generation there is nothing to add to: then one of everything is asked for.
    """
    async with services.db.read() as c:
        shelf = await services.shelf.current(c)
    wanted = set(job.payload["documents"])
    placed = [one for one in shelf.placed if one.document.id in wanted]
    entries = [entry_of(one.document, one.measure, services.registry) for one in placed]
    encoder = await encoder_of(services, job)
    if encoder is not None:
        await vectors_of(services, encoder, entries, services.leases.progress(services, job))
    if await asyncio.to_thread(_is_due, services, shelf, encoder):
        await _ask_for_rebuild(services)
    return {"measures": len(entries)}


def _is_due(services: Services, shelf: Shelf, encoder: Encoder | None) -> bool:
    """Whether a new generation is better than more on top of the one that serves."""
    folder = services.settings.index_folder
    try:
        made = generation.manifest_of(folder, generation.current(folder) or "")
    except generation.Damaged:
        return True
    if made.encoder != facts_of(encoder):
        return True
    return sum(one.since > made.catalogue for one in shelf.placed) > MOST_CHANGED


async def stay_in_step(services: Services) -> None:
    """Whenever there is an encoder, at a start or after it was down: asks for what it has not made yet."""
    seen: Encoder | None = None
    while True:
        with contextlib.suppress(Problem):
            await rebuild_when_due(services)
            seen = services.encoder.encoder
            if services.encoder.state == "off":
                return
        while services.encoder.encoder is seen:  # noqa: ASYNC110  # a thread opens it and sets no event
            await asyncio.sleep(WAIT_S)


async def rebuild_when_due(services: Services) -> None:
    """Once there is an encoder: asks for a generation of its own, for what failed without it, for firms."""
    while services.encoder.encoder is None and services.encoder.state != "off":  # noqa: ASYNC110  # as above
        await asyncio.sleep(WAIT_S)
    encoder = services.encoder.encoder
    async with services.db.read() as c:
        shelf = await services.shelf.current(c)
        search = await services.index.current(c, shelf)
        is_left = search is not None and search.pending > 0 and not await store.is_waiting(c, DELTA)
    if is_left or await asyncio.to_thread(_is_due, services, shelf, encoder):
        await _ask_for_rebuild(services)
    if encoder is not None:
        await enterprise_vectors.ask_when_due(services, encoder)


async def _ask_for_rebuild(services: Services) -> None:
    async with services.db.write() as c:
        if not await store.is_waiting(c, REBUILD):
            await enqueue(c, REBUILD, {}, now=services.clock.now())


def facts_of(encoder: Encoder | None) -> EncoderFacts | None:
    """What a generation notes of the encoder that made its vectors."""
    return None if encoder is None else EncoderFacts(encoder.id, encoder.dim, encoder.sha256)


async def rebuild(services: Services, job: Job) -> dict[str, Any]:
    """The job `index.rebuild`: a generation of everything published; then enterprises are asked for.

    While the encoder is down, the first generation is of words only, and another is asked for.
    """
    folder = services.settings.index_folder
    try:
        encoder = await encoder_of(services, job)
    except EncoderFailed:
        if generation.current(folder) is not None:
            raise
        built = await _build(services, job, None)
        await _ask_for_another(services)
        return built
    return await _build(services, job, encoder)


async def _ask_for_another(services: Services) -> None:
    """Asks for a further generation, whatever runs now."""
    async with services.db.write() as c:
        await enqueue(c, REBUILD, {}, now=services.clock.now())


async def _build(services: Services, job: Job, encoder: Encoder | None) -> dict[str, Any]:
    async with services.db.read() as c:
        shelf = await services.shelf.current(c)
    entries = [entry_of(one.document, one.measure, services.registry) for one in shelf.placed]
    vectors = None
    if encoder is not None:
        vectors = await vectors_of(services, encoder, entries, services.leases.progress(services, job))
    folder = services.settings.index_folder
    meta = {"catalogue": shelf.version, "built_at": instant(services.clock.now())}
    built = await asyncio.to_thread(generation.build, folder, entries, vectors, facts_of(encoder), meta)
    await asyncio.to_thread(generation.sweep, folder)
    if encoder is not None:
        await enterprise_vectors.ask_when_due(services, encoder)
    await forget_others(services, job, encoder)
    return {"generation": built.id, "measures": built.measures, "passages": built.passages}


async def rollback(services: Services, job: Job) -> dict[str, Any]:
    """The job `index.rollback`: an older generation serves; what was published since is put on top."""
    folder, wanted = services.settings.index_folder, job.payload["generation"]
    manifest = await asyncio.to_thread(generation.make_current, folder, wanted)
    return {"generation": manifest.id}
