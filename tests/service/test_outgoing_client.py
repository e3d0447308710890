"""Requests that leave the house, against receivers that misbehave: bounded, guarded, never redirected."""

import gzip
import ssl
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpcore2
import pytest

from service.outgoing.addresses import BadAddress
from service.outgoing.client import MOST_BYTES, Answered, Guarded, Outgoing, Reply, Unanswered
from tests.service.certificates import server_context, trusting
from tests.service.outgoing_world import (
    LOOPBACK,
    PUBLIC,
    Names,
    Receiver,
    drips,
    guard,
    hangs_up,
    never,
    outgoing,
    pours,
    receiver,
    says,
)


async def sent(
    to: Receiver | str, body: bytes = b"{}", within_s: float = 5.0, client: Outgoing | None = None
) -> Reply:
    """One request by a client of its own, which is closed."""
    address = to if isinstance(to, str) else to.url
    used = client or outgoing()
    try:
        return await used.post(address, body, {"Content-Type": "application/json"}, within_s=within_s)
    finally:
        await used.close()


async def test_bytes_arrive_as_they_are_and_the_answer_comes_back() -> None:
    async with receiver(says(200, b"thanks", x_one="1")) as there:
        reply = await sent(there, "惠企".encode())
    assert isinstance(reply, Answered)
    assert (reply.status, reply.body, reply.cut, reply.headers["x-one"]) == (200, b"thanks", False, "1")
    (came,) = there.received
    assert (came.target, came.body) == ("/hook", "惠企".encode())
    assert came.headers["host"] == f"127.0.0.1:{there.port}"
    assert came.headers["accept-encoding"] == "identity"


async def test_a_connection_is_used_again_and_no_cookie_is_kept() -> None:
    client = outgoing()
    async with receiver(says(200, b"", set_cookie="a=b; Path=/")) as there:
        for _ in range(3):
            await client.post(there.url, b"{}", {})
    assert there.connections == 1
    assert all("cookie" not in came.headers for came in there.received)
    await client.close()


@pytest.mark.parametrize("behave", [never, drips], ids=["silent", "a byte a second"])
async def test_all_of_a_request_ends_within_its_time(behave: Any) -> None:
    async with receiver(behave) as there:
        started = time.monotonic()
        reply = await sent(there, within_s=0.3)
    assert reply == Unanswered("no answer in time", "0.3 s")
    assert time.monotonic() - started < 1


async def test_of_a_hundred_megabytes_no_more_than_the_bound_is_read() -> None:
    async with receiver(pours) as there:
        reply = await sent(there)
    assert isinstance(reply, Answered)
    assert (reply.status, len(reply.body), reply.cut) == (200, MOST_BYTES, True)


async def test_a_packed_answer_is_never_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    async with receiver(says(200, bomb, content_encoding="gzip")) as there:
        reply = await sent(there)
    assert isinstance(reply, Answered)
    assert reply.body == bomb


async def test_a_redirect_is_told_and_not_followed() -> None:
    async with receiver(says(302, b"", location="http://169.254.169.254/latest/meta-data")) as there:
        reply = await sent(there)
    assert isinstance(reply, Answered)
    assert (reply.status, len(there.received)) == (302, 1)


async def test_an_answer_that_breaks_off_is_no_answer() -> None:
    async with receiver(hangs_up) as there:
        reply = await sent(there)
    assert isinstance(reply, Unanswered)
    assert reply.why == "answer broken off"


async def test_where_nobody_listens_there_is_no_connection() -> None:
    async with receiver(never) as there:
        pass
    reply = await sent(there)
    assert isinstance(reply, Unanswered)
    assert reply.why == "no connection"


async def test_a_certificate_is_checked_against_the_name_and_the_address_that_was_checked(
    tmp_path: Path,
) -> None:
    names = Names({"hook.example": ("127.0.0.1",), "other.example": ("127.0.0.1",)})
    async with receiver(says(204), server_context(tmp_path, "hook.example")) as there:
        client = outgoing(names=names, context=trusting(tmp_path))
        right = await sent(f"https://hook.example:{there.port}/a", client=client)
        wrong = await sent(f"https://other.example:{there.port}/a", client=client)
        bare = await sent(there, client=client)
    assert isinstance(right, Answered)
    assert [isinstance(each, Unanswered) and each.why for each in (wrong, bare)] == ["no connection"] * 2
    (came,) = there.received
    assert came.headers["host"] == f"hook.example:{there.port}"


async def test_a_certificate_that_nobody_trusts_or_that_is_over_gets_nothing(tmp_path: Path) -> None:
    expired = server_context(tmp_path, "127.0.0.1", expired=True)
    for context in (None, trusting(tmp_path)):
        async with receiver(says(204), expired) as there:
            reply = await sent(there, client=outgoing(context=context))
        assert isinstance(reply, Unanswered)
        assert "certificate" in reply.detail.lower()
        assert there.received == []


class Nowhere(httpcore2.AsyncNetworkBackend):
    """Connects nobody; tells where one wanted to go."""

    def __init__(self) -> None:
        self.wanted: list[tuple[str, int]] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        self.wanted.append((host, port))
        raise httpcore2.ConnectError("nowhere")


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    names, inside = Names({"a.example": (PUBLIC, "2606:4700:4700::1111")}), Nowhere()
    backend = Guarded(guard(names=names), "https", inside)
    with pytest.raises(httpcore2.ConnectError):
        await backend.connect_tcp("a.example", 443)
    assert inside.wanted == [(PUBLIC, 443), ("2606:4700:4700::1111", 443)]
    assert names.asked == ["a.example"]


@pytest.mark.parametrize("later", [("127.0.0.1",), (PUBLIC, "10.0.0.1"), ("::ffff:127.0.0.1",), ()])
async def test_a_name_that_was_public_and_leads_inside_later_is_not_connected_to(
    later: Sequence[str],
) -> None:
    names, inside = Names(), Nowhere()
    watch = guard(names=names)
    await watch.check("https://rebinds.example/")
    names.otherwise = later
    with pytest.raises(BadAddress):
        await Guarded(watch, "https", inside).connect_tcp("rebinds.example", 443)
    assert inside.wanted == []


async def test_a_refused_address_is_told_as_refused_and_nothing_is_sent() -> None:
    async with receiver(says(200)) as there:
        closed = Outgoing(guard(names=Names({"in.example": ("127.0.0.1",)})))
        replies = [
            await sent(address, client=closed)
            for address in (there.url, "https://in.example/", "https://user@in.example/", "nonsense")
        ]
    assert [reply.why for reply in replies if isinstance(reply, Unanswered)] == ["refused"] * 4
    assert there.connections == 0


async def test_neither_proxies_nor_unix_sockets_are_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver(says(200)) as proxy, receiver(says(204)) as there:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        reply = await sent(there)
    assert isinstance(reply, Answered)
    assert (reply.status, proxy.connections) == (204, 0)
    with pytest.raises(httpcore2.ConnectError):
        await Guarded(guard(LOOPBACK), "http").connect_unix_socket("/run/x.sock")


async def test_what_is_not_ascii_in_a_path_is_percent_encoded_once() -> None:
    async with receiver(says(200)) as there:
        await sent(f"{there.url}/路?q=%20企")
    assert there.received[0].target == "/hook/%E8%B7%AF?q=%20%E4%BC%81"


def test_trust_comes_from_the_system_unless_a_test_brings_its_own() -> None:
    context = httpcore2.default_ssl_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
