"""From a publication to its deliveries, and how many a second: `python -m benchmarks push [--json]`.

Deliveries of the worker beside a bare loop of the same guarded client to the same receiver, in turn.
"""

import argparse
import asyncio
import json
import multiprocessing
import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.push_world import Counter, World, counting, resident, spread, world
from service.outgoing.client import Outgoing
from service.outgoing.guard import Guard
from service.outgoing.networks import Reach, networks_of
from service.outgoing.resolver import SystemResolver
from service.push.message_types import TYPES
from service.push.pace import MOST

DATABASES = ("sqlite", "postgresql")
TOLD = 300  # enterprises that a measure of a round is for
ROUNDS, WARM = 12, 2
ROWS = 5_000
BODY = b"x" * 1_200
TIMES = {"first": "publication to first delivery", "last": f"to the last of {TOLD}"}


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks push")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--enterprises", type=int, default=TOLD)
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args(arguments)
    chosen = DATABASES if options.database == "both" else (options.database,)
    found = asyncio.run(figures(chosen, options.enterprises, options.rows))
    print(json.dumps(found, indent=1) if options.json else table(found))


async def figures(
    databases: Sequence[str], enterprises: int, rows: int, rounds: int = ROUNDS
) -> dict[str, Any]:
    """For each database times in ms, deliveries a second beside the bare loop, and memory."""
    found: dict[str, Any] = {}
    async with counting() as counter:
        for number, database in enumerate(databases):
            async with world(database, 2 * number) as made:
                published = await _published(made, counter, enterprises, rounds)
            async with world(database, 2 * number + 1) as made:
                drained = await _drained(made, counter, rows)
            found[database] = {"enterprises": enterprises, "published": published, "drained": drained}
    return found


async def _published(made: World, counter: Counter, enterprises: int, rounds: int) -> dict[str, Any]:
    await made.firms(enterprises)
    made.start("service.api")
    made.start("service.worker")
    await made.ready()
    await made.send("POST", "/v1/webhooks", {"url": counter.url, "events": list(TYPES)})
    told = min(TOLD, enterprises)
    times = [await _round(made, counter, f"round-{number}", told) for number in range(WARM + rounds)]
    first, last = ([each[place] for each in times[WARM:]] for place in (0, 1))
    found: dict[str, Any] = {
        "first": spread(first),
        "last": spread(last),
        "cold_ms": round(1_000 * times[0][0]),
    }
    if enterprises > told:
        begun, ended = await _round(made, counter, "for-all", enterprises)
        found["everybody"] = {"first_ms": round(1_000 * begun), "last_s": round(ended, 1)}
    return found


async def _round(made: World, counter: Counter, name: str, told: int) -> tuple[float, float]:
    """Seconds from asking for the publication to the first and the last of its deliveries."""
    await made.send("POST", "/v1/policies", _document(name, told))
    counter.forget()
    begun = time.perf_counter()
    await made.send("POST", f"/v1/policies/{name}/publish", {})
    times = await counter.arrived(told)
    return times[0] - begun, times[told - 1] - begun


def _document(name: str, told: int) -> dict[str, Any]:
    measure = {"key": "one", "title": "补助", "kind": "grant", "mode": "apply", "windows": []}
    own = {"id": name, "title": f"{name}办法", "issuers": ["某局"], "level": "national", "region": "000000"}
    rule = {"field": "employees", "lt": told}
    return {
        **own,
        "in_force": "stated_until",
        "provenance": "from-memory",
        "measures": [{**measure, "rule": rule}],
    }


async def _drained(made: World, counter: Counter, rows: int) -> dict[str, Any]:
    """The worker's rate between two of the bare loop's, and its memory while rows drain."""
    await made.firms(TOLD)
    api = made.start("service.api")
    worker = made.start("service.worker")
    await made.ready()
    await made.send("POST", "/v1/webhooks", {"url": counter.url, "events": list(TYPES)})
    made.stop(worker)
    made.stop(api)
    await made.notifications(rows)
    bare = [await _bare(counter, rows)]
    counter.forget()
    worker = made.start("service.worker")
    memory = asyncio.create_task(_watched(worker, counter, rows))
    ours = _rate(await counter.arrived(rows))
    sizes = await memory
    made.stop(worker)
    bare.append(await _bare(counter, rows))
    return {
        "rows": rows,
        "per_s": round(ours),
        "bare_per_s": [round(each) for each in bare],
        "ratio": round(ours / (sum(bare) / len(bare)), 2),
        "resident_mb": {name: round(size / 2**20, 1) for name, size in sizes.items()},
    }


async def _watched(worker: Any, counter: Counter, rows: int) -> dict[str, int]:
    """Memory after a tenth of the rows, after all of them, and the most."""
    sizes: dict[str, int] = {}
    while len(counter.times) < rows:
        size = resident(worker)
        if len(counter.times) > rows // 10:
            sizes.setdefault("after_a_tenth", size)
        sizes["at_the_end"] = size
        sizes["most"] = max(size, sizes.get("most", 0))
        await asyncio.sleep(0.1)
    return sizes


async def _bare(counter: Counter, count: int) -> float:
    counter.forget()
    process = multiprocessing.get_context("spawn").Process(
        target=_send_all, args=(counter.url, count), daemon=True
    )
    process.start()
    rate = _rate(await counter.arrived(count))
    process.join()
    return rate


def _send_all(url: str, count: int) -> None:
    asyncio.run(_sent(url, count))


async def _sent(url: str, count: int) -> None:
    """So many requests, as many at once as the worker has to one endpoint."""
    outgoing = Outgoing(Guard(Reach(networks_of("127.0.0.0/8")), SystemResolver()))
    left = iter(range(count))

    async def send() -> None:
        for _ in left:
            await outgoing.post(url, BODY, {"Content-Type": "application/json"})

    await asyncio.gather(*(send() for _ in range(MOST)))
    await outgoing.close()


def _rate(times: Sequence[float]) -> float:
    """A second's share of all but the first tenth, during which it begins."""
    steady = times[len(times) // 10 :]
    return (len(steady) - 1) / (steady[-1] - steady[0])


def table(found: Mapping[str, Any]) -> str:
    """The figures of each database, a line each."""
    lines = []
    for database, each in found.items():
        lines.append(f"{database}, {each['enterprises']:,} enterprises")
        for name, words in TIMES.items():
            one = each["published"][name]
            lines.append(f"  {words:36}{one['p50_ms']:10.1f} ms p50{one['p99_ms']:10.1f} ms p99")
        drained = each["drained"]
        lines.append(f"  {'deliveries a second':36}{drained['per_s']:10}")
        lines.append(f"  {'bare loop, before and after':36}{drained['bare_per_s']}, ratio {drained['ratio']}")
        lines.append(f"  {'memory while rows drain, MB':36}{drained['resident_mb']}")
    return "\n".join(lines)
