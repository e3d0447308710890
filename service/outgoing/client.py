"""The one client for requests that leave the house: guarded, bounded in time and size, never redirected.

What came of a request is a value; nothing is raised for what the other side does.
"""

import asyncio
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

import httpcore2

from service.outgoing.addresses import BadAddress, Target, read_address
from service.outgoing.guard import Guard
from service.outgoing.networks import Address, address_of

MOST_BYTES = 64 << 10
TIME_S = 15.0
CONNECT_S = 10.0
CONNECTIONS = 512  # more than callers use at once, so that none waits for another's
KEPT, KEPT_S = 64, 1.5  # connections kept for the next request; servers close idle ones after two seconds
AGENT = "huiqi"
_TIMES = {"timeout": {"connect": CONNECT_S}}
_PLAIN = "".join(map(chr, range(0x21, 0x7F)))  # stays as it is in a path; all else is percent-encoded

Why = Literal["refused", "no connection", "no answer in time", "answer broken off"]


@dataclass(frozen=True)
class Answered:
    """An answer: `body` as it came, never unpacked, and `cut` when there was more of it than is read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False


@dataclass(frozen=True)
class Unanswered:
    """No whole answer came; `detail` says in a few words what was seen."""

    why: Why
    detail: str = ""


Reply = Answered | Unanswered


@dataclass
class Guarded(httpcore2.AsyncNetworkBackend):
    """Connects to the address that was checked, and to no other; the name stays for TLS and Host."""

    guard: Guard
    scheme: str
    inside: httpcore2.AsyncNetworkBackend = field(default_factory=httpcore2.AnyIOBackend)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the protocol's own parameter
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the first checked address that takes it. Raises BadAddress and ConnectError."""
        found = await self.guard.addresses(self.scheme, host, port, _literal(host))
        last: Exception = httpcore2.ConnectError("no address")
        for address in found:
            try:
                return await self.inside.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
        raise last

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  # the protocol's own parameter
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Never: requests leave the house."""
        raise httpcore2.ConnectError(path)

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


def _literal(host: str) -> Address | None:
    try:
        return address_of(host)
    except ValueError:
        return None


class Outgoing:
    """Sends requests; `context` is for tests with a certificate authority of their own."""

    def __init__(self, guard: Guard, context: ssl.SSLContext | None = None) -> None:
        self.guard, self._context = guard, context
        self._pools: dict[str, httpcore2.AsyncConnectionPool] = {}

    async def post(
        self, address: str, body: bytes, headers: Mapping[str, str], *, within_s: float = TIME_S
    ) -> Reply:
        """Sends the bytes; the whole of it, the answer's body too, has `within_s` seconds."""
        try:
            target = read_address(address)
            async with asyncio.timeout(within_s):
                return await self._answer(target, body, headers)
        except BadAddress as bad:
            return Unanswered("refused", bad.reason)
        except TimeoutError:
            return Unanswered("no answer in time", f"{within_s:g} s")
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            return Unanswered("no connection", _told(error))
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
            return Unanswered("answer broken off", _told(error))

    async def close(self) -> None:
        """Closes every connection."""
        while self._pools:
            await self._pools.popitem()[1].aclose()

    async def _answer(self, target: Target, body: bytes, headers: Mapping[str, str]) -> Answered:
        plain = {"Host": target.authority, "Accept-Encoding": "identity", "User-Agent": AGENT}
        sent: Sequence[tuple[bytes | str, bytes | str]] = [*(plain | dict(headers)).items()]
        url = httpcore2.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=quote(target.rest, safe=_PLAIN)
        )
        pool = self._pool(target.scheme)
        async with pool.stream("POST", url, headers=sent, content=body, extensions=_TIMES) as answer:
            read, cut = await _beginning(answer)
        told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        return Answered(answer.status, told, read, cut)

    def _pool(self, scheme: str) -> httpcore2.AsyncConnectionPool:
        """The scheme's pool: so a connection knows whether it is a plain one."""
        if scheme not in self._pools:
            self._context = self._context or httpcore2.default_ssl_context()
            self._pools[scheme] = httpcore2.AsyncConnectionPool(
                ssl_context=self._context,
                max_connections=CONNECTIONS,
                max_keepalive_connections=KEPT,
                keepalive_expiry=KEPT_S,
                network_backend=Guarded(self.guard, scheme),
            )
        return self._pools[scheme]


async def _beginning(answer: httpcore2.Response) -> tuple[bytes, bool]:
    """As much of the body as is read of any answer, as it came, and whether there was more."""
    parts, size = [], 0
    async for part in answer.aiter_stream():
        parts.append(part[: MOST_BYTES - size])
        size += len(part)
        if size > MOST_BYTES:
            break
    return b"".join(parts), size > MOST_BYTES


def _told(error: Exception) -> str:
    """The kind of an error and the beginning of what it says."""
    return f"{type(error).__name__}: {error}"[:200]
