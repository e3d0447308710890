"""A running catalogue for the tests of asking: real database, real routes, a clock that stands.

Documents are published as an administrator's publication does it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from fastapi import FastAPI
from sqlalchemy.engine import make_url

from index import generation
from index.encoding import Encoder, kept_under
from index.generation import EncoderFacts
from index.passages import entry_of
from policies.documents import read_document
from policies.facts import china
from policies.json_reading import read_json
from policies.json_writing import to_json
from policies.profiles import read_profile
from ranking.model import FormulaRanker
from service.app import create_app
from service.clock import FixedClock
from service.database.engine import Database
from service.database.migrate import upgrade
from service.enterprises import actions as firms
from service.keepers import text_sha
from service.operations import store as kept
from service.publishing import actions as publishing
from service.publishing import store as documents
from service.services import Services
from service.settings import Settings
from tests.service import engines, postgres

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
KEY = "k" * 40
WITH_KEY = {"Authorization": f"Bearer {KEY}"}


@dataclass
class Answer:
    """Status, body with exact numbers, headers."""

    status: int
    body: Any
    headers: Any


class World:
    """One service; `clock.instant` may be moved."""

    def __init__(self, app: FastAPI, client: httpx2.AsyncClient, clock: FixedClock) -> None:
        self.app, self.client, self.clock = app, client, clock
        self.services: Services = app.state.services

    async def post(self, path: str, body: Any, **headers: str) -> Answer:
        sent = {"Content-Type": "application/json", **{n.replace("_", "-"): v for n, v in headers.items()}}
        answer = await self.client.post(path, content=to_json(body).encode(), headers=sent)
        return Answer(answer.status_code, read_json(answer.content), answer.headers)

    async def get(self, path: str, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.client.get(path, headers=sent)
        body = read_json(answer.content) if answer.content else None
        return Answer(answer.status_code, body, answer.headers)

    async def ask(self, profile: Any = None, **members: Any) -> Any:
        """The body of an answered ask."""
        answer = await self.post("/v1/recommendations", {"profile": profile or {}, **members})
        assert answer.status == 200, answer.body
        return answer.body

    async def ids(self, profile: Any = None, **members: Any) -> list[str]:
        return [item["measure"]["id"] for item in (await self.ask(profile, **members))["items"]]

    async def refused(self, path: str, body: Any, **headers: str) -> tuple[int, list[tuple[str, str]]]:
        """Status and the faults as (pointer, code); the code alone where no place is told."""
        answer = await self.post(path, body, **headers)
        faults = [(fault.get("pointer", ""), fault["code"]) for fault in answer.body["errors"]]
        return answer.status, faults or [("", answer.body["code"])]

    async def publish(self, *plains: dict[str, Any]) -> None:
        async with self.services.db.write() as c:
            for plain in plains:
                read = read_document(plain, self.services.registry)
                known = await documents.held(c, read.id)
                await (publishing.create if known is None else publishing.revise)(c, read, NOW)
                await publishing.publish(c, read.id, NOW, notify=False)

    async def withdraw(self, document: str, reason: str = "over") -> None:
        async with self.services.db.write() as c:
            await publishing.withdraw(c, document, NOW, reason=reason, replaced_by=None)

    async def register(self, name: str, profile: dict[str, Any]) -> None:
        registry = self.services.registry
        read = read_profile({"name": name, **profile}, registry, today=NOW.date())
        async with self.services.db.write() as c:
            await firms.put(c, registry, name, read, NOW)

    async def build_index(self, encoder: Encoder | None = None) -> None:
        """A generation of what is published, as the worker builds it."""
        async with self.services.db.read() as c:
            shelf = await self.services.shelf.current(c)
        entries = [entry_of(one.document, one.measure, self.services.registry) for one in shelf.placed]
        vectors, facts = None, None
        if encoder is not None:
            vectors = {entry.id: encoder.passages(list(entry.passages)) for entry in entries}
            facts = EncoderFacts(encoder.id, encoder.dim, encoder.sha256)
            texts = {text_sha(text): text for entry in entries for text in entry.passages}
            async with self.services.db.write() as c:
                made = encoder.passages(list(texts.values()))
                await kept.keep_vectors(c, kept_under(encoder), dict(zip(texts, made, strict=True)))
        self.clock.instant += timedelta(milliseconds=5)
        meta = {"catalogue": shelf.version, "built_at": self.clock.instant.isoformat()}
        generation.build(self.services.settings.index_folder, entries, vectors, facts, meta)

    def use(self, encoder: Encoder | None, state: str = "ok") -> None:
        """Puts an encoder in the keeper's hands, or takes it away."""
        keeper: Any = self.services.encoder
        keeper._encoder, keeper.state = encoder, state


