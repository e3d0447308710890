"""`huiqi backup`: one file with everything that cannot be made again.

The service may run meanwhile; nobody waits for it.
"""

from pathlib import Path
from typing import Annotated

import typer

from service import backup
from service.clock import SystemClock
from service.instants import instant
from service.settings import Settings


def run(path: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")]) -> None:
    """Copy database, keys, index and trained ranker into one file, while the service runs."""
    parts = backup.backup(Settings(), path.absolute(), instant(SystemClock().now()))
    size = path.stat().st_size / 2**20
    print(f"{path}: {len(parts)} files, {size:.1f} MiB; it holds the keys: keep it as safe as them")
