"""The cursor of recommendations: everything the next page needs, signed, for an hour.

Pins catalogue, day, order, scores and model, over restarts and publications; keeps nothing on the server.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from service.catalogue.pinned import Order
from service.errors import Problem
from service.paging import Signer

LIVES = timedelta(hours=1)
KIND = "recommendations"


@dataclass(frozen=True)
class Pinned:
    """What stays the same on every page; `profile` is the version of a stored profile, `shown` how many
    measures earlier pages had."""

    catalogue: int
    generation: str | None
    as_of: date
    fingerprint: str
    model: dict[str, Any]
    degraded: tuple[str, ...]
    profile: int | None
    expires: int
    order: Order
    shown: int = 0


def expiry(now: datetime) -> int:
    """When a list begun at this instant ends, as a POSIX time."""
    return int((now + LIVES).timestamp())


def cursor_after(pinned: Pinned, count: int, signer: Signer) -> str | None:
    """The cursor of what follows the first `count`; None when nothing does."""
    rest = pinned.order.after(count)
    if not len(rest.places):
        return None
    carried = {**vars(replace(pinned, order=rest, shown=pinned.shown + count)), "kind": KIND}
    plain = {"as_of": pinned.as_of.isoformat(), "order": rest.packed(), "degraded": list(pinned.degraded)}
    return signer.sign({**carried, **plain})


def opened(cursor: str, signer: Signer, now: datetime) -> Pinned:
    """What a cursor pins. Raises Problem: `bad_cursor`, `cursor_gone` after its hour."""
    carried = signer.open(cursor)
    if carried.pop("kind", None) != KIND:
        raise Problem("bad_cursor")
    try:
        plain = {
            "as_of": date.fromisoformat(carried["as_of"]),
            "order": Order.unpacked(carried["order"]),
            "degraded": tuple(carried["degraded"]),
        }
        pinned = Pinned(**{**carried, **plain})
    except (KeyError, TypeError, ValueError) as reason:
        raise Problem("bad_cursor") from reason
    if pinned.expires < now.timestamp():
        raise Problem("cursor_gone")
    return pinned
