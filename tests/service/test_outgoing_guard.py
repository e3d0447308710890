"""Where outgoing requests may go: every hostile spelling is refused, at each look, by every address."""

import asyncio
import time
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outgoing.addresses import BadAddress, read_address
from service.outgoing.networks import DENIED, Reach, is_public
from service.outgoing.resolver import SystemResolver, Unknown
from tests.service.outgoing_world import LOOPBACK, PUBLIC, Names, guard

LINES = (Path(__file__).parent / "hostile_addresses.txt").read_text(encoding="utf-8").split("\n")[1:]
HOSTILE = [line for line in LINES if line]

PUBLIC_ONES = (
    f"https://{PUBLIC}/",
    f"https://{PUBLIC}:8443/hook?token=a%20b",
    "https://8.8.8.8/",
    "https://223.5.5.5/push",
    "https://[2606:4700:4700::1111]/",
    "https://[2400:3200::1]:8443/",
    "https://[::ffff:8.8.8.8]/",
    "https://[64:ff9b::808:808]/",
    "https://example.com/",
    "HTTPS://EXAMPLE.com./路径",
    "https://例え.jp/",
    "https://example.com",
    "https://example.com?q=1#part",
)


@pytest.mark.parametrize("address", HOSTILE)
async def test_every_hostile_address_is_refused_even_if_all_names_are_public(address: str) -> None:
    with pytest.raises(BadAddress):
        await guard().check(address)


@pytest.mark.parametrize("address", PUBLIC_ONES)
async def test_a_public_address_is_accepted_as_it_is_written(address: str) -> None:
    await guard().check(address)


@pytest.mark.parametrize(("network", "_"), DENIED)
def test_no_address_of_a_denied_network_is_public(network: str, _: str) -> None:
    net = ip_network(network)
    meant = [net[0], net[-1], net[net.num_addresses // 2]]
    assert not any(is_public(each) for each in meant)


@given(st.sampled_from([net for net, _ in DENIED if ":" not in net]), st.integers(0, 2**32 - 1))
def test_no_form_of_ipv6_hides_a_denied_ipv4_address(network: str, chance: int) -> None:
    net = ip_network(network)
    inside = int(net[chance % net.num_addresses])
    forms = {
        "::ffff:0:0": inside,
        "::": inside,
        "64:ff9b::": inside,
        "64:ff9b:1::": inside,
        "2002::": inside << 80,
        "2001::": inside ^ 0xFFFFFFFF,
    }
    shown = [ip_address(int(ip_address(start)) | more) for start, more in forms.items()]
    assert [each for each in shown if is_public(each)] == []


@given(st.ip_addresses(v=6))
def test_only_global_unicast_and_what_carries_public_ipv4_is_public(address: object) -> None:
    given_one = ip_address(str(address))
    global_unicast = given_one in ip_network("2000::/3")
    carries = given_one in ip_network("::ffff:0:0/96") or given_one in ip_network("64:ff9b::/96")
    assert not is_public(given_one) or global_unicast or carries


async def test_one_forbidden_address_among_several_refuses_the_name() -> None:
    names = Names({"mixed.example": (PUBLIC, "10.0.0.1"), "six.example": (PUBLIC, "fd00::1")})
    for name in names.known:
        with pytest.raises(BadAddress, match="network"):
            await guard(names=names).check(f"https://{name}/")


async def test_localhost_is_loopback_whatever_the_resolver_says() -> None:
    names = Names(otherwise=(PUBLIC,))
    with pytest.raises(BadAddress):
        await guard(names=names).check("https://a.localhost/")
    assert names.asked == []


async def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(BadAddress, match="No address"):
        await guard(names=Names(otherwise=())).check("https://gone.example/")


async def test_a_forbidden_scheme_or_port_is_refused_before_anybody_is_asked() -> None:
    names = Names()
    for address in ("http://hook.example/", "https://hook.example:22/"):
        with pytest.raises(BadAddress):
            await guard(names=names).check(address)
    assert names.asked == []


async def test_an_allowed_network_may_be_reached_by_http_and_any_port() -> None:
    house = guard(LOOPBACK, names=Names({"inside.example": ("127.0.0.5",)}))
    for address in ("http://127.0.0.1:9000/x", "http://localhost:8000/", "http://inside.example:1/"):
        await house.check(address)


async def test_an_allowed_network_opens_no_other() -> None:
    house = guard(LOOPBACK, names=Names({"half.example": ("127.0.0.5", PUBLIC)}))
    for address in (
        "http://10.0.0.1/",
        "https://169.254.169.254/",
        f"http://{PUBLIC}/",
        "https://[64:ff9b::7f00:1]/",
        "http://half.example/",
        "http://user@127.0.0.1/",
        "http://2130706433/",
        "ftp://127.0.0.1/",
    ):
        with pytest.raises(BadAddress):
            await house.check(address)


def test_a_mapped_address_is_in_the_house_when_its_ipv4_form_is() -> None:
    reach = Reach([ip_network("10.0.0.0/8")])
    assert reach.is_open(ip_address("::ffff:10.1.1.1"))
    assert not reach.is_open(ip_address("::ffff:127.0.0.1"))


def test_an_address_has_one_spelling_for_the_host() -> None:
    target = read_address("HTTPS://EXAMPLE.com.:8443?q=1#x")
    assert (target.host, target.port, target.rest) == ("example.com", 8443, "/?q=1")
    assert read_address("https://[2606:4700:4700:0::1111]:443").authority == "[2606:4700:4700::1111]"


async def test_many_who_ask_for_one_name_ask_the_system_once() -> None:
    asked = []

    def look(name: str) -> list[str]:
        asked.append(name)
        time.sleep(0.05)
        return [PUBLIC, PUBLIC, "fe80::1%eth0"]

    resolver = SystemResolver(look)
    found = await asyncio.gather(*(resolver.addresses("a.example") for _ in range(5)))
    assert asked == ["a.example"]
    assert [str(each) for each in found[0]] == [PUBLIC, "fe80::1"]


async def test_a_resolver_that_does_not_answer_is_not_waited_for() -> None:
    resolver = SystemResolver(lambda _: time.sleep(0.5) or [], time_s=0.05)
    started = time.monotonic()
    with pytest.raises(Unknown):
        await resolver.addresses("slow.example")
    assert time.monotonic() - started < 0.4


async def test_what_the_system_cannot_find_is_unknown() -> None:
    def fails(_: str) -> list[str]:
        raise OSError("no such host")

    for look in (fails, lambda _: ["not an address"], lambda _: []):
        with pytest.raises(Unknown):
            await SystemResolver(look).addresses("none.example")
