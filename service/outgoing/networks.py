"""Which addresses outgoing requests may reach: a deny table of our own, and the networks a setting allows.

`ipaddress.is_global` is not asked: on Python 3.11.7 it is wrong for several of these. Resolves no names.
"""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The IANA Special-Purpose Address Registries (www.iana.org/assignments/iana-ipv4-special-registry and
# iana-ipv6-special-registry), where "globally reachable" is not true, with the multicast and reserved space.
DENIED: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "this network, RFC 791"),
    ("10.0.0.0/8", "private use, RFC 1918"),
    ("100.64.0.0/10", "shared by carriers, RFC 6598; clouds keep their metadata there"),
    ("127.0.0.0/8", "loopback, RFC 1122"),
    ("168.63.129.16/32", "a cloud's own service, reachable from inside only"),
    ("169.254.0.0/16", "link local, RFC 3927; clouds keep their metadata there"),
    ("172.16.0.0/12", "private use, RFC 1918"),
    ("192.0.0.0/24", "protocol assignments, RFC 6890"),
    ("192.0.2.0/24", "documentation, RFC 5737"),
    ("192.88.99.0/24", "6to4 relays, RFC 7526"),
    ("192.168.0.0/16", "private use, RFC 1918"),
    ("198.18.0.0/15", "benchmarks, RFC 2544"),
    ("198.51.100.0/24", "documentation, RFC 5737"),
    ("203.0.113.0/24", "documentation, RFC 5737"),
    ("224.0.0.0/4", "multicast, RFC 5771"),
    ("240.0.0.0/4", "reserved and broadcast, RFC 1112 and 8190"),
    # Global unicast is 2000::/3 (RFC 4291, 2.4): loopback, IPv4-compatible, NAT64 of local use, discard-only,
    # SRv6, unique local, link local, site local and multicast lie in these three.
    ("::/3", "not global unicast, RFC 4291"),
    ("4000::/2", "not global unicast, RFC 4291"),
    ("8000::/1", "not global unicast, RFC 4291"),
    ("2001::/23", "protocol assignments with Teredo, benchmarks and ORCHID, RFC 2928"),
    ("2001:db8::/32", "documentation, RFC 3849"),
    ("2002::/16", "6to4, RFC 3056"),
    ("3ffe::/16", "given back, RFC 3701"),
    ("3fff::/20", "documentation, RFC 9637"),
)
_DENIED = tuple(ip_network(network) for network, _ in DENIED)

# Forms in which an IPv6 address leads to an IPv4 one: how far the inner address is from the right end.
_MAPPED = IPv6Network("::ffff:0:0/96")
_TRANSLATED = IPv6Network("64:ff9b::/96")
_INNER: tuple[tuple[IPv6Network, int, int], ...] = (
    (IPv6Network("::/96"), 0, 0),
    (_MAPPED, 0, 0),
    (_TRANSLATED, 0, 0),
    (IPv6Network("64:ff9b:1::/48"), 0, 0),
    (IPv6Network("2002::/16"), 80, 0),
    (IPv6Network("2001::/32"), 0, 0xFFFFFFFF),  # Teredo writes it inverted
    (IPv6Network("2001::/32"), 64, 0),  # its server
)


class Reach:
    """Decides about addresses; `allowed` are the networks that may be reached all the same."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    @property
    def has_exceptions(self) -> bool:
        """Whether a setting allows any network at all."""
        return bool(self._allowed)

    def is_in_the_house(self, address: Address) -> bool:
        """Whether a setting allows the address."""
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any(each in network for network in self._allowed for each in (address, mapped or address))

    def is_open(self, address: Address) -> bool:
        """Whether anybody may be sent to this address."""
        return self.is_in_the_house(address) or is_public(address)


def is_public(address: Address) -> bool:
    """Whether neither the address nor an IPv4 address inside it is in the table."""
    return not any(_is_denied(each) for each in (meant_by(address), *inner(address)))


def meant_by(address: Address) -> Address:
    """The IPv4 address that is reached by an IPv4-mapped or a translated one; else the address itself."""
    if isinstance(address, IPv6Address) and (address in _MAPPED or address in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def inner(address: Address) -> tuple[IPv4Address, ...]:
    """Every IPv4 address that an IPv6 address carries."""
    if isinstance(address, IPv4Address):
        return ()
    return tuple(
        IPv4Address((int(address) >> shift & 0xFFFFFFFF) ^ inverted)
        for network, shift, inverted in _INNER
        if address in network
    )


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks of a setting, separated by commas. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def address_of(text: str) -> Address:
    """An address as resolvers give it, its zone left out. Raises ValueError."""
    return ip_address(text.partition("%")[0])


def _is_denied(address: Address) -> bool:
    return any(address in network for network in _DENIED)
