"""Children: they end with their parent, are ended by the next start, and nobody else is."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.processes import Child, end_recorded, record, started_at

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF_PROGRAM = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
DEAF = [sys.executable, "-c", DEAF_PROGRAM]
PARENT = """
import sys, os, time
from pathlib import Path
from service.processes import Child
child = Child("child", [sys.executable, "-c", "import time; time.sleep(60)"], Path(sys.argv[1]), os.environ)
child.start()
print(child.process.pid, flush=True)
time.sleep(60)
"""


def child(folder: Path, command: list[str] = SLEEP) -> Child:
    made = Child("child", command, folder / "out", os.environ)
    made.start()
    return made


def pid(of: Child) -> int:
    assert of.process is not None
    return of.process.pid


def until_ended(number: int, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while started_at(number) is not None and time.monotonic() < end:
        time.sleep(0.01)
    return started_at(number) is None


def until_said(made: Child) -> None:
    while not made.output.read_text():
        time.sleep(0.01)


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = (sys.executable, "-c", PARENT, str(tmp_path / "out"))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        assert started_at(number) is not None
        parent.kill()
    assert until_ended(number)


def test_what_a_killed_run_has_left_is_ended_by_its_record(tmp_path: Path) -> None:
    left = child(tmp_path)
    record(tmp_path / "processes.json", [left])
    assert end_recorded(tmp_path / "processes.json") == 1
    assert left.process is not None
    assert left.process.wait(5) == -signal.SIGTERM
    assert not (tmp_path / "processes.json").exists()


def test_a_stranger_with_a_used_again_id_is_left_alone(tmp_path: Path) -> None:
    stranger = child(tmp_path)
    file = tmp_path / "processes.json"
    file.write_text(f'[{{"pid": {pid(stranger)}, "started": 1}}]')
    assert end_recorded(file) == 0
    assert stranger.runs
    stranger.stop()


@pytest.mark.parametrize("text", ["", "{", "[]", '[{"pid": 1}]', "[1]"])
def test_a_damaged_record_ends_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "processes.json").write_text(text)
    assert end_recorded(tmp_path / "processes.json") == 0


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = child(tmp_path, DEAF)
    until_said(deaf)
    deaf.stop(within=0.2)
    assert deaf.ended == -signal.SIGKILL


def test_a_recorded_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = child(tmp_path, DEAF)
    until_said(deaf)
    record(tmp_path / "processes.json", [deaf])
    assert end_recorded(tmp_path / "processes.json", within=0.2) == 1
    assert deaf.process is not None
    assert deaf.process.wait(5) == -signal.SIGKILL


def test_the_last_line_of_a_child_tells_why_it_ended(tmp_path: Path) -> None:
    broken = child(tmp_path, [sys.executable, "-c", "raise SystemExit('no such thing')"])
    assert broken.process is not None
    broken.process.wait(5)
    assert (broken.ended, broken.last_line()) == (1, "no such thing")
