"""What is done with events: a batch is kept whole or not at all, each event once, whenever it comes.

Learns nothing itself; opens no transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.reading import read
from service.catalogue import store as catalogue
from service.catalogue.shelf import Shelf
from service.instants import instant
from service.learning import store
from service.learning.schemas import events_reader, named


async def checked(c: AsyncConnection, shelf: Shelf, body: object, now: datetime) -> list[dict[str, Any]]:
    """The events of a body. Raises Refused with every fault.

    A measure that was never published cannot have been shown. A request that is not known can have been:
    anonymous asks leave nothing, and what was shown may be logged after what became of it.
    """
    names = named(body)
    gone = await catalogue.withdrawn(c, {name for name in names if name not in shelf.ordinal})
    events = read(events_reader(now, {name for name in names if name in shelf.ordinal or name in gone}), body)
    return list(events["events"])


async def take(c: AsyncConnection, events: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, int]:
    """Keeps what is new; when an id comes again, in whatever form, the first stands."""
    fresh: dict[str, Mapping[str, Any]] = {}
    for event in events:
        fresh.setdefault(event["id"], event)
    known = await store.known(c, list(fresh))
    firms = await store.firms_of(c, sorted({event["request_id"] for event in fresh.values()}))
    rows = [
        {
            **event,
            "at": instant(event["at"]),
            "enterprise_id": firms.get(event["request_id"]),
            "received_at": instant(now),
        }
        for name, event in fresh.items()
        if name not in known
    ]
    await store.add(c, rows)
    return {"accepted": len(rows), "duplicates": len(events) - len(rows)}
