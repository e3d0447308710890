"""Child processes that end when their parent does, and the end of those that a killed run has left.

Knows a process by its id and its start, so that no stranger with a used-again id is ever ended.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_STARTED = 19  # field of /proc/PID/stat, counted after the command's closing bracket
ENDING_S = 8.0
_LOG_MODE = 0o600


def tied(parent: int) -> Callable[[], None]:
    """What a child runs before its program: it is told to end when `parent` (our own id) is gone."""
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return tie


@dataclass
class Child:
    """One program of the service; `output` takes what it writes outside its own log, anew at each start."""

    name: str
    command: Sequence[str]
    output: Path
    environment: Mapping[str, str]
    handles: Sequence[int] = ()
    folder: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Starts the program in a process group of its own, so that Ctrl-C reaches only its parent."""
        handle = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _LOG_MODE)
        try:
            self.process = subprocess.Popen(  # noqa: S603  # our own programs
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                env=dict(self.environment),
                pass_fds=self.handles,
                cwd=self.folder,
                preexec_fn=tied(os.getpid()),  # noqa: PLW1509  # the parent has one thread
                process_group=0,
            )
        finally:
            os.close(handle)
        self.started = time.monotonic()

    @property
    def ended(self) -> int | None:
        """The exit status once it has ended; None while it runs or was never started."""
        return None if self.process is None else self.process.poll()

    @property
    def runs(self) -> bool:
        """Whether it has been started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def stop(self, within: float = ENDING_S) -> None:
        """Asks it to end, and ends it when it has not within so many seconds."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_line(self) -> str:
        """The last thing it wrote outside its log."""
        lines = self.output.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def record(file: Path, children: Sequence[Child]) -> None:
    """Writes down who runs, for the next start to end them if we cannot."""
    running = [child.process.pid for child in children if child.process is not None and child.runs]
    rows = [{"pid": pid, "started": started_at(pid)} for pid in running]
    aside = file.with_suffix(".new")
    aside.write_text(json.dumps(rows), encoding="ascii")
    aside.replace(file)


def end_recorded(file: Path, within: float = ENDING_S) -> int:
    """Ends those of a record that still run; how many there were."""
    left = [pid for pid, started in _recorded(file) if started is not None and started_at(pid) == started]
    for pid in left:
        _send(pid, signal.SIGTERM)
    deadline = time.monotonic() + within
    waiting = left
    while waiting and time.monotonic() < deadline:
        waiting = [pid for pid in waiting if started_at(pid) is not None]
        time.sleep(0.02)
    for pid in waiting:
        _send(pid, signal.SIGKILL)
    file.unlink(missing_ok=True)
    return len(left)


def started_at(pid: int) -> int | None:
    """When the process started, in the kernel's ticks; None when it has ended or cannot be looked at."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = status.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else int(fields[_STARTED])


def _recorded(file: Path) -> list[tuple[int, int | None]]:
    try:
        return [(row["pid"], row["started"]) for row in json.loads(file.read_text(encoding="ascii"))]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
