"""`huiqi serve`: everything, started and watched by one small process.

Prints where the service is once it is ready; runs until Ctrl-C.
"""

from service.commands.fault import Fault
from service.settings import Settings
from service.supervisor import NotStarted, Supervisor


def run() -> None:
    """Start API, worker and Redis-protocol server; at the first start also import and index."""
    try:
        Supervisor(Settings(), lambda line: print(line, flush=True)).run()
    except NotStarted as reason:
        raise Fault(str(reason)) from None
