"""One ask over 2,000 measures, split by stage, beside a bare FastAPI endpoint that returns the same bytes.

Both answer over HTTP from one process on one core, in turn; `python -m benchmarks serve [--json]`.
"""

import asyncio
import functools
import http.client
import json
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from benchmarks.many_measures import prepare
from policies.demo import demo_enterprises
from policies.facts import china
from policies.json_writing import to_json
from service import bodies, logs
from service.app import create_app
from service.ask import actions
from service.clock import SystemClock
from service.keepers import EncoderKeeper
from service.settings import Settings

MEASURES, ROUNDS, WARM = 2_000, 200, 20
PATH = "/v1/recommendations"

# What is timed where: stage, object, attribute. Stages inside others are named with the outer one's.
STAGES: tuple[tuple[str, Any, str], ...] = (
    ("read and check the body", actions, "read_ask"),
    ("snapshot, profile and mask", actions, "_scene"),
    ("encode the text", EncoderKeeper, "query"),
    ("search, features, rank, order", actions, "_ordered"),
    ("reasons and why of 20", actions, "_items"),
    ("questions", actions, "next_questions"),
    ("cursor", actions, "cursor_after"),
    ("write JSON", bodies, "to_json"),
)


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder), redis_url="none", catalogue="none", demo=False, admin_key="k" * 40
        )
        measures = asyncio.run(prepare(settings, china(), SystemClock(), MEASURES))
        found: dict[str, Any] = {"measures": measures, "rounds": ROUNDS, "cores": 1}
        for name, with_text in (("without text", False), ("with text", True)):
            found[name] = {**_over_http(settings, with_text), "stages": _stages(settings, with_text)}
    print(json.dumps(found, indent=1, ensure_ascii=False) if "--json" in arguments else _table(found))


def asks(with_text: bool) -> list[bytes]:
    """Bodies of asks: the demo firms' profiles, each another text when they come with one."""
    made = []
    for number, firm in enumerate(demo_enterprises(china())):
        profile: dict[str, Any] = {name: firm[name] for name in ("facts", "answers") if name in firm}
        if with_text:
            profile["text"] = f"{firm['text']}（{number}）"
        made.append(to_json({"profile": profile}).encode())
    return made


def _over_http(settings: Settings, with_text: bool) -> dict[str, Any]:
    """Milliseconds of whole requests, ours and the peer's in turn, from another process."""
    ours, theirs = _listening(), _listening()
    context = multiprocessing.get_context("spawn")
    server = context.Process(target=_serve, args=(settings, ours, theirs), daemon=True)
    server.start()
    try:
        service, peer = (http.client.HTTPConnection("127.0.0.1", s.getsockname()[1]) for s in (ours, theirs))
        _wait_for(service)
        bodies_sent, times = asks(with_text), defaultdict[str, list[float]](list)
        for turn in range(WARM + ROUNDS):
            body = bodies_sent[turn % len(bodies_sent)]
            spent, answer = _timed(service, PATH, body)
            _timed(peer, "/keep", answer)
            bare, same = _timed(peer, "/same", body)
            if same != answer:
                raise RuntimeError("the peer returns other bytes")
            if turn >= WARM:
                times["ours"].append(spent)
                times["bare FastAPI"].append(bare)
                times["bytes"].append(len(answer))
    finally:
        server.terminate()
        server.join()
    shown = {name: _spread(values) for name, values in times.items() if name != "bytes"}
    return {**shown, "bytes": median(times["bytes"])}


def _listening() -> socket.socket:
    """Told to be TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for an ACK."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


def _serve(settings: Settings, ours: socket.socket, theirs: socket.socket) -> None:
    """Both apps in one process, pinned to one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    logs.configure(settings.log_folder, "api")

    async def both() -> None:
        configs = [
            uvicorn.Config(app, log_config=None, access_log=False) for app in (create_app(settings), _bare())
        ]
        await asyncio.gather(
            *(uvicorn.Server(c).serve([s]) for c, s in zip(configs, (ours, theirs), strict=True))
        )

    asyncio.run(both())


