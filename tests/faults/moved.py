"""`python -m tests.faults.moved FILE MODULE [ARGUMENT]`: a program of the service with a clock set by a file.

The file holds seconds to add; it may be written anew while the program runs.
"""

import faulthandler
import importlib
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.clock import SystemClock


def set_clock(file: Path) -> None:
    """From now on the clock of this process is off by what the file says."""

    def now(_: SystemClock) -> datetime:
        try:
            seconds = float(file.read_text("ascii") or 0)
        except OSError:
            seconds = 0.0
        return datetime.now(UTC) + timedelta(seconds=seconds)

    setattr(SystemClock, "now", now)  # noqa: B010  # a method, for this process only


def main() -> None:
    """Runs the program's own `main`; at SIGUSR1 it says where it stands."""
    faulthandler.register(signal.SIGUSR1)
    file, module, *arguments = sys.argv[1:]
    set_clock(Path(file))
    importlib.import_module(module).main(*map(int, arguments))


if __name__ == "__main__":
    main()
