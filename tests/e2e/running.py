"""A whole service started as a person would start it, on a free port and in a folder of its own.

Real processes only: supervisor, API, worker, Redis-protocol server. Stops and checks what it started.
"""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import psutil

ROOT = Path(__file__).parent.parent.parent
HUIQI = Path(sys.executable).parent / "huiqi"


@dataclass
class Answer:
    """Status, headers and decoded body of one HTTP answer."""

    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path, port: int, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUIQI_")}
    return {**kept, "HUIQI_DATA": str(data), "HUIQI_PORT": str(port), **settings}


def says(process: psutil.Process, word: str) -> bool:
    """Whether the process lives and its command line holds this word."""
    try:
        return any(word in part for part in process.cmdline())
    except psutil.Error:
        return False


@dataclass
class Running:
    """`huiqi serve` as a child; use as a context manager."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    lines: list[str] = field(default_factory=list)

    def __enter__(self) -> "Running":
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            (HUIQI, "serve"),
            cwd=ROOT,
            env=environment(self.data, self.port, **self.settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.wait_for("ready http://")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        return (self.data / "admin.key").read_text().strip()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._queue.put(line)
        self._queue.put(None)

    def wait_for(self, beginning: str, seconds: float = 240) -> str:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                line = self._queue.get(timeout=1)
            except queue.Empty:
                continue
            if line is None:
                break
            if line.startswith(beginning):
                return line
        raise AssertionError(f"no line {beginning!r} in:\n" + "\n".join(self.lines))

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, word: str) -> psutil.Process:
        """The child whose command line holds this word; waited for while it is started again."""
        found: list[psutil.Process] = []
        self.until(lambda: found.extend(c for c in self.children() if says(c, word)) or found)
        return found[0]

    def stop(self, number: int = signal.SIGINT, seconds: float = 20) -> list[psutil.Process]:
        """Ends the service; what of it is still alive afterwards."""
        children = self.children() if self.process.poll() is None else []
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(seconds)
        _, alive = psutil.wait_procs(children, timeout=5)
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return list(alive)

    def ask(self, path: str, body: object = None, *, method: str = "", key: bool | str = False) -> Answer:
        """One request; `body` is sent as JSON, `key` is the administrator's or the one given."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method or None)
        request.add_header("Content-Type", "application/json")
        if key:
            request.add_header("Authorization", f"Bearer {self.key if key is True else key}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())
        except OSError as error:
            ended = self.process.poll()
            if ended is None:
                raise
            raise AssertionError(f"the service ended with {ended}:\n" + "\n".join(self.lines)) from error

    def until(self, holds: Any, seconds: float = 10) -> float:
        """Waits until `holds()` is true; the seconds it took."""
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            if holds():
                return time.monotonic() - start
            time.sleep(0.05)
        raise AssertionError(f"still not true after {seconds} s")
