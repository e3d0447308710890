"""`huiqi worker`: one more worker beside those that run, for a folder or database that is served.

Writes its log to stderr; SIGTERM gives back what is not finished.
"""

import asyncio

from service import logs
from service.commands.telling import told
from service.settings import Settings
from service.worker import serve


def run() -> None:
    """Take jobs and do them until told to stop."""
    logs.configure(None, "worker")
    with told():
        asyncio.run(serve(Settings()))
