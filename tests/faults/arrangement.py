"""The service as it is run for many: an API process, two workers and a Redis-protocol server, of processes.

Starts, kills and starts again; knows nothing of what they do.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from service.embedded_redis import server
from service.processes import Child
from service.settings import Settings
from service.supervisor import listening
from tests.service import postgres
from tests.service.outgoing_world import LOOPBACK

ROOT = Path(__file__).parent.parent.parent
KEY = "k" * 40
WORKERS = ("worker-1", "worker-2")
API, REDIS = "api", "redis"
RETRY_S = "0.3,0.5,1,1,2"


@dataclass
class Arrangement:
    """Every process by its name; `clocks` are the files that set the clock of each."""

    folder: Path
    environment: dict[str, str]
    door: socket.socket
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.door.getsockname()[1]}"

    @property
    def settings(self) -> Settings:
        """The settings of the processes."""
        plain = {
            name.removeprefix("HUIQI_").lower(): value
            for name, value in self.environment.items()
            if name.startswith("HUIQI_")
        }
        return Settings.model_validate(plain)

    @property
    def outputs(self) -> list[Path]:
        """Every file that a process writes for people."""
        return [
            each
            for each in (*self.folder.glob("*.out"), *self.settings.log_folder.glob("*"))
            if each.is_file()
        ]

    def prepare(self) -> None:
        """Migrates, in a process of its own."""
        command = (sys.executable, "-m", "service.preparation")
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True)

    def start(self) -> None:
        """Everything, for the first time."""
        self.children[REDIS] = server(self.folder / "redis" / "redis.sock", self.folder / "redis.out")
        handle = self.door.fileno()
        self.children[API] = self._child(API, "service.api", str(handle), handles=(handle,))
        for name in WORKERS:
            self.children[name] = self._child(name, "service.worker")
        for child in self.children.values():
            child.start()

    def _child(self, name: str, *program: str, handles: Sequence[int] = ()) -> Child:
        command = [sys.executable, "-m", "tests.faults.moved", str(self.clock(name)), *program]
        return Child(name, command, self.folder / f"{name}.out", self.environment, handles, ROOT)

    def clock(self, name: str) -> Path:
        """The file that sets the clock of a process."""
        return self.folder / f"{name}.clock"

    def move_clock(self, name: str, seconds: float) -> None:
        """The clock of one process goes wrong by so much."""
        aside = self.folder / f"{name}.clock.new"
        aside.write_text(str(seconds), "ascii")
        aside.replace(self.clock(name))

    def kill(self, name: str) -> None:
        """Ends a process without a word, as a machine does that loses its power."""
        process = self.children[name].process
        assert process is not None
        process.kill()
        process.wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Sends a signal to a process."""
        process = self.children[name].process
        assert process is not None
        process.send_signal(number)

    def look_after(self) -> list[str]:
        """Starts again what has ended by itself; its names."""
        ended = [name for name, child in self.children.items() if not child.runs]
        for name in ended:
            self.children[name].start()
        return ended

    def doctor(self) -> tuple[int, str]:
        """What `huiqi doctor` answers, and its exit status."""
        command = (sys.executable, "-c", "from service.cli import main; main()", "doctor")
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def stop(self) -> None:
        for child in self.children.values():
            child.stop()


@contextmanager
def arranged(database: str, **settings: str) -> Iterator[Arrangement]:
    """Prepared and started, in a temporary folder that goes with it."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="huiqi-faults-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        door = stack.enter_context(listening("127.0.0.1", 0))
        given = {
            "DATA": str(folder / "data"),
            "PORT": str(door.getsockname()[1]),
            "REDIS_URL": f"unix://{folder / 'redis' / 'redis.sock'}",
            "ADMIN_KEY": KEY,
            "ENCODER": "none",
            "CATALOGUE": "none",
            "DEMO": "0",
            "WEBHOOK_ALLOW_NETS": LOOPBACK,
            "WEBHOOK_RETRY_S": RETRY_S,
            **settings,
        }
        if database == "postgresql":
            postgres.server().create("faults")
            given["DATABASE_URL"] = postgres.server().url("faults")
            stack.callback(postgres.server().run_sql, "DROP DATABASE faults WITH (FORCE)")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUIQI_")}
        environment = {**kept, **{f"HUIQI_{name}": value for name, value in given.items()}}
        made = Arrangement(folder, environment, door)
        stack.callback(made.stop)
        made.prepare()
        made.start()
        yield made
