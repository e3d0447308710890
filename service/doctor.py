"""Looks at an installation, whether it runs or not, and says part by part what is whole and what is broken.

Changes nothing. Warnings of what documents say are notes, and break nothing.
"""

import asyncio
import fcntl
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from index import generation
from index.encoder import DEFAULT, EncoderMissing
from index.generation import Damaged
from index.materialise import place, read_manifest
from index.similar import nearly_same
from policies.documents import read_document
from policies.facts import china
from policies.faults import Refused
from policies.warnings import warnings_of
from ranking.registry import Models
from service.backup import DATABASE
from service.database import heartbeats, installation, migrate, soundness
from service.database.engine import Database
from service.database.migrate import NotMigrated
from service.errors import Problem
from service.publishing import store
from service.settings import Settings
from service.wake import Wake

State = Literal["ok", "note", "broken"]
LEAST_FREE = 500 << 20
AT_ONCE = 100  # documents
MOST_TWINS = 20
PRIVATE = 0o077


@dataclass(frozen=True)
class Finding:
    """What was found of one part; `note` is worth knowing and not broken."""

    part: str
    state: State
    text: str


@dataclass(frozen=True)
class Patient:
    """What is looked at, and whether `huiqi serve` holds it now."""

    settings: Settings
    db: Database
    runs: bool


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """The findings, part by part."""
    missing = _not_made(settings)
    if missing is not None:
        yield Finding("data", "note", f"{missing} is not there yet; the first start makes it")
        return
    patient = Patient(settings, Database(settings.database), is_served(settings))
    try:
        for part, look in PARTS:
            try:
                found = await look(patient)
            except Problem as problem:
                found = "broken", f"{problem.detail('en')} ({problem.__cause__})".partition("\n")[0]
            except SQLAlchemyError as error:
                found = "broken", str(getattr(error, "orig", error))
            yield Finding(part, *found)
        with suppress(Problem, SQLAlchemyError):
            async for state, text in _content(patient):
                yield Finding("content", state, text)
        for text in await asyncio.to_thread(_twins, settings):
            yield Finding("content", "note", text)
    finally:
        await patient.db.close()


def _not_made(settings: Settings) -> Path | None:
    """The data folder or the database that a first start would make."""
    made = [settings.folder] if settings.database_url else [settings.folder, settings.folder / DATABASE]
    return next((place for place in made if not place.exists()), None)


