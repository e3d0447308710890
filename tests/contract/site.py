"""The service as others see it: real HTTP on loopback, a real database, a clock that can be moved.

What a test sends is bytes; what it gets is status, decoded exact JSON and headers. Nothing is mocked.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from sqlalchemy import update

from policies.facts import china
from policies.json_reading import read_json
from policies.json_writing import to_json
from service.api import DRAIN_S, Server
from service.app import create_app
from service.clock import FixedClock
from service.database import outbox
from service.database.tables import jobs
from service.services import Services
from service.settings import Settings
from service.worker import HANDLERS
from tests.service import engines
from tests.service.asking import prepared

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
KEY = "contract-" + "k" * 40
JSON, PROBLEM = "application/json", "application/problem+json"
LONG_AGO = "2000-01-01T00:00:00.000Z"


@dataclass(frozen=True)
class Answer:
    """One answer."""

    status: int
    headers: httpx2.Headers
    content: bytes

    @property
    def body(self) -> Any:
        return read_json(self.content)

    @property
    def code(self) -> str:
        return str(self.body["code"])

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(pointer or parameter, code) of each fault."""
        return [(f.get("pointer", f.get("parameter")), f["code"]) for f in self.body["errors"]]

    @property
    def ids(self) -> list[str]:
        """The ids of a list's items; of matches, their measures'."""
        return [item["measure"]["id"] if "measure" in item else item["id"] for item in self.body["items"]]


class Site:
    """A running service and a client with the administrator's key."""

    def __init__(
        self, url: str, loop: asyncio.AbstractEventLoop, app: Any, clock: FixedClock, server: Server
    ) -> None:
        self.url, self.loop, self.app, self.clock, self.server = url, loop, app, clock, server
        self.services: Services = app.state.services
        self.client = httpx2.Client(base_url=url, timeout=30)

    def send(
        self, method: str, path: str, body: Any = None, *, key: str | None = KEY, **headers: str
    ) -> Answer:
        """One request; bytes go as they are, anything else as JSON."""
        content = body if isinstance(body, bytes | None) else to_json(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent = {"content-type": JSON, **sent}
        if key is not None:
            sent = {"authorization": f"Bearer {key}", **sent}
        answer = self.client.request(method, path, content=content, headers=sent)
        return Answer(answer.status_code, answer.headers, answer.content)

    def get(self, path: str, **more: Any) -> Answer:
        return self.send("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.send("POST", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.send("PUT", path, body, **more)

    def ask(self, profile: Any = None, **members: Any) -> Answer:
        """An ask without a key."""
        return self.post("/v1/recommendations", {"profile": profile or {}, **members}, key=None)

    def judge(self, rule: Any, profile: Any = None, **members: Any) -> Any:
        """What a rule says of a profile, without a key."""
        asked = {"profile": profile or {}, "rules": {"r": rule}, **members}
        answer = self.post("/v1/eligibility", asked, key=None)
        assert answer.status == 200, answer.body
        return answer.body["items"][0]

    def told_of_rule(self, rule: Any) -> list[tuple[str, str]]:
        """The faults of a rule, without the pointer to it."""
        answer = self.post("/v1/eligibility", {"profile": {}, "rules": {"r": rule}}, key=None)
        assert answer.status == 422, answer.body
        return [(at.removeprefix("/rules/r"), code) for at, code in answer.faults]

    def told_of_facts(self, facts: Any) -> list[tuple[str, str]]:
        """The faults of facts, without the pointer to them."""
        answer = self.ask({"facts": facts})
        assert answer.status == 422, answer.body
        return [(at.removeprefix("/profile/facts"), code) for at, code in answer.faults]

    def publish(self, plain: dict[str, Any], *, notify: bool = False) -> list[str]:
        """Drafts or revises and publishes; the jobs."""
        place = f"/v1/policies/{plain['id']}"
        if self.post("/v1/policies", plain).status == 409:
            self.put(place, plain)
        answer = self.post(f"{place}/publish", {"notify": notify})
        assert answer.status == 202, answer.body
        return list(answer.body["jobs"])

    def withdraw(self, document: str, reason: str = "到期") -> Answer:
        return self.post(f"/v1/policies/{document}/withdraw", {"reason": reason})

    def pages(self, body: dict[str, Any], **changes: Any) -> Iterator[Answer]:
        """Every page of an ask, the first one included."""
        cursor = None
        while True:
            answer = self.post("/v1/recommendations", {**body, **({"cursor": cursor} if cursor else {})})
            assert answer.status == 200, answer.body
            yield answer
            cursor = answer.body["next_cursor"]
            if cursor is None:
                return

    def stop(self) -> None:
        """Says that the process is to end, as a SIGTERM does."""
        self.server.should_exit = True

    def later(self, **by: float) -> None:
        """Moves the clock."""
        self.clock.instant += timedelta(**by)

    def work(self) -> list[tuple[str, Any]]:
        """Runs every job that waits: (kind, result)."""
        return asyncio.run_coroutine_threadsafe(self._work(), self.loop).result(60)

    def stands(self, job: str, state: str) -> None:
        """Puts a job's row into this state."""
        asyncio.run_coroutine_threadsafe(self._stands(job, state), self.loop).result(60)

    async def _stands(self, job: str, state: str) -> None:
        async with self.services.db.write() as c:
            await c.execute(update(jobs).where(jobs.c.id == job).values(state=state))

    async def _work(self) -> list[tuple[str, Any]]:
        done = []
        while True:
            async with self.services.db.write() as c:
                await c.execute(update(jobs).where(jobs.c.state == "queued").values(run_at=LONG_AGO))
                job = next(iter(await outbox.claim(c, token="contract")), None)
            if job is None:
                return done
            result = await HANDLERS[job.kind](self.services, job)
            async with self.services.db.write() as c:
                await outbox.finish(c, job, result)
            done.append((job.kind, result))


@contextmanager
def site(folder: Path, clock: FixedClock | None = None, **settings: Any) -> Iterator[Site]:
    """A service over this folder, which may be one that an earlier site has left."""
    given = {"data": folder, "encoder": "none", "redis_url": "none", "catalogue": "none", "demo": False}
    given |= {"admin_key": KEY, "database_url": engines.url(folder)}
    made = Settings(**{**given, **settings})
    asyncio.run(prepared(made))
    standing = clock or FixedClock(NOW)
    app = create_app(made, clock=standing, registry=china())
    config = uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=DRAIN_S)
    server = Server(config, app.state.services.streams)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_serve, args=(loop, server), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    found = Site(f"http://127.0.0.1:{port}", loop, app, standing, server)
    try:
        yield found
    finally:
        found.client.close()
        found.stop()
        thread.join(20)


def _serve(loop: asyncio.AbstractEventLoop, server: uvicorn.Server) -> None:
    try:
        loop.run_until_complete(server.serve())
    finally:
        loop.close()
