"""Server-sent events of the API, read in process while they come; the ordinary transport waits for an end.

Knows no route. Closing the reader ends the request.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message

_ENDED: Message = {"type": "ended"}


@dataclass(frozen=True)
class Event:
    """One event; one without data is a sign of life."""

    id: str
    data: str


class NotFollowed(Exception):
    """The API did not open the stream."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def events(app: ASGIApp, path: str, query: str, headers: Mapping[str, str]) -> AsyncGenerator[Event]:
    """The events of GET `path` until the API ends them. Raises NotFollowed."""
    messages: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
    request = asyncio.create_task(_asked(app, _scope(path, query, headers), messages))
    try:
        started = await messages.get()
        if started.get("status") != 200:
            raise NotFollowed(started.get("status", 500))
        left = ""
        while (message := await messages.get()) is not _ENDED:
            *whole, left = (left + message.get("body", b"").decode()).split("\n\n")
            for text in whole:
                yield _event(text)
    finally:
        request.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await request


async def _asked(app: ASGIApp, scope: MutableMapping[str, Any], messages: asyncio.Queue[Message]) -> None:
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    with contextlib.suppress(Exception):  # the app has answered and logged it
        await app(scope, receive, messages.put)
    await messages.put(_ENDED)


def _scope(path: str, query: str, headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("huiqi", 80),
        "client": ("127.0.0.1", 0),
    }


def _event(text: str) -> Event:
    fields = dict(line.split(": ", 1) for line in text.split("\n") if ": " in line and line[0] != ":")
    return Event(fields.get("id", ""), fields.get("data", ""))
