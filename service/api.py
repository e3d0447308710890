"""The API process: the app behind uvicorn, on a socket that the supervisor opened or on one of its own.

Says nothing on its output; what happens goes to the log. Drains on SIGTERM.
"""

import socket
import sys

import uvicorn

from service import logs
from service.app import create_app
from service.settings import Settings

DRAIN_S = 5


def main(handle: int | None = None) -> None:
    """Serves until told to end; `handle` is a listening socket that was inherited."""
    settings = Settings()
    logs.configure(settings.log_folder, "api")
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    sockets = None if handle is None else [socket.socket(fileno=handle)]
    uvicorn.Server(config).run(sockets)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
