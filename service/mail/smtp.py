"""Reads where mail is handed in: `smtp(s)://user:password@host:port`, encrypted but on this machine.

Speaks to nobody; what a fault says never repeats the password.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit

_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Server:
    """Where mail is handed in; `tls`: from the first byte, by STARTTLS, or (on this machine only) not."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: Literal["first", "start", "none"]


def server_of(url: str) -> Server:
    """The server of `smtp(s)://user:password@host:port`. Raises ValueError, which does not repeat it."""
    parts = urlsplit(url)
    port = parts.port if parts.scheme in _PORTS and parts.hostname else 0
    if parts.scheme not in _PORTS or not parts.hostname or port == 0 or parts.path not in {"", "/"}:
        raise ValueError("not smtp(s)://user:password@host:port")
    if parts.query or parts.fragment or bool(parts.username) != bool(parts.password):
        raise ValueError("not smtp(s)://user:password@host:port")
    tls: Literal["first", "start", "none"] = "first" if parts.scheme == "smtps" else "start"
    if tls == "start" and _is_here(parts.hostname):
        tls = "none"
    user, password = (unquote(each) if each else None for each in (parts.username, parts.password))
    return Server(parts.hostname, port or _PORTS[parts.scheme], user, password, tls)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
