"""`huiqi restore`: a data folder from a backup.

Never writes into a folder that exists.
"""

from pathlib import Path
from typing import Annotated

import typer

from service import backup
from service.settings import Settings


def run(path: Annotated[Path, typer.Argument(help="A file that `huiqi backup` has written.")]) -> None:
    """Make HUIQI_DATA, which must not exist, from a backup; `huiqi serve` then migrates and goes on."""
    settings = Settings()
    parts = backup.restore(settings, path.absolute())
    print(f"{settings.folder}: {len(parts)} files restored")
