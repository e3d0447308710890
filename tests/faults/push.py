"""`push`: everything of the push under load, while processes are killed; then whether anything was lost.

By seed, but for what the machine does in its own time.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2

from service.database.engine import Database
from service.push.message_types import TYPES
from tests.faults.arrangement import WORKERS, Arrangement, arranged
from tests.faults.breaking import Breaker
from tests.faults.load import SECRET_NAME, Client, Firm, Load
from tests.faults.oracle import Evidence, counts, judged
from tests.faults.receivers import Place, receivers
from tests.faults.seen import Hook, seen, waiting

SOME = 10  # enterprises that are there before anything breaks
MOST_WAITING = 1_500  # deliveries, beyond which the load waits
DRAIN_S, QUIET_S = 240.0, 1.5
LOOK_S = 0.5


@dataclass(frozen=True)
class Outcome:
    """What was counted, and each claim with what contradicts it."""

    counts: dict[str, Any]
    wrong: dict[str, list[str]]


async def push(kills: int, seed: int, database: str = "sqlite") -> Outcome:
    """Starts everything, breaks it, waits, looks."""
    started = time.monotonic()
    with arranged(database) as made:
        db = Database(made.settings.database)
        http = httpx2.AsyncClient(timeout=30.0, trust_env=False)
        try:
            async with receivers(seed) as places:
                client = Client(http, made.url)
                found = await _pushed(made, db, client, places, kills, seed)
        finally:
            await http.aclose()
            await db.close()
    found.counts["seconds"] = round(time.monotonic() - started)
    return found


async def _pushed(
    made: Arrangement, db: Database, client: Client, places: list[Place], kills: int, seed: int
) -> Outcome:
    def done(name: str) -> int:
        return sum(len(place.came) for place in places) if name in WORKERS else client.acknowledged

    load, breaker = Load(client, seed), Breaker(made, done, kills, seed)
    hooks = await _registered(client, load, places)
    watching = asyncio.create_task(_no_more_than(db, load))
    writing = asyncio.create_task(load.run())
    breaking = asyncio.create_task(breaker.run())
    await asyncio.wait((writing, breaking), return_when=asyncio.FIRST_COMPLETED)
    load.stopping.set()
    await asyncio.gather(breaking, writing)
    watching.cancel()
    begun = time.monotonic()
    await _drained(made, db)
    drained = time.monotonic() - begun
    there = await seen(client, db, hooks, load.firms, load.policies)
    doctor = await asyncio.to_thread(made.doctor)
    all_ = Evidence(load.firms, load.policies, hooks, there, made.outputs, doctor)
    told: dict[str, Any] = {
        **dict(sorted(breaker.did.items())),
        "acknowledged writes": client.acknowledged,
        "requests sent again": client.again,
        **{f"  answered {status}": n for status, n in sorted(client.errors.items())},
        **counts(all_),
        "seconds until all queues were empty": round(drained, 1),
    }
    return Outcome(told, judged(all_))


async def _registered(client: Client, load: Load, places: list[Place]) -> list[Hook]:
    some = [f"firm-{number}" for number in range(SOME)]
    for name in some:
        profile = {"name": f"{SECRET_NAME}{name}", "facts": {"employees": 1}}
        load.firms[name] = Firm(profile, {1})
        await client.send("PUT", f"/v1/enterprises/{name}", profile)
    hooks = []
    for place in places:
        firms = some if place.manner.only_some else None
        asked: dict[str, Any] = {"url": place.url, "events": list(place.manner.events or TYPES)}
        asked |= {"enterprise_ids": firms} if firms else {}
        answer = await client.send("POST", "/v1/webhooks", asked)
        hooks.append(Hook(answer["id"], answer["secret"], place, frozenset(firms) if firms else None))
    return hooks


async def _no_more_than(db: Database, load: Load) -> None:
    """Lets the load wait while too much waits to be delivered."""
    while True:
        with suppress(Exception):
            is_much = await waiting(db, "deliver") > MOST_WAITING
            (load.may_go.clear if is_much else load.may_go.set)()
        await asyncio.sleep(LOOK_S)


async def _drained(made: Arrangement, db: Database) -> None:
    """Waits until nothing waits for a while, or for too long."""
    end, empty_since = time.monotonic() + DRAIN_S, None
    while time.monotonic() < end:
        made.look_after()
        with suppress(Exception):
            if await waiting(db):
                empty_since = None
            elif empty_since is None:
                empty_since = time.monotonic()
            elif time.monotonic() - empty_since > QUIET_S:
                return
        await asyncio.sleep(0.1)
