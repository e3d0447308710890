"""The world outside in the tests: names that lead where a test says, and receivers that misbehave.

Everything stays on loopback.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network

from service.outgoing.client import Outgoing
from service.outgoing.guard import Guard
from service.outgoing.networks import Address, Reach, address_of
from service.outgoing.resolver import Unknown

LOOPBACK = "127.0.0.0/8"
PUBLIC = "93.184.216.34"


@dataclass
class Names:
    """A resolver that knows what a test says, counts, and may change its mind with every question."""

    known: dict[str, Sequence[str]] = field(default_factory=dict)
    otherwise: Sequence[str] = (PUBLIC,)
    asked: list[str] = field(default_factory=list)

    async def addresses(self, name: str) -> tuple[Address, ...]:
        self.asked.append(name)
        found = self.known.get(name, self.otherwise)
        if not found:
            raise Unknown(name)
        return tuple(address_of(each) for each in found)


def guard(*allowed: str, names: Names | None = None) -> Guard:
    return Guard(Reach([ip_network(each) for each in allowed]), names or Names())


def outgoing(*allowed: str, names: Names | None = None, context: ssl.SSLContext | None = None) -> Outgoing:
    return Outgoing(guard(*(allowed or (LOOPBACK,)), names=names), context)


@dataclass
class Received:
    """One request as it came."""

    target: str
    headers: Mapping[str, str]
    body: bytes


Write = asyncio.StreamWriter
Behaviour = Callable[[Received, Write], Awaitable[None]]


@dataclass
class Receiver:
    """A server on loopback; `behave` answers, and everything that came is in `received`."""

    behave: Behaviour
    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    secure: bool = False

    @property
    def url(self) -> str:
        return f"http{'s' * self.secure}://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: Write) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                pairs = (line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.received.append(Received(head[0].split(" ")[1], headers, body))
                await self.behave(self.received[-1], writer)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def receiver(behave: Behaviour, context: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    made = Receiver(behave, secure=context is not None)
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: Write) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        with suppress(asyncio.CancelledError):
            await made.serve(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def says(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answers like this, whole and at once."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode()

    async def behave(_: Received, writer: Write) -> None:
        writer.write(head + body)

    return behave


async def never(_: Received, writer: Write) -> None:
    """Takes the request and says nothing."""
    await asyncio.sleep(3_600)


async def drips(_: Received, writer: Write) -> None:
    """A byte a second, without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(1)


async def pours(_: Received, writer: Write) -> None:
    """A hundred megabytes."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
    for _part in range(1_600):
        writer.write(b"x" * 65_536)
        await writer.drain()


async def hangs_up(_: Received, writer: Write) -> None:
    """Promises a body and resets the connection after the headers."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    await writer.drain()
    writer.transport.abort()
    await asyncio.sleep(3_600)