def is_served(settings: Settings) -> bool:
    """Whether a `huiqi serve` holds the data folder."""
    try:
        with (settings.folder / "serve.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


Found = tuple[State, str]


async def _data(patient: Patient) -> Found:
    settings = patient.settings
    free = shutil.disk_usage(settings.folder).free
    if free < LEAST_FREE:
        return "broken", f"{free >> 20} MiB free, less than {LEAST_FREE >> 20}"
    private = [settings.folder, *settings.folder.glob("*.key")]
    open_to_others = [str(path) for path in private if path.stat().st_mode & PRIVATE]
    if open_to_others:
        return "broken", f"others can read {', '.join(open_to_others)}"
    return "ok", f"{settings.folder}, {free >> 20} MiB free"


async def _database(patient: Patient) -> Found:
    async with patient.db.read() as c:
        wrong = await soundness.damage(c)
    if wrong:
        return "broken", f"damaged: {wrong}"
    return "ok", "reachable and whole" if patient.db.sqlite else "PostgreSQL answers; pg_amcheck looks inside"


async def _migrations(patient: Patient) -> Found:
    try:
        await migrate.check(patient.db)
    except NotMigrated as reason:
        return "broken", str(reason)
    return "ok", f"at revision {migrate.head()}"


async def _index(patient: Patient) -> Found:
    folder = patient.settings.index_folder
    named, kept = generation.current(folder), generation.kept(folder)
    if named is None:
        return ("broken" if kept else "note"), "no generation is current"
    damaged = [each for each in kept if not await asyncio.to_thread(_loads, patient.settings, each)]
    if damaged:
        return "broken", f"damaged: {', '.join(damaged)}"
    return "ok", f"generation {named}, {len(kept)} kept, every hash right"


def _loads(settings: Settings, named: str) -> bool:
    try:
        generation.load(settings.index_folder, named)
    except Damaged:
        return False
    return True


async def _encoder(patient: Patient) -> Found:
    settings = patient.settings
    if not settings.with_encoder:
        return "ok", "off by HUIQI_ENCODER"
    if settings.encoder != DEFAULT:
        return "note", f"{settings.encoder} is not looked at here"
    folder = place(settings.encoder_folder)
    if not folder.exists():
        return "note", "not made yet; the next start makes it"
    try:
        manifest = await asyncio.to_thread(read_manifest, folder)
    except EncoderMissing as reason:
        return "broken", str(reason)
    return "ok", f"{manifest.id}, every hash right"


async def _ranker(patient: Patient) -> Found:
    found = await asyncio.to_thread(Models(patient.settings.model_folder).serving)
    serves = f"{found.ranker.name} {found.ranker.id}"
    if found.refused:
        return "broken", f"{serves} serves: " + "; ".join(f"{n}: {why}" for n, why in found.refused.items())
    return "ok", serves


async def _redis(patient: Patient) -> Found:
    wake = Wake(patient.settings.redis)
    try:
        state = await wake.state()
    finally:
        await wake.close()
    if state == "off":
        return "ok", "off by HUIQI_REDIS_URL; the worker polls"
    if state == "ok":
        return "ok", "answers"
    expected = patient.runs or not patient.settings.embedded_redis
    return ("broken", "does not answer") if expected else ("note", "does not run")


async def _worker(patient: Patient) -> Found:
    async with patient.db.read() as c:
        age = await heartbeats.seconds_since(c)
        left = (await installation.left(c)).jobs
    waiting = f"{left} jobs wait" if left else "nothing waits"
    if age is not None and age <= heartbeats.STALE_S:
        return "ok", f"beat {age:.0f} s ago, {waiting}"
    return ("broken" if patient.runs else "note"), f"does not run, {waiting}"


async def _content(patient: Patient) -> AsyncIterator[Found]:
    """The warnings of the documents, each with its place."""
    count, warned = 0, False
    async with patient.db.read() as c:
        async for name, content in _documents(c):
            count += 1
            for text in _doubts(content):
                warned = True
                yield "note", f"{name}: {text}"
    if not warned:
        yield "ok", f"{count} documents, no warning"


async def _documents(c: AsyncConnection) -> AsyncIterator[tuple[str, object]]:
    """Names and contents: what is shown of documents that are not withdrawn, and drafts that wait."""
    after = ""
    while found := await store.listed(c, None, after, AT_ONCE):
        after = found[-1][0].id
        for held, content in found:
            if held.status != "withdrawn":
                yield held.id, content
            if held.live is not None and held.draft is not None:
                yield f"{held.id} (draft)", await store.content(c, held.id, held.draft)


def _doubts(content: object) -> list[str]:
    try:
        document = read_document(content, china())
    except Refused as refused:
        return [f"cannot be read any more: {refused.faults[0].line('en')}"]
    return [doubt.line("en") for doubt in warnings_of(document, china())]


def _twins(settings: Settings) -> list[str]:
    """Measures of the current generation that another document has nearly word for word."""
    try:
        index, _ = generation.load(settings.index_folder, generation.current(settings.index_folder) or "")
    except Damaged:
        return []
    pairs = nearly_same(index)
    told = [f"{pair.one} and {pair.other} are nearly the same" for pair in pairs[:MOST_TWINS]]
    more = len(pairs) - len(told)
    return [*told, f"{more} more such pairs, see GET /v1/index/duplicates"] if more else told


PARTS: tuple[tuple[str, Callable[[Patient], Awaitable[Found]]], ...] = (
    ("data", _data),
    ("database", _database),
    ("migrations", _migrations),
    ("index", _index),
    ("encoder", _encoder),
    ("ranker", _ranker),
    ("redis", _redis),
    ("worker", _worker),
)
