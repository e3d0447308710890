"""Asks the system for the addresses of a name, within a time and without holding up anything else.

Decides nothing about what it finds. One question for a name at a time, however many wait for it.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Protocol

from service.outgoing.networks import Address, address_of

TIME_S = 5.0
MOST_AT_ONCE = 256

Look = Callable[[str], list[str]]


class Unknown(Exception):
    """No address was found for the name in time."""


class Resolver(Protocol):
    """Finds the addresses of a name."""

    async def addresses(self, name: str) -> tuple[Address, ...]:
        """Every address of the name, at least one. Raises Unknown."""


def ask_the_system(name: str) -> list[str]:
    """Every address that the system's resolver knows for the name. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


class SystemResolver:
    """The system's resolver, asked in threads of its own that nobody waits for at the end."""

    def __init__(self, look: Look = ask_the_system, time_s: float = TIME_S) -> None:
        self._look, self._time_s = look, time_s
        self._asked: dict[str, asyncio.Future[list[str]]] = {}

    async def addresses(self, name: str) -> tuple[Address, ...]:
        """Every address of the name, each once, in the order of the answer. Raises Unknown."""
        try:
            found = await asyncio.wait_for(asyncio.shield(self._question(name)), self._time_s)
            addresses = tuple(dict.fromkeys(address_of(each) for each in found))
        except (OSError, ValueError, TimeoutError):
            raise Unknown(name) from None
        if not addresses:
            raise Unknown(name)
        return addresses

    def _question(self, name: str) -> asyncio.Future[list[str]]:
        asked = self._asked.get(name)
        if asked is not None:
            return asked
        if len(self._asked) >= MOST_AT_ONCE:
            raise Unknown(name)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[str]] = loop.create_future()
        self._asked[name] = future
        thread = threading.Thread(target=self._ask, args=(loop, name, future), name="resolve", daemon=True)
        thread.start()
        return future

    def _ask(self, loop: asyncio.AbstractEventLoop, name: str, future: asyncio.Future[list[str]]) -> None:
        found: list[str] | OSError
        try:
            found = self._look(name)
        except (OSError, UnicodeError) as error:
            found = OSError(str(error))
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(self._answered, name, future, found)

    def _answered(self, name: str, future: asyncio.Future[list[str]], found: list[str] | OSError) -> None:
        self._asked.pop(name, None)
        if future.done():
            return
        if isinstance(found, OSError):
            future.set_exception(found)
            future.exception()  # whoever waited may have gone
        else:
            future.set_result(found)
