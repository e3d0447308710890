"""What the benchmark of the push runs: a data folder, processes of the service, a receiver that only counts.

Everything stays on loopback and in a temporary folder.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from resource import getpagesize
from typing import Any

import httpx2
from sqlalchemy import insert, select, update

from policies.facts import china
from policies.json_writing import to_json
from service.clock import SystemClock
from service.database.tables import enterprises, looks, meta, notifications
from service.enterprises.store import SEQUENCE
from service.ids import uuid7
from service.instants import instant
from service.push import endpoints_store
from service.services import Services, compose
from service.settings import Settings
from tests.service import postgres
from tests.service.valkey import valkey

KEY = "k" * 40
AT_ONCE = 500
START_S, ARRIVE_S = 120.0, 900.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Counter:
    """A receiver that takes what comes and keeps when it came."""

    times: list[float] = field(default_factory=list)
    bytes: int = 0
    url: str = ""

    async def arrived(self, count: int, within_s: float = ARRIVE_S) -> list[float]:
        """The times of arrival, once so many have come."""
        end = time.monotonic() + within_s
        while len(self.times) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.times)} of {count} have come")
            await asyncio.sleep(0.02)
        return self.times

    def forget(self) -> None:
        """Begins anew."""
        self.times.clear()
        self.bytes = 0


class _Answering(asyncio.Protocol):
    """One connection: each whole request is answered at once."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.held = counter, bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        while (end := self.held.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.held[:end]).lower()
            size = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.held) < end + 4 + size:
                return
            del self.held[: end + 4 + size]
            self.counter.times.append(time.perf_counter())
            self.counter.bytes += size
            self.transport.write(ANSWER)


@asynccontextmanager
async def counting() -> AsyncIterator[Counter]:
    """The receiver, while the block runs."""
    counter = Counter()
    server = await asyncio.get_running_loop().create_server(lambda: _Answering(counter), "127.0.0.1", 0)
    counter.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield counter
    finally:
        server.close()


