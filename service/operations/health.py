"""How the service is, part by part: what must be there to answer, and what is only missed.

Looks, repairs nothing.
"""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.faults import Refused
from service.database import heartbeats
from service.errors import Problem
from service.keepers import PartState
from service.push import canary
from service.services import Services

Parts = dict[str, PartState]
# Without these nothing right can be answered.
NEEDED = ("database", "catalogue", "index")


async def parts(services: Services) -> Parts:
    """The state of each part."""
    found: Parts = dict.fromkeys(("database", "catalogue", "index"), "down")
    found |= {"encoder": services.encoder.state, "ranker": services.ranker.part}
    found |= {"redis": await services.wake.state(), "worker": "down"}
    try:
        async with services.db.read() as c:
            found["worker"] = await _worker(c)
            found |= {"database": "ok", **await _catalogue(services, c)}
    except Problem:
        found["database"] = "down"
    return found


async def _catalogue(services: Services, c: AsyncConnection) -> Parts:
    try:
        shelf = await services.shelf.current(c)
    except Refused:
        return {"catalogue": "down", "index": "down"}
    search = await services.index.current(c, shelf)
    found: Parts = {"catalogue": "ok", "index": "down" if search is None else "ok"}
    if services.encoder.state == "ok" and search is not None and not search.fits(services.encoder.encoder):
        found["encoder"] = "loading"  # another one made the generation: its own is being built
    return found


async def _worker(c: AsyncConnection) -> PartState:
    """A worker that beats but delivers nothing is as good as none."""
    age = await heartbeats.seconds_since(c)
    beats = age is not None and age < heartbeats.STALE_S
    return "ok" if beats and await canary.state(c) != "down" else "down"


async def push(services: Services) -> canary.Road:
    """Whether what is told arrives, as far as the canary knows."""
    try:
        async with services.db.read() as c:
            return await canary.state(c)
    except Problem:
        return "down"


def is_ready(found: Mapping[str, PartState]) -> bool:
    """Whether asks are answered rightly."""
    return all(found[name] == "ok" for name in NEEDED)


def is_degraded(found: Mapping[str, PartState]) -> bool:
    """Whether a part is missed; one that a setting turned off is not."""
    return any(state in {"loading", "down"} for state in found.values())
