"""The jobs of the index: what is new is encoded, generations are built aside, one can be gone back to.

All of it can be interrupted and run again. Searching is the keepers' business.
"""

import asyncio
from typing import Any

from index import generation
from index.encoding import Encoder, EncoderFailed
from index.generation import EncoderFacts
from index.passages import enterprise_text, entry_of
from policies.profiles import read_profile
from service.catalogue.shelf import Shelf
from service.database.outbox import Job, enqueue
from service.enterprises import store as enterprise_store
from service.instants import instant
from service.keepers import text_sha
from service.leases import WAIT_S
from service.operations import store
from service.operations.vectors import vectors_of
from service.services import Services

DELTA, REBUILD, ROLLBACK, ENCODE = "index.delta", "index.rebuild", "index.rollback", "enterprise.encode"
MOST_CHANGED = 300  # measures on top of a generation before it is built anew
_AT_ONCE = 100


async def delta(services: Services, job: Job) -> dict[str, Any]:
    """The job `index.delta`: encodes what the published documents say, for every process to pick up.

    Without any generation there is nothing to add to: then one of everything is asked for.
    """
    async with services.db.read() as c:
        shelf = await services.shelf.current(c)
    wanted = set(job.payload["documents"])
    placed = [one for one in shelf.placed if one.document.id in wanted]
    entries = [entry_of(one.document, one.measure, services.registry) for one in placed]
    encoder = await _encoder(services, job)
    if encoder is not None:
        await vectors_of(services, encoder, entries, services.leases.progress(services, job))
    if await asyncio.to_thread(_is_due, services, shelf, encoder):
        await _ask_for_rebuild(services)
    return {"measures": len(entries)}


async def _encoder(services: Services, job: Job) -> Encoder | None:
    """The encoder; None when a setting turned it off. Raises EncoderFailed while it is down."""
    encoder = await services.leases.encoder(services, job)
    if encoder is None and services.encoder.state != "off":
        raise EncoderFailed("the encoder is down")
    return encoder


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


async def rebuild_when_due(services: Services) -> None:
    """After a start: asks for a generation when another encoder is set than the one that made it."""
    while services.encoder.state == "loading":  # noqa: ASYNC110  # a thread opens it and sets no event
        await asyncio.sleep(WAIT_S)
    encoder = services.encoder.encoder
    if encoder is None and services.encoder.state != "off":
        return
    async with services.db.read() as c:
        shelf = await services.shelf.current(c)
    if await asyncio.to_thread(_is_due, services, shelf, encoder):
        await _ask_for_rebuild(services)


async def _ask_for_rebuild(services: Services) -> None:
    async with services.db.write() as c:
        if not await store.is_waiting(c, REBUILD):
            await enqueue(c, REBUILD, {}, now=services.clock.now())


def facts_of(encoder: Encoder | None) -> EncoderFacts | None:
    """What a generation notes of the encoder that made its vectors."""
    return None if encoder is None else EncoderFacts(encoder.id, encoder.dim, encoder.sha256)


async def rebuild(services: Services, job: Job) -> dict[str, Any]:
    """The job `index.rebuild`: a generation of everything published, and whoever has no vector yet.

    While the encoder is down, the first generation is of words only, and another is asked for.
    """
    folder = services.settings.index_folder
    try:
        encoder = await _encoder(services, job)
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
        await _encode_the_rest(services, job, encoder)
    return {"generation": built.id, "measures": built.measures, "passages": built.passages}


async def rollback(services: Services, job: Job) -> dict[str, Any]:
    """The job `index.rollback`: an older generation serves; what was published since is put on top."""
    folder, wanted = services.settings.index_folder, job.payload["generation"]
    manifest = await asyncio.to_thread(generation.make_current, folder, wanted)
    return {"generation": manifest.id}


async def encode(services: Services, job: Job) -> dict[str, Any]:
    """The job `enterprise.encode`: the vector of one enterprise's text, or none for an empty one."""
    encoder = await _encoder(services, job)
    if encoder is None:
        return {"encoded": 0}
    return {"encoded": await _encode(services, encoder, [job.payload["enterprise"]])}


async def _encode_the_rest(services: Services, job: Job, encoder: Encoder) -> None:
    after = ""
    while True:
        async with services.db.read() as c:
            names = await enterprise_store.without_vector(c, encoder.id, after, _AT_ONCE)
        if not names:
            return
        for name in names:
            await _encode(services, encoder, [name])
            await services.leases.keep_alone(services, job)
        after = names[-1]


async def _encode(services: Services, encoder: Encoder, names: list[str]) -> int:
    """Encodes those whose text has changed since; how many."""
    encoded = 0
    for name in names:
        text = await _text_to_encode(services, encoder, name)
        if text is None:
            continue
        vectors = await asyncio.to_thread(encoder.passages, [text]) if text.strip() else None
        encoded += await _keep(services, encoder, name, text, vectors)
    return encoded


async def _text_to_encode(services: Services, encoder: Encoder, name: str) -> str | None:
    today = services.clock.today()
    async with services.db.read() as c:
        stored = await enterprise_store.found(c, name)
        known = await enterprise_store.encoded_text(c, name, encoder.id)
    if stored is None:
        return None
    text = enterprise_text(read_profile(stored.profile, services.registry, today=today), services.registry)
    return None if known == text_sha(text) else text


async def _keep(services: Services, encoder: Encoder, name: str, text: str, vectors: Any) -> int:
    async with services.db.write() as c:
        if not await enterprise_store.exists(c, name):
            return 0
        if vectors is None:
            await enterprise_store.drop_vector(c, name)
            return 0
        await enterprise_store.put_vector(c, name, encoder.id, text_sha(text), vectors[0])
    return 1
