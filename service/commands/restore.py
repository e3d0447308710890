"""`huiqi restore`: a data folder from a backup.

Never writes into a folder that exists.
"""

from pathlib import Path
from typing import Annotated

import typer

from service import backup
from service.clock import SystemClock
from service.instants import instant
from service.settings import Settings


def run(path: Annotated[Path, typer.Argument(help="A file that `huiqi backup` has written.")]) -> None:
    """Make HUIQI_DATA, which must not exist, from a backup; `huiqi serve` then migrates and goes on."""
    settings = Settings()
    restored = backup.restore(settings, path.absolute(), instant(SystemClock().now()))
    print(f"{settings.folder}: {len(restored.parts)} files restored")
    quieted = restored.quieted
    if quieted.endpoints or quieted.deliveries:
        print(
            f"nothing is sent by itself: {quieted.endpoints} webhooks are paused until they are made active,"
            f" {quieted.deliveries} deliveries that waited are dead until they are replayed"
        )
