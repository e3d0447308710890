"""A real Redis-protocol server of the tests' own, on a unix socket, ended with the test."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.embedded_redis import server
from service.processes import Child


@contextmanager
def valkey(folder: Path) -> Iterator[tuple[Child, str]]:
    """The running server and its URL."""
    folder.chmod(0o700)
    place = folder / "redis.sock"
    child = server(place, folder / "redis.out")
    child.start()
    try:
        wait_for(place)
        yield child, f"unix://{place}"
    finally:
        child.stop()


def wait_for(place: Path, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(place)) == 0:
                return
        time.sleep(0.01)
    raise AssertionError(f"no server at {place}")