def _bare() -> FastAPI:
    """Reads a body and returns bytes that it was given before: what FastAPI alone costs."""
    app = FastAPI()
    kept = [b""]

    @app.post("/keep")
    async def keep(request: Request) -> Response:
        kept[0] = await request.body()
        return Response()

    @app.post("/same")
    async def same(request: Request) -> Response:
        await request.body()
        return Response(kept[0], media_type="application/json")

    return app


def _wait_for(service: http.client.HTTPConnection) -> None:
    """Until answers are whole: the encoder is there and what the first request makes is made."""
    for _ in range(600):
        try:
            _, answer = _timed(service, PATH, b'{"profile": {"text": "\xe7\xa0\x94\xe5\x8f\x91"}}')
        except OSError:
            service.close()
        else:
            if "dense" not in json.loads(answer)["degraded"]:
                return
        time.sleep(0.1)
    raise RuntimeError("the service does not get ready")


def _timed(connection: http.client.HTTPConnection, path: str, body: bytes) -> tuple[float, bytes]:
    begin = time.perf_counter()
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    spent = 1_000 * (time.perf_counter() - begin)
    if answer.status != 200:
        raise RuntimeError(content.decode())
    return spent, content


def _stages(settings: Settings, with_text: bool) -> dict[str, float]:
    """Median milliseconds by stage, in this process without HTTP."""
    spent: dict[str, list[float]] = defaultdict(list)

    async def measure() -> None:
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            await _ready(app.state.services.encoder)
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://huiqi") as client:
                with _watched(spent):
                    for body in (asks(with_text) * 4)[: WARM + 100]:
                        for values in spent.values():
                            values.append(0.0)
                        headers = {"Content-Type": "application/json"}
                        await client.post(PATH, content=body, headers=headers)

    logs.configure(settings.log_folder, "api")
    asyncio.run(measure())
    return {stage: round(median(values[WARM:]), 3) for stage, values in spent.items()}


async def _ready(encoder: EncoderKeeper) -> None:
    for _ in range(1_200):
        if encoder.ready:
            return
        await asyncio.sleep(0.05)
    raise RuntimeError("the encoder does not get ready")


@contextmanager
def _watched(spent: dict[str, list[float]]) -> Iterator[None]:
    """Each stage's function wrapped by a clock that adds to the last entry of its list."""
    kept = [(place, name, getattr(place, name)) for _, place, name in STAGES]
    for (stage, place, name), (_, _, function) in zip(STAGES, kept, strict=True):
        spent[stage] = []
        setattr(place, name, _clocked(function, spent[stage]))
    try:
        yield
    finally:
        for place, name, function in kept:
            setattr(place, name, function)


def _clocked(function: Callable[..., Any], values: list[float]) -> Callable[..., Any]:
    if asyncio.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            begin = time.perf_counter()
            try:
                return await function(*args, **kwargs)
            finally:
                values[-1] += 1_000 * (time.perf_counter() - begin)

        return awaited

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        begin = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            values[-1] += 1_000 * (time.perf_counter() - begin)

    return called


def _spread(values: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(values, n=100)
    return {"p50_ms": round(median(values), 2), "p95_ms": round(cuts[94], 2), "p99_ms": round(cuts[98], 2)}


def _table(found: dict[str, Any]) -> str:
    lines = [f"one ask over {found['measures']} measures, 20 items with reasons and why, one core"]
    for name in ("without text", "with text"):
        part = found[name]
        lines += [
            "",
            f"{name}: {part['bytes']:,.0f} bytes",
            f"{'':32}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}",
        ]
        for row in ("ours", "bare FastAPI"):
            spread = part[row]
            figures = "".join(f"{spread[cut]:9.2f}" for cut in ("p50_ms", "p95_ms", "p99_ms"))
            lines.append(f"{row:32}{figures}")
        lines += [f"  {stage:30}{spent:9.2f}" for stage, spent in part["stages"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
