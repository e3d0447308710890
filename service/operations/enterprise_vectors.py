"""The vectors of enterprises: one job for a profile that changed, one for whoever lacks a vector.

Goes on where it was after an end of any kind; what is not changed is never encoded again.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from index.e5_file import Floats
from index.encoding import Encoder, is_readable, kept_under
from index.passages import enterprise_text
from policies.faults import Refused
from policies.profiles import read_profile
from service.database.outbox import Job, enqueue
from service.enterprises import vectors_store
from service.enterprises.vectors_store import Due
from service.keepers import text_sha
from service.operations import store
from service.operations.vectors import encoded, encoder_of
from service.services import Services

ENCODE, ENCODE_ALL = "enterprise.encode", "enterprise.encode_all"
AT_ONCE = 32  # enterprises between two commits
TOLD_S = 10.0  # between two lines of the log
Made = Mapping[str, tuple[str, Floats | None]]
_log = structlog.get_logger(__name__)


async def encode(services: Services, job: Job) -> dict[str, Any]:
    """The job `enterprise.encode`: the vector of one enterprise's text, unless it has it."""
    encoder = await encoder_of(services, job)
    if encoder is None:
        return {"encoded": 0}
    async with services.db.read() as c:
        read = await vectors_store.due_one(c, kept_under(encoder), job.payload["enterprise"])
    vectors = await _made(services, encoder, read)
    async with services.db.write() as c:
        await services.leases.keep(c, job)
        return {"encoded": await _keep(c, encoder, read, vectors)}


async def encode_all(services: Services, job: Job) -> dict[str, Any]:
    """The job `enterprise.encode_all`: everybody's that is missing or older than the profile, in batches.

    A batch and its progress are one transaction: who takes over goes on with the next one.
    """
    encoder = await encoder_of(services, job)
    if encoder is None:
        return {"encoded": 0, "per_s": None}
    under = kept_under(encoder)
    async with services.db.read() as c:
        total = job.done + await vectors_store.count_due(c, under)
    pace, done, after, number = _Pace(), job.done, "", 0
    while True:
        async with services.db.read() as c:
            read = await vectors_store.due(c, under, after, AT_ONCE)
        if not read:
            return {"encoded": number, "per_s": pace.per_s(number)}
        vectors = await _made(services, encoder, read)
        done, after = done + len(read), read[-1].id
        async with services.db.write() as c:
            number += await _keep(c, encoder, read, vectors)
            await services.leases.keep(c, job, done, max(done, total))
        pace.tell(done, max(done, total), number)


async def ask_when_due(services: Services, encoder: Encoder) -> None:
    """Asks for the job when somebody lacks a vector and it does not wait already."""
    async with services.db.read() as c:
        if not await vectors_store.due(c, kept_under(encoder), "", 1):
            return
    async with services.db.write() as c:
        if not await store.is_waiting(c, ENCODE_ALL):
            await enqueue(c, ENCODE_ALL, {}, now=services.clock.now())


class _Pace:
    """How fast it goes, told now and then."""

    def __init__(self) -> None:
        self._began = self._told = time.monotonic()

    def per_s(self, number: int) -> float:
        return round(number / max(time.monotonic() - self._began, 1e-3), 1)

    def tell(self, done: int, total: int, number: int) -> None:
        if time.monotonic() - self._told >= TOLD_S:
            self._told = time.monotonic()
            _log.info("enterprises encoded", done=done, total=total, per_s=self.per_s(number))


async def _made(services: Services, encoder: Encoder, read: Sequence[Due]) -> Made:
    """Hash and vector of each text that is another than before; no vector where nothing can be read."""
    texts = await asyncio.to_thread(_texts, services, read)
    new = {one.id: texts[one.id] for one in read if text_sha(texts[one.id]) != one.text_sha}
    wanted = {name: text for name, text in new.items() if is_readable(text)}
    async with services.encoder.turn:
        vectors = await encoded(services, encoder, list(wanted.values()))
    found = dict(zip(wanted, vectors, strict=True))
    return {name: (text_sha(text), found.get(name)) for name, text in new.items()}


def _texts(services: Services, read: Sequence[Due]) -> dict[str, str]:
    registry, today, found = services.registry, services.clock.today(), {}
    for one in read:
        try:
            found[one.id] = enterprise_text(read_profile(one.profile, registry, today=today), registry)
        except Refused as refused:  # kept when other rules held: no text, and no reason to stop for all
            found[one.id] = ""
            _log.warning("stored profile refused", faults=len(refused.faults))
    return found


async def _keep(c: AsyncConnection, encoder: Encoder, read: Sequence[Due], made: Made) -> int:
    """Keeps what was made of profiles that have not changed meanwhile; how many vectors."""
    under, same = kept_under(encoder), await vectors_store.unchanged(c, read)
    kept = {name: (sha, vector) for name, (sha, vector) in made.items() if vector is not None}
    kept = {name: pair for name, pair in kept.items() if name in same}
    await vectors_store.put(c, under, kept)
    before = [one.id for one in read if one.id in same and one.text_sha is not None]
    await vectors_store.confirm(c, under, [name for name in before if name not in made])
    await vectors_store.drop(c, under, [name for name in before if name in made and name not in kept])
    return len(kept)
