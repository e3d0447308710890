"""The Redis-protocol server that comes along: on a socket of ours alone, never on a port, never left behind.

Starts the real server.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.exceptions import RedisError

from service import embedded_redis
from service.embedded_redis import ServerMissing, server
from service.processes import Child
from service.settings import Settings
from service.wake import Wake


def until(holds: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def answers(socket: Path) -> bool:
    with Redis(unix_socket_path=str(socket)) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def running(settings: Settings, tmp_path: Path) -> Iterator[Child]:
    child = server(settings.socket, tmp_path / "redis.out")
    child.start()
    until(lambda: answers(settings.socket))
    yield child
    child.stop()


@pytest.mark.usefixtures("running")
async def test_it_answers_where_the_settings_say(settings: Settings) -> None:
    wake = Wake(settings.redis)
    assert await wake.state() == "ok"
    await wake.close()


@pytest.mark.usefixtures("running")
def test_its_socket_is_for_us_alone_and_in_a_folder_of_ours(settings: Settings) -> None:
    assert settings.socket.stat().st_mode & 0o777 == 0o600
    assert settings.socket.parent.stat().st_mode & 0o077 == 0


def test_it_listens_on_no_port(running: Child) -> None:
    assert running.process is not None
    assert psutil.Process(running.process.pid).net_connections(kind="inet") == []


@pytest.mark.usefixtures("running")
def test_it_keeps_nothing_on_disk_and_little_in_memory(settings: Settings) -> None:
    with Redis(unix_socket_path=str(settings.socket)) as client:
        client.set("one", "1")
        wanted = {"save": "", "appendonly": "no"}
        assert {name: client.config_get(name)[name] for name in wanted} == wanted  # type: ignore[index]
        assert int(client.config_get("maxmemory")["maxmemory"]) <= 64 << 20  # type: ignore[index]
    assert [path.name for path in settings.folder.iterdir()] == [settings.socket.name]


def test_it_stops_when_asked_and_starts_again_over_its_old_socket(running: Child, settings: Settings) -> None:
    running.stop()
    assert running.ended is not None
    settings.socket.touch()
    running.start()
    until(lambda: answers(settings.socket))


def test_a_path_too_long_for_a_socket_is_no_hindrance(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / ("long-" * 30))
    child = server(settings.socket, tmp_path / "redis.out")
    child.start()
    try:
        until(lambda: answers(settings.socket))
    finally:
        child.stop()
        settings.socket.unlink(missing_ok=True)


PARENT = """
import sys, time
from pathlib import Path
from service.embedded_redis import server
child = server(Path(sys.argv[1]), Path(sys.argv[2]))
child.start()
print(child.process.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_when_its_parent_is_killed(settings: Settings, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(settings.socket), str(tmp_path / "redis.out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        orphan = psutil.Process(int(parent.stdout.readline()))
        until(settings.socket.exists)
        parent.send_signal(signal.SIGKILL)
    orphan.wait(5)


def test_a_machine_without_the_server_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_redis, "PACKAGE", "no_such_package")
    with pytest.raises(ServerMissing, match="no_such_package"):
        embedded_redis.binary()
