"""Whom a measure is for among many enterprises: `python -m benchmarks audience [--json] [--enterprises N]`.

Columns beside one judgement after the other, over invented firms, and what columns cost at the start.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib.resources import files
from itertools import count, islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from policies.columns import Audience, Columns
from policies.demo import demo_enterprises
from policies.documents import Measure, read_document
from policies.eligibility import PARTS, part_of
from policies.facts import Registry, china
from policies.json_writing import to_json
from policies.known import Known
from policies.profiles import read_profile
from policies.stored_facts import StoredFacts
from policies.yaml_reading import read_yaml

TODAY = date(2026, 11, 24)
SIZES = (300, 10_000)
MOST = 100_000
JUDGED_ALONE = 600  # so many firms are judged one after the other; the loop's time for more is in proportion
SEED = 15
WAYS = {
    "first": "columns, rule seen first",
    "again": "columns, once more",
    "loop": "one after the other",
}


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`; exit status 1 when a part differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks audience")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--enterprises", type=int, default=MOST)
    options = parser.parse_args(arguments)
    found = figures([*(size for size in SIZES if size < options.enterprises), options.enterprises])
    print(json.dumps(found, indent=1) if options.json else table(found))
    if any(one["differ"] for one in found["sizes"].values()):
        sys.exit(1)


def figures(sizes: Sequence[int]) -> dict[str, Any]:
    """For each number of enterprises the times of a measure's audience, both ways, in ms."""
    registry = china()
    measures = _measures(registry)
    return {"measures": len(measures), "sizes": {size: _at(size, registry, measures) for size in sizes}}


def _at(size: int, registry: Registry, measures: Sequence[Measure]) -> dict[str, Any]:
    columns, stored, before = Columns(registry), StoredFacts(registry), _resident()
    known: dict[str, Known] = {}
    spent = 0.0
    for name, profile in _firms(size, registry):
        if len(known) < JUDGED_ALONE:
            known[name] = Known(read_profile(profile, registry, today=TODAY), registry, TODAY)
        text = to_json(profile)
        begin = time.process_time()
        plain = json.loads(text, parse_float=Decimal)
        columns.put(name, stored.said(plain["facts"]), plain["answers"])
        spent += time.process_time() - begin
    grown = _resident() - before
    first = [_timed(columns, measure) for measure in measures]
    again = [_timed(columns, measure) for measure in measures]
    alone = [_alone(measure, known) for measure in measures]
    return {
        "first": _spread([ms for ms, _ in first]),
        "again": _spread([ms for ms, _ in again]),
        "loop": _spread([ms * size / len(known) for ms, _ in alone]),
        "differ": sum(_differ(one, parts) for (_, one), (_, parts) in zip(again, alone, strict=True)),
        "read_us_each": round(spent / size * 1e6, 1),
        "megabytes": round(grown / 2**20, 1),
    }


def _timed(columns: Columns, measure: Measure) -> tuple[float, Audience]:
    begin = time.perf_counter()
    found = columns.audience(measure.rule, measure.id, TODAY)
    return 1_000 * (time.perf_counter() - begin), found


def _alone(measure: Measure, known: Mapping[str, Known]) -> tuple[float, dict[str, str]]:
    begin = time.perf_counter()
    found: dict[str, str] = {name: part_of(measure.rule, one, measure.id) for name, one in known.items()}
    return 1_000 * (time.perf_counter() - begin), found


def _differ(audience: Audience, alone: Mapping[str, str]) -> int:
    together = {name: part for part in PARTS for name in audience.names(part)}
    return sum(together[name] != part for name, part in alone.items())


def _spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50_ms": round(median(ordered), 2),
        "p90_ms": round(ordered[len(ordered) * 9 // 10], 2),
        "most_ms": round(ordered[-1], 2),
    }


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def _firms(size: int, registry: Registry) -> Iterator[tuple[str, dict[str, Any]]]:
    """The demo enterprises over and over, each time with other figures and in other counties."""
    draw = Random(SEED)
    counties = [one for one in registry.codes.regions.in_force() if registry.codes.regions.level(one) == 3]
    made = (firm for turn in count() for firm in demo_enterprises(registry, turn))
    for number, firm in enumerate(islice(made, size)):
        profile = {name: member for name, member in firm.items() if name != "id"}
        profile["facts"] = {**firm["facts"], "region": draw.choice(counties)}
        yield f"e{number}", profile


def _measures(registry: Registry) -> list[Measure]:
    folder = Path(str(files("policies").joinpath("catalogue")))
    paths = (path for path in sorted(folder.glob("*.yaml")) if ".cases." not in path.name)
    documents = (read_document(read_yaml(path.read_bytes()).value, registry) for path in paths)
    return [measure for document in documents for measure in document.measures]


def table(found: Mapping[str, Any]) -> str:
    """One line for each number of enterprises and way."""
    lines = [
        f"whom a measure is for, over {found['measures']} measures",
        f"{'enterprises':>12}  {'':28}{'p50 ms':>10}{'p90 ms':>10}{'most ms':>10}",
    ]
    for size, one in found["sizes"].items():
        for way in ("first", "again", "loop"):
            cells = "".join(f"{one[way][cut]:10.2f}" for cut in ("p50_ms", "p90_ms", "most_ms"))
            lines.append(f"{size:12,}  {WAYS[way]:28}{cells}")
        lines.append(
            f"{'':14}{one['differ']} parts differ; read in {one['read_us_each']:.0f} us each,"
            f" {one['megabytes']:.0f} MB"
        )
    return "\n".join(lines)