@dataclass
class World:
    """A service with its processes; `http` is the administrator's client."""

    services: Services
    environment: dict[str, str]
    http: httpx2.AsyncClient
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    told: int = 0

    def start(self, module: str) -> "subprocess.Popen[bytes]":
        """One more process of the service."""
        process = subprocess.Popen((sys.executable, "-m", module), env=self.environment)
        self.processes.append(process)
        return process

    def stop(self, process: "subprocess.Popen[bytes]") -> None:
        """Tells a process to end."""
        process.terminate()
        process.wait()
        self.processes.remove(process)

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        """One request as administrator; its body."""
        answer = await self.http.request(method, path, content=to_json(body).encode())
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.text}")
        return answer.json()

    async def ready(self) -> None:
        """Waits until API and worker serve."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            with suppress(httpx2.TransportError):
                answer = await self.http.get("/readyz")
                if answer.is_success and answer.json()["parts"]["worker"] == "ok":
                    return
            await asyncio.sleep(0.05)
        raise TimeoutError("the service is not ready")

    async def firms(self, count: int) -> None:
        """So many enterprises with 0, 1, 2 … employees, at which the push has looked."""
        now = instant(self.services.clock.now())
        for start in range(0, count, 5_000):
            some = range(start, min(start + 5_000, count))
            profiles = [
                to_json({"name": f"公司{n}", "facts": {"employees": {"2025": n}}, "answers": {}})
                for n in some
            ]
            rows = [
                {
                    "id": f"e{n}",
                    "name": f"公司{n}",
                    "demo": False,
                    "profile": text,
                    "version": 1,
                    "updated_at": now,
                    "seq": n + 1,
                }
                for n, text in zip(some, profiles, strict=True)
            ]
            first = {"version": 1, "as_of": now[:10], "catalogue": 0, "looked_at": now}
            seen = [{"enterprise_id": row["id"], "profile": row["profile"], **first} for row in rows]
            async with self.services.db.write() as c:
                await c.execute(insert(enterprises), rows)
                await c.execute(insert(looks), seen)
                await c.execute(update(meta).where(meta.c.key == SEQUENCE).values(value=str(count)))

    async def notifications(self, count: int) -> None:
        """So many notifications with their deliveries, written as telling writes them."""
        async with self.services.db.read() as c:
            firms = list((await c.execute(select(enterprises.c.id).limit(300))).scalars())
        for start in range(0, count, AT_ONCE):
            now = self.services.clock.now()
            rows = [
                self._row(firms[n % len(firms)], uuid7(now), instant(now))
                for n in range(min(AT_ONCE, count - start))
            ]
            told = [Waiting(row["id"], row["enterprise_id"]) for row in rows]
            async with self.services.db.write() as c:
                await c.execute(insert(notifications), rows)
                await endpoints_store.fan_out(c, told, now)

    def _row(self, firm: str, name: str, now: str) -> dict[str, Any]:
        self.told += 1
        return {
            **ROW,
            "id": name,
            "dedupe": name,
            "seq": 10_000_000 + self.told,
            "enterprise_id": firm,
            "created_at": now,
        }


@dataclass(frozen=True)
class Waiting:
    """What deliveries need to know of a notification."""

    id: str
    enterprise: str
    type: str = "measure.matched"
    document: str | None = "doc-one"


_WHY = {"path": "", "text": "从业人数不超过 300 人", "fact": "employees", "value": 18, "as_of": "2026-11-24"}
ROW = {
    "document_id": "doc-one",
    "measure_id": "doc-one.one",
    "type": "measure.matched",
    "title": "研发补助",
    "part": "certain",
    "text": "《研发补助办法》的“研发补助”，贵公司符合全部条件，常年受理。",
    "data": to_json({"why": [_WHY] * 4, "as_of": "2026-11-24", "state": "rolling", "window": None}),
}


@asynccontextmanager
async def world(database: str, number: int) -> AsyncIterator[World]:
    """An empty, migrated service, nothing of it running yet."""
    with tempfile.TemporaryDirectory(prefix="huiqi-push-") as folder, valkey(Path(folder)) as (_, redis):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        given = {**_settings(Path(folder), port), "REDIS_URL": redis}
        if database == "postgresql":
            postgres.server().create(f"push_{number}")
            given["DATABASE_URL"] = postgres.server().url(f"push_{number}")
        environment = {**os.environ, **{f"HUIQI_{name}": value for name, value in given.items()}}
        await asyncio.to_thread(_prepare, environment)
        settings = Settings.model_validate({name.lower(): value for name, value in given.items()})
        services = compose(settings, SystemClock(), china())
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120)
        made = World(services, environment, http)
        try:
            yield made
        finally:
            for process in [*made.processes]:
                made.stop(process)
            await http.aclose()
            await services.close()


def _prepare(environment: dict[str, str]) -> None:
    command = (sys.executable, "-m", "service.preparation")
    subprocess.run(command, env=environment, check=True, capture_output=True)


def _settings(folder: Path, port: int) -> dict[str, str]:
    return {
        "DATA": str(folder / "data"),
        "PORT": str(port),
        "ADMIN_KEY": KEY,
        "ENCODER": "none",
        "CATALOGUE": "none",
        "DEMO": "0",
        "WEBHOOK_ALLOW_NETS": "127.0.0.0/8",
        "CONFIRM_OVER": "10000000",
    }


def resident(process: "subprocess.Popen[bytes]") -> int:
    """Bytes of memory that the process has now."""
    return int(Path(f"/proc/{process.pid}/statm").read_text("ascii").split()[1]) * getpagesize()


def spread(values: Sequence[float]) -> dict[str, float]:
    """The middle one and the one of a hundred, in ms."""
    ordered = sorted(values)
    at = {"p50_ms": len(ordered) // 2, "p99_ms": min(len(ordered) - 1, len(ordered) * 99 // 100)}
    return {name: round(1_000 * ordered[place], 1) for name, place in at.items()}
