"""The arrangement of docs/compose.yaml without containers: each of its programs, each as often as there.

A real PostgreSQL, a real Redis-protocol server, two API processes and two workers.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.running import ROOT, environment, free_port
from tests.service.asking import document
from tests.service.postgres import Server
from tests.service.valkey import valkey

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
COMPOSE = yaml.safe_load((ROOT / "docs" / "compose.yaml").read_text(encoding="utf-8"))
KEY = "k" * 40
FIRMS = 300
READY_S, TOLD_S = 60.0, 40.0


@dataclass
class Arrangement:
    """Everything that runs; ports of the API processes in the order of their start."""

    environment: dict[str, str]
    processes: dict[str, list["subprocess.Popen[bytes]"]] = field(default_factory=dict)
    ports: list[int] = field(default_factory=list)

    def start(self, service: str) -> "subprocess.Popen[bytes]":
        """A service of the file, as its image would start it."""
        python, *arguments = COMPOSE["services"][service]["command"]
        assert python == ".venv/bin/python"
        given = dict(self.environment)
        if service == "api":
            self.ports.append(free_port())
            given["HUIQI_PORT"] = str(self.ports[-1])
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=given)
        self.processes.setdefault(service, []).append(process)
        return process

    def call(self, port: int, method: str, path: str, body: Any = None) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{port}{path}"
        request = urllib.request.Request(url, data=sent, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def is_ready(self, port: int) -> bool:
        try:
            parts = self.call(port, "GET", "/readyz")["parts"]
        except OSError:
            return False
        return all(parts[name] == "ok" for name in ("database", "redis", "worker"))

    def stop(self) -> None:
        every = [each for some in self.processes.values() for each in some]
        for process in every:
            process.terminate()
        for process in every:
            process.wait(20)


def settings_of(folder: Path, server: Server, redis: str) -> dict[str, str]:
    """The settings of the file, but for what a container would bring."""
    ours = {"HUIQI_DATABASE_URL": server.url("huiqi"), "HUIQI_REDIS_URL": redis, "HUIQI_ADMIN_KEY": KEY}
    ours |= {"HUIQI_HOST": "127.0.0.1", "HUIQI_ENCODER": "none", "HUIQI_CATALOGUE": "none"}
    named = {**COMPOSE["x-huiqi"]["environment"], **ours}
    return environment(folder / "data", 0, **{**named, "HUIQI_DATA": str(folder / "data")})


@contextmanager
def arranged(folder: Path) -> Iterator[Arrangement]:
    with ExitStack() as stack:
        place = Path(tempfile.mkdtemp(prefix="huiqi-pg-"))
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        server = Server(place).start()
        stack.callback(server.stop)
        server.create("huiqi")
        sockets = Path(tempfile.mkdtemp(prefix="huiqi-redis-"))
        stack.callback(shutil.rmtree, sockets, ignore_errors=True)
        _, redis = stack.enter_context(valkey(sockets))
        made = Arrangement(settings_of(folder, server, redis))
        stack.callback(made.stop)
        assert made.start("prepare").wait(READY_S) == 0
        for service in ("api", "worker"):
            for _ in range(COMPOSE["services"][service]["deploy"]["replicas"]):
                made.start(service)
        until(lambda: all(made.is_ready(port) for port in made.ports), READY_S)
        yield made


def until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Arrangement]:
    with arranged(tmp_path) as made:
        yield made


def told(both: Arrangement, port: int, measure: str) -> Counter[str]:
    """How often each enterprise was told of the measure."""

    def inbox(name: str) -> int:
        items = both.call(port, "GET", f"/v1/enterprises/{name}/notifications")["items"]
        return sum(item["measure_id"] == measure for item in items)

    names = [f"firm-{n}" for n in range(FIRMS)]
    with ThreadPoolExecutor(4) as pool:
        return Counter(dict(zip(names, pool.map(inbox, names), strict=True)))


def nothing_waits(both: Arrangement, port: int) -> bool:
    return not any(
        both.call(port, "GET", f"/v1/jobs?state={state}")["items"] for state in ("queued", "running")
    )


def test_each_is_told_once_though_an_api_process_and_a_worker_are_killed_meanwhile(both: Arrangement) -> None:
    first, second = both.ports
    for number in range(FIRMS):
        port = both.ports[number % 2]
        both.call(port, "PUT", f"/v1/enterprises/firm-{number}", {"name": f"公司{number}", "facts": {}})
    until(lambda: nothing_waits(both, second), TOLD_S)
    both.call(first, "POST", "/v1/policies", document("for-all"))
    both.call(first, "POST", "/v1/policies/for-all/publish", {})
    both.processes["worker"][0].send_signal(signal.SIGKILL)
    both.processes["api"][0].send_signal(signal.SIGKILL)
    until(lambda: min(told(both, second, "for-all.one").values()) >= 1, TOLD_S)
    until(lambda: nothing_waits(both, second), TOLD_S)
    assert set(told(both, second, "for-all.one").values()) == {1}
    assert both.call(second, "GET", "/v1/policies/for-all")["status"] == "published"


def test_told_to_end_every_process_ends_in_order_and_in_time(both: Arrangement) -> None:
    every = [each for name in ("api", "worker") for each in both.processes[name]]
    for process in every:
        process.send_signal(signal.SIGTERM)
    codes = [process.wait(10) for process in every]
    assert set(codes[:2]) <= {0, -signal.SIGTERM}  # uvicorn ends by the signal once it has drained
    assert codes[2:] == [0, 0]
