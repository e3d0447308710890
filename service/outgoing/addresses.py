"""Reads the address of an outgoing request strictly: one spelling of each host, nothing hidden in it.

What stands in the text only; where a name leads is asked elsewhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import idna

from service.outgoing.networks import Address

LONGEST, LONGEST_HOST = 2_048, 253
PORTS = frozenset((443, 8443))
_DEFAULT_PORT = {"http": 80, "https": 443}
_FORM = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>[/?#].*)?")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:%]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\ud800-\udfff\u2028\u2029]")

# Why an address is refused: in Chinese and in English.
REASONS: Mapping[str, tuple[str, str]] = {
    "form": (
        "应写作 https://主机/路径，且不超过 2048 个字符。",
        "Write https://host/path, 2,048 characters at most.",
    ),
    "hidden": ("含有空白、控制字符或反斜杠。", "It holds spaces, control characters or backslashes."),
    "user": ("地址中不能有用户名。", "It must not name a user."),
    "scheme": ("只接受 https。", "Only https is accepted."),
    "port": ("端口只能是 443 或 8443。", "The port must be 443 or 8443."),
    "host": ("主机名写法不可用。", "The host is not written as a host name or a plain address."),
    "unknown": ("主机名查不到地址。", "No address is known for the host."),
    "network": ("它指向不允许访问的网络。", "It leads to a network that may not be reached."),
}


class BadAddress(Exception):
    """An address that no request may go to; `reason` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason][1])
        self.reason = reason


@dataclass(frozen=True)
class Target:
    """Where a request is to go: `host` in its one spelling; `literal` when it is an address itself."""

    scheme: str
    host: str
    port: int
    literal: Address | None
    rest: str

    @property
    def authority(self) -> str:
        """Host and port as the header Host writes them."""
        host = f"[{self.host}]" if isinstance(self.literal, IPv6Address) else self.host
        return host if self.port == _DEFAULT_PORT[self.scheme] else f"{host}:{self.port}"


def read_address(text: str) -> Target:
    """The target of an absolute http or https address. Raises BadAddress."""
    form = _FORM.fullmatch(text) if len(text) <= LONGEST else None
    if _HIDDEN.search(text):
        raise BadAddress("hidden")
    if form is None:
        raise BadAddress("form")
    scheme = form["scheme"].lower()
    if scheme not in _DEFAULT_PORT:
        raise BadAddress("scheme")
    if "@" in form["authority"]:
        raise BadAddress("user")
    authority = _AUTHORITY.fullmatch(form["authority"])
    if authority is None:
        raise BadAddress("host")
    port = int(authority["port"]) if authority["port"] else _DEFAULT_PORT[scheme]
    if not 1 <= port <= 65_535:
        raise BadAddress("port")
    host, literal = _host(authority["host"])
    rest = (form["rest"] or "").partition("#")[0]
    return Target(scheme, host, port, literal, rest if rest.startswith("/") else f"/{rest}")


def _host(written: str) -> tuple[str, Address | None]:
    """The host in its one spelling, and as an address when it is one."""
    if written.startswith("["):
        try:
            address = IPv6Address(written[1:-1])
        except ValueError:
            raise BadAddress("host") from None
        return str(address), address
    name = _ascii(written)
    labels = name.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _dotted(written)
    if len(name) > LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress("host")
    return ".".join(labels), None


def _ascii(written: str) -> str:
    if written.isascii():
        return written.lower()
    try:
        return idna.encode(written, uts46=True, std3_rules=True, transitional=False).decode("ascii").lower()
    except idna.IDNAError:
        raise BadAddress("host") from None


def _dotted(written: str) -> tuple[str, Address]:
    """Only four decimal numbers without leading zeros, as nobody reads them otherwise."""
    try:
        address = IPv4Address(written)
    except ValueError:
        raise BadAddress("host") from None
    return str(address), address
