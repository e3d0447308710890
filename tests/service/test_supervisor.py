"""Starting and watching: what keeps a start from beginning is one line, what ends is started again."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service import supervisor
from service.processes import Child
from service.settings import Settings
from service.supervisor import NotStarted, Supervisor, announcement, is_ready, listening

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
BROKEN = [sys.executable, "-c", "raise SystemExit('no such thing')"]


@pytest.fixture(autouse=True)
def same_mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def made(folder: Path, port: int = 0) -> Supervisor:
    settings = Settings(data=folder, port=port, redis_url="none", encoder="none", admin_key="k" * 40)
    return Supervisor(settings, lambda _line: None)


@contextmanager
def watched(folder: Path, *commands: list[str]) -> Iterator[Supervisor]:
    """A supervisor with these children and nothing else."""
    found = made(folder)
    folder.mkdir(exist_ok=True)
    for number, command in enumerate(commands):
        found._watch(Child(f"child-{number}", command, folder / f"{number}.out", os.environ))
    try:
        yield found
    finally:
        found._stop()


def until(found: Supervisor, holds: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        found._look_after()
        time.sleep(0.01)


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with listening("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        with pytest.raises(NotStarted, match=rf"127\.0\.0\.1:{port}.*in use"):
            made(tmp_path / "data", port).run()
    assert not (tmp_path / "data").exists()


def test_a_folder_that_is_served_already_is_one_line_with_the_process(tmp_path: Path) -> None:
    with (tmp_path / "serve.lock").open("w") as held:
        held.write("4711\n")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(NotStarted, match="process 4711"):
            made(tmp_path).run()


def test_a_folder_that_cannot_be_made_is_one_line_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotStarted, match=str(tmp_path)):
        made(tmp_path / "file" / "data").run()


def test_a_child_that_was_killed_is_started_again(tmp_path: Path) -> None:
    with watched(tmp_path, SLEEP) as found:
        child = found.watched[0].child
        assert child.process is not None
        before = child.process.pid
        os.kill(before, signal.SIGKILL)
        child.process.wait()
        until(found, lambda: child.runs)
        assert child.process.pid != before


def test_a_child_that_ends_each_time_is_started_ever_more_slowly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "AGAIN_S", (0.0, 60.0))
    with watched(tmp_path, BROKEN) as found:
        first = found.watched[0]
        until(found, lambda: first.failures == 2)
        assert first.again_at - time.monotonic() > 50


def test_a_service_that_does_not_start_says_why_instead_of_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "AGAIN_S", (0.0,))
    with watched(tmp_path, BROKEN) as found, pytest.raises(NotStarted, match=r"child-0.*no such thing"):
        found._await_ready("127.0.0.1", 1)


def test_stopping_ends_every_child(tmp_path: Path) -> None:
    with watched(tmp_path, SLEEP, SLEEP) as found:
        children = [each.child for each in found.watched]
    assert [child.runs for child in children] == [False, False]


def test_nothing_that_listens_is_not_ready_and_neither_is_a_stranger() -> None:
    assert not is_ready("127.0.0.1", 1)


def test_who_connects_while_the_api_starts_again_waits_and_is_not_refused() -> None:
    with listening("127.0.0.1", 0) as door, socket.create_connection(door.getsockname()):
        accepted, _ = door.accept()
        accepted.close()


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")]
)
def test_the_first_line_names_the_address_and_the_others_the_pages(host: str, shown: str) -> None:
    first, *others = announcement(host, 80, Path("logs"))
    assert first == f"ready {shown}"
    assert [line.split()[-1] for line in others[:3]] == [
        f"{shown}{path}" for path in ("/", "/docs", "/admin")
    ]


@pytest.mark.slow
def test_told_to_end_while_it_prepares_it_leaves_nothing_running(tmp_path: Path) -> None:
    environment = {**os.environ, "HUIQI_DATA": str(tmp_path / "data"), "HUIQI_PORT": "0"}
    command = (sys.executable, "-c", "from service.cli import main; main()", "serve")
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert "ready" not in process.stdout.read()
