"""How a mask's passages are best read: `python -m benchmarks plan [--passages 50000] [--json]`.

Milliseconds a question for each share of the passages, by each plan, flat and 8 bit; the least of several.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from index.dense import Plan, VectorSegment, plan_of

SHARES = (0.001, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 1.0)
DIM, TIMES, SEED = 384, 15, 16


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks plan")
    parser.add_argument("--passages", type=int, default=50_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    found = {name: measured(asked.passages, sq8_from) for name, sq8_from in (("flat", 1 << 40), ("sq8", 0))}
    print(json.dumps(found, indent=1) if asked.json else table(found))


def measured(count: int, sq8_from: int) -> dict[str, dict[str, float | str]]:
    """By share: milliseconds of each plan that reads that share, and which one is chosen."""
    chance = np.random.default_rng(SEED)
    vectors = chance.standard_normal((count, DIM), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    segment = VectorSegment.of([row[None] for row in vectors], DIM, sq8_from=sq8_from)
    rows: dict[str, dict[str, float | str]] = {}
    for share in SHARES:
        wanted = chance.random(count) < share
        plans: tuple[Plan, ...] = ("whole",) if wanted.all() else ("few", "masked")
        rows[str(share)] = {plan: _fastest(partial(segment.read, vectors[0], wanted, plan)) for plan in plans}
        rows[str(share)]["chosen"] = plan_of(int(wanted.sum()), count)

    return rows


def _fastest(work: Callable[[], object]) -> float:
    times = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times) * 1000


def table(found: dict[str, dict[str, dict[str, float | str]]]) -> str:
    """One line a kind and share."""
    return "\n".join(
        f"{kind:5s} {share:>6s}  " + "  ".join(_cell(name, value) for name, value in row.items())
        for kind, rows in found.items()
        for share, row in rows.items()
    )


def _cell(name: str, value: float | str) -> str:
    return f"{name} {value}" if isinstance(value, str) else f"{name} {value:.2f} ms"


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