class LetterEncoder:
    """A tiny encoder that knows characters only; enough to be near and far."""

    dim, sha256, truncated = 64, "0" * 64, 0

    def __init__(self, name: str = "letters") -> None:
        self.id = name

    def queries(self, texts: Sequence[str]) -> Any:
        return self.passages(texts)

    def passages(self, texts: Sequence[str]) -> Any:
        vectors = np.full((len(texts), self.dim), 0.01, np.float32)
        for row, text in enumerate(texts):
            for letter in text:
                vectors[row, ord(letter) % self.dim] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def close(self) -> None:
        return None


@asynccontextmanager
async def world(folder: Path, *documents: dict[str, Any], **settings: Any) -> AsyncIterator[World]:
    """A service over an empty folder with these documents published."""
    given = {"data": folder, "encoder": "none", "redis_url": "none", "catalogue": "none", "admin_key": KEY}
    given |= {"demo": False, "database_url": engines.url(folder)}
    made = Settings(**{**given, **settings})
    await prepared(made)
    clock = FixedClock(NOW)
    app = create_app(made, clock=clock, registry=china())
    async with app.router.lifespan_context(app):
        ranker = app.state.services.ranker
        ranker.ranker, ranker.state = FormulaRanker(), "ok"
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://huiqi") as client:
            found = World(app, client, clock)
            await found.publish(*documents)
            yield found


_EMPTY: list[bytes] = []
_MIGRATED: list[str] = []


async def prepared(settings: Settings) -> None:
    """The data folder and the database with its tables; migrated once, copied afterwards."""
    if settings.database_url is not None:
        await _prepared_on_postgresql(settings)
        return
    file = settings.folder / "huiqi.sqlite"
    if not _EMPTY:
        db = Database(settings.database)
        await upgrade(db, settings.folder)
        await db.close()
        _EMPTY.append(file.read_bytes())
    elif not file.exists():
        settings.folder.mkdir(mode=0o700, parents=True)
        file.write_bytes(_EMPTY[0])


async def _prepared_on_postgresql(settings: Settings) -> None:
    wanted = make_url(settings.database).database
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if wanted is None or not wanted.startswith("test_"):
        return
    if not _MIGRATED:
        postgres.server().create("migrated")
        db = Database(postgres.server().url("migrated"))
        await upgrade(db, settings.folder)
        await db.close()
        _MIGRATED.append("migrated")
    if wanted not in _MIGRATED:
        postgres.server().create(wanted, "migrated")
        _MIGRATED.append(wanted)


def document(name: str, *measures: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A small document; members replace those that it has by default."""
    plain = {
        "id": name,
        "title": f"{name}办法",
        "issuers": ["某局"],
        "level": "national",
        "region": "000000",
        "in_force": "stated_until",
        "provenance": "from-memory",
        "measures": list(measures) or [measure("one")],
    }
    return {**plain, **members}


def measure(key: str, rule: Any = None, **members: Any) -> dict[str, Any]:
    """A small measure, rolling, for everybody."""
    plain = {
        "key": key,
        "title": f"{key}补助",
        "kind": "grant",
        "mode": "apply",
        "rule": {"all": []} if rule is None else rule,
        "windows": [],
    }
    return {**plain, **members}
