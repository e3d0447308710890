"""Links that need no sign-in: each carries one wish of one enterprise, signed with the installation's key.

Opens and signs only. What a link wishes is done elsewhere, and only when it is posted.
"""

from dataclasses import dataclass
from typing import Any

from service.errors import Problem
from service.paging import Signer

OFF, DISMISS = "off", "dismiss"
PLACE = "/off"
_OF = "wish"


@dataclass(frozen=True)
class Wish:
    """To hear no more of a kind (None: of anything), or not of the measure of one notification again."""

    enterprise: str
    deed: str
    kind: str | None = None
    notification: str | None = None
    reason: str | None = None


def off(signer: Signer, enterprise: str, kind: str | None = None) -> str:
    """The path of a page that turns a kind of message off, or all of them, by one click."""
    return _path(signer, Wish(enterprise, OFF, kind))


def dismissal(signer: Signer, enterprise: str, notification: str, reason: str) -> str:
    """The path of a page that dismisses a notification's measure by one click."""
    return _path(signer, Wish(enterprise, DISMISS, None, notification, reason))


def opened(signer: Signer, token: str) -> Wish:
    """The wish of a link of ours. Raises Problem (`not_found`)."""
    try:
        content = signer.open(token)
    except Problem:
        raise Problem("not_found", note="link") from None
    if content.pop("of", None) != _OF:
        raise Problem("not_found", note="link")
    return Wish(**content)


def _path(signer: Signer, wish: Wish) -> str:
    content: dict[str, Any] = {"of": _OF, **{name: value for name, value in vars(wish).items() if value}}
    return f"{PLACE}/{signer.sign(content)}"
