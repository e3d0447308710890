"""The API process: the app behind uvicorn, on a socket that the supervisor opened or on one of its own.

Says nothing on its output; what happens goes to the log. Drains on SIGTERM.
"""

import socket
import sys

import uvicorn

from service import logs
from service.app import create_app
from service.push.streams import Streams
from service.settings import Settings

DRAIN_S = 5


class Server(uvicorn.Server):
    """Uvicorn's, but for streams: they never end by themselves, so a stop lets them go at once."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams, then drains."""
        self._streams.end()
        await super().shutdown(sockets)


def main(handle: int | None = None) -> None:
    """Serves until told to end; `handle` is a listening socket that was inherited."""
    settings = Settings()
    logs.configure(settings.log_folder, "api")
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    sockets = None if handle is None else [socket.socket(fileno=handle)]
    Server(config, app.state.services.streams).run(sockets)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
