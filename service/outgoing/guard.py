"""Decides where a request may go: the address as written, then every address that its host has now.

Asked when an address is registered and again for every connection; whoever connects uses what it returns.
"""

from ipaddress import IPv4Address, IPv6Address
from typing import Any

from policies.faults import Fault
from policies.reading import BAD, Custom, Reader, wrong_type
from service.outgoing.addresses import LONGEST, PORTS, REASONS, BadAddress, Target, read_address
from service.outgoing.networks import Address, Reach
from service.outgoing.resolver import Resolver, Unknown

# RFC 6761, 6.3: whatever a name server says of it.
LOOPBACK: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


class Guard:
    """Knows the networks that may be reached and asks the resolver once for each decision."""

    def __init__(self, reach: Reach, resolver: Resolver) -> None:
        self._reach, self._resolver = reach, resolver

    async def check(self, text: str) -> Target:
        """The target, after a look at where it leads now. Raises BadAddress."""
        target = read_address(text)
        await self.addresses(target.scheme, target.host, target.port, target.literal)
        return target

    async def addresses(
        self, scheme: str, host: str, port: int, literal: Address | None
    ) -> tuple[Address, ...]:
        """The addresses to connect to, each of them checked. Raises BadAddress."""
        if not self._reach.has_exceptions:
            _check_door(scheme, port)
        found = (literal,) if literal is not None else await self._of_name(host)
        if not all(self._reach.is_in_the_house(each) for each in found):
            _check_door(scheme, port)
        if not all(self._reach.is_open(each) for each in found):
            raise BadAddress("network")
        return found

    async def _of_name(self, host: str) -> tuple[Address, ...]:
        if host == "localhost" or host.endswith(".localhost"):
            return tuple(each for each in LOOPBACK if self._reach.is_in_the_house(each)) or LOOPBACK
        try:
            return await self._resolver.addresses(host)
        except Unknown:
            raise BadAddress("unknown") from None


def _check_door(scheme: str, port: int) -> None:
    if scheme != "https":
        raise BadAddress("scheme")
    if port not in PORTS:
        raise BadAddress("port")


def address_reader() -> Reader:
    """A member of a body that holds an address, read but not yet looked up; the result is its text."""

    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str):
            faults.append(wrong_type(at, "text", "文字"))
            return BAD
        try:
            read_address(value)
        except BadAddress as bad:
            faults.append(bad_url(at, bad))
            return BAD
        return value

    return Custom(reads, {"type": "string", "format": "uri", "maxLength": LONGEST})


def bad_url(at: str, bad: BadAddress) -> Fault:
    """The fault of a member whose address may not be used."""
    note_zh, note = REASONS[bad.reason]
    return Fault(at, "bad_url", {"note": note, "note_zh": note_zh})
