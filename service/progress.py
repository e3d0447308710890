"""What long steps show: a bar on a terminal, a line for each step elsewhere.

Writes to stdout only; knows nothing of what is being done.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Tick = Callable[[int, int], None]


@contextmanager
def step(title: str) -> Iterator[Tick]:
    """One long step; yields what is called with (done, total) while it goes on."""
    if not sys.stdout.isatty():
        print(f"{title} …", flush=True)
        yield lambda _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=Console()) as shown:
        task = shown.add_task(title, total=None)

        def tick(done: int, total: int) -> None:
            shown.update(task, completed=done, total=total)

        yield tick
        shown.update(task, completed=1, total=1)
