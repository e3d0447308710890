"""An administrator at work in the tests: requests with the key, and a worker that runs what waits.

Real app, real SQLite, real handlers; the clock stands.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import update

from policies.json_reading import read_json
from policies.json_writing import to_json
from service.database import outbox
from service.database.tables import jobs
from service.worker import HANDLERS
from tests.service.asking import WITH_KEY, Answer, World, world

LONG_AGO = "2000-01-01T00:00:00.000Z"
HANGZHOU = {"field": "region", "within": ["330100"]}


class Desk:
    """A world with the administrator's key in hand."""

    def __init__(self, world: World) -> None:
        self.world, self.services = world, world.services

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request with the key; bytes go as they are, anything else as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes | None) else to_json(body).encode()
        kind = {"content-type": "application/json"} if body is not None else {}
        sent = {**WITH_KEY, **kind} | named
        answer = await self.world.client.request(method, path, content=content, headers=sent)
        decoded = read_json(answer.content) if answer.content else None
        return Answer(answer.status_code, decoded, answer.headers)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.send("POST", path, body, **headers)

    async def put(self, path: str, body: Any, **headers: str) -> Answer:
        return await self.send("PUT", path, body, **headers)

    async def faults(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Status and faults as (pointer or parameter, code); of a bare refusal the code alone."""
        answer = await self.send(method, path, body, **headers)
        told = answer.body["errors"]
        faults = [(each.get("pointer", each.get("parameter")), each["code"]) for each in told]
        return answer.status, faults or [answer.body["code"]]

    async def firm(self, name: str, **members: Any) -> None:
        answer = await self.put(f"/v1/enterprises/{name}", {"name": f"{name}公司", **members})
        assert answer.status in {200, 201}, answer.body

    async def published(self, plain: dict[str, Any], *, notify: bool = True) -> list[str]:
        """Drafts or revises and publishes; the jobs."""
        place = f"/v1/policies/{plain['id']}"
        if (await self.post("/v1/policies", plain)).status == 409:
            await self.put(place, plain)
        answer = await self.post(f"{place}/publish", {"notify": notify})
        assert answer.status == 202, answer.body
        found: list[str] = answer.body["jobs"]
        return found

    async def work(self) -> list[tuple[str, Any]]:
        """Runs every job that waits, one after another: (kind, result)."""
        done = []
        while (job := await self.claimed()) is not None:
            done.append((job.kind, await self.done(job)))
        return done

    async def done(self, job: outbox.Job) -> Any:
        """Runs a claimed job; its result."""
        result = await HANDLERS[job.kind](self.services, job)
        async with self.services.db.write() as c:
            assert await outbox.finish(c, job, result)
        return result

    async def claimed(self) -> outbox.Job | None:
        """The next job, leased."""
        async with self.services.db.write() as c:
            await c.execute(update(jobs).where(jobs.c.state == "queued").values(run_at=LONG_AGO))
            return next(iter(await outbox.claim(c, token="test")), None)

    async def inbox(self, name: str) -> list[Any]:
        items: list[Any] = (await self.get(f"/v1/enterprises/{name}/notifications")).body["items"]
        return items

    async def told(self, name: str) -> list[str]:
        return [item["measure_id"] for item in await self.inbox(name)]


@asynccontextmanager
async def desk(folder: Path, **settings: Any) -> AsyncIterator[Desk]:
    async with world(folder, **settings) as found:
        yield Desk(found)
