"""`huiqi serve`: prepares the data folder, then starts, watches, restarts and stops the service's processes.

Stays small and single-threaded: whatever needs the catalogue, the index or a model runs in a child.
"""

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from service.embedded_redis import ServerMissing, server
from service.prepared import is_prepared
from service.processes import Child, end_recorded, record, tied
from service.settings import LOG_BYTES, LOG_FILES, Settings

BEAT_S = 0.1
PROBE_S = 2.0
# Seconds before a program that ended is started again, by how often it ended soon after its start.
AGAIN_S = (0.1, 0.5, 2.0, 5.0, 10.0)
STEADY_S = 30.0
MOST_FAILED_STARTS = 3
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NotStarted(Exception):
    """Why the service cannot start, as one line."""


class _Stop(Exception):
    """Somebody asked us to end."""


@dataclass
class _Watched:
    """A child with what its restarts need."""

    child: Child
    failures: int = 0
    again_at: float = 0.0


@dataclass
class Supervisor:
    """Everything that runs for one data folder."""

    settings: Settings
    say: Callable[[str], None]
    watched: list[_Watched] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self.settings.folder

    @property
    def output_folder(self) -> Path:
        """Where the logs are, and what the programs write outside them."""
        return self.settings.log_folder

    def run(self) -> None:
        """Serves until a signal comes. Raises NotStarted. What anything here writes only we may read."""
        os.umask(0o077)
        if not self.folder.exists():
            listening(self.settings.host, self.settings.port).close()  # told before anything is made
        with _data_folder(self.folder), _signals():
            end_recorded(self.folder / "processes.json")
            with listening(self.settings.host, self.settings.port) as door:
                self.output_folder.mkdir(mode=0o700, exist_ok=True)
                try:
                    self._serve(door)
                except _Stop:
                    return
                finally:
                    self._stop()

    def _serve(self, door: socket.socket) -> None:
        host, port = self.settings.host, door.getsockname()[1]
        environment = {**os.environ, "HUIQI_DATA": str(self.folder), "HUIQI_PORT": str(port)}
        self._start_redis()
        if not is_prepared(self.settings):
            prepare(environment)
        self._start("worker", [sys.executable, "-m", "service.worker"], environment)
        handle = door.fileno()
        self._start("api", [sys.executable, "-m", "service.api", str(handle)], environment, (handle,))
        self._await_ready(host, port)
        for line in announcement(host, port, self.output_folder):
            self.say(line)
        while True:
            self._look_after()
            time.sleep(BEAT_S)

    def _start_redis(self) -> None:
        if not self.settings.embedded_redis:
            return
        try:
            child = server(self.settings.socket, self.output_folder / "redis.out")
        except (ServerMissing, OSError) as missing:
            self.say(f"no Redis-protocol server ({missing}); the worker polls")
            return
        self._watch(child)

    def _start(
        self, name: str, command: list[str], environment: Mapping[str, str], handles: tuple[int, ...] = ()
    ) -> None:
        self._watch(Child(name, command, self.output_folder / f"{name}.out", environment, handles))

    def _watch(self, child: Child) -> None:
        child.start()
        self.watched.append(_Watched(child))
        self._record()

    def _record(self) -> None:
        record(self.folder / "processes.json", [each.child for each in self.watched])

    def _await_ready(self, host: str, port: int) -> None:
        while not is_ready(host, port):
            self._look_after()
            failing = next((each for each in self.watched if each.failures >= MOST_FAILED_STARTS), None)
            if failing is not None and failing.child.name != "redis":
                name, output = failing.child.name, failing.child.output
                raise NotStarted(f"the {name} does not start: {failing.child.last_line()} (see {output})")
            time.sleep(BEAT_S)

    def _look_after(self) -> None:
        for each in self.watched:
            if each.child.runs:
                if time.monotonic() - each.child.started > STEADY_S:
                    each.failures = 0
            elif each.again_at == 0.0:
                each.again_at = time.monotonic() + AGAIN_S[min(each.failures, len(AGAIN_S) - 1)]
                each.failures += 1
            elif time.monotonic() >= each.again_at:
                each.again_at = 0.0
                each.child.start()
                self._record()

    def _stop(self) -> None:
        for each in reversed(self.watched):
            each.child.stop()
        self._record()


def prepare(environment: Mapping[str, str]) -> None:
    """Migrates, and at a first start imports and indexes, in a process whose memory ends with it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "service.preparation"],
        env=dict(environment),
        preexec_fn=tied(os.getpid()),  # noqa: PLW1509  # the parent has one thread
        process_group=0,
    )
    try:
        status = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if status < 0:
        raise NotStarted(f"the preparation was ended by {signal.Signals(-status).name}")
    if status:
        raise NotStarted("")  # it has said why


@contextmanager
def _data_folder(folder: Path) -> Iterator[IO[str]]:
    """Makes the folder, ours alone, and holds its lock against a second `huiqi serve`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        lock = (folder / "serve.lock").open("a+", encoding="ascii")
    except OSError as error:
        raise NotStarted(f"{folder}: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise NotStarted(f"{folder} is already served by process {lock.read().strip()}") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield lock


@contextmanager
def _signals() -> Iterator[None]:
    """Turns the first signal into _Stop; later ones are ignored while everything ends."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise _Stop

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    except _Stop:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listening(host: str, port: int) -> socket.socket:
    """The socket that the API answers on; it outlives the API, so a restart refuses nobody."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        door = socket.socket(family, kind, protocol)
    except OSError as error:
        raise NotStarted(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
        door.listen(2_048)
    except OSError as error:
        door.close()
        raise NotStarted(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    return door


def is_ready(host: str, port: int) -> bool:
    """Whether `/readyz` answers 200 now."""
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=PROBE_S)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return answer.status == http.client.OK


def announcement(host: str, port: int, logs: Path) -> list[str]:
    """What is said once the service is ready: where it is, and where its pages and logs are."""
    at = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    places = {
        "enterprise page  企业页面": "/",
        "API reference  接口文档": "/docs",
        "administrator  管理页面": "/admin",
    }
    return [
        f"ready {at}",
        *(f"  {name}: {at}{path}" for name, path in places.items()),
        f"  logs  日志: {logs} (at most {LOG_BYTES * (LOG_FILES + 1) >> 20} MiB each)",
    ]


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
