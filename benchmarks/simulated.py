"""How well behaviour is learned from where the truth is known: `python -m benchmarks simulated [--json]`.

Orders on firms that were not logged, with position bias corrected and not, after 0 to 100,000 sessions.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.simulated_world import (
    LOOKED,
    PAGE,
    Ints,
    Log,
    World,
    by_formula,
    newest_first,
    sessions,
    world,
)
from benchmarks.weighted_sum import weighted_sum
from index.encoder import DEFAULT, materialise, open_encoder
from index.encoding import Encoder
from policies.facts import china
from ranking.booster import Booster
from ranking.features import COLUMN, Floats
from ranking.formula import contributions
from ranking.metrics import estimate, ndcg, paired, recall, reciprocal_rank
from ranking.training import PLANS, train

SEED = 16
CURVE = (1_000, 3_000, 10_000, 30_000, 100_000)
# Written down before the first run and never looked for: more rounds than the 60 of a few hundred pairs.
PLAN, ROUNDS = next(plan for plan in PLANS if plan.listwise and plan.leaves == 8), 150
TRAINED, UNCORRECTED = "trained", "trained_uncorrected"
# The same after pages in an order that knows nothing of the firm: how much of its fault is learned?
NEWEST = "_newest_first"
Figures = dict[str, dict[str, Any]]
Say = Callable[[str], None]


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`; a value stands with its 95 % bootstrap interval over firms."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks simulated")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = simulated(options.seed, say=None if options.json else print)
    print(json.dumps({"sets": {"simulated": found}}, indent=1) if options.json else table(found))


def simulated(
    seed: int,
    *,
    encoder: Encoder | None = None,
    curve: Sequence[int] = CURVE,
    rounds: int = ROUNDS,
    firms: int | None = None,
    say: Say | None = None,
) -> Figures:
    """{SYSTEM: {METRIC: [value, low, high]}} on firms that were not logged.

    The default encoder unless one is given; `firms`: only so many of the firms, for a quick look.
    """
    if encoder is None:
        with tempfile.TemporaryDirectory() as folder:
            materialise(Path(folder))
            opened = open_encoder(DEFAULT, Path(folder))
            try:
                made = world(china(), opened, seed, firms)
            finally:
                opened.close()
    else:
        made = world(china(), encoder, seed, firms)
    found = {name: figures(made, score, seed) for name, score in untrained(made, seed).items()}
    log = sessions(made, by_formula(made), max(curve), seed + 1)
    found[TRAINED], found[UNCORRECTED] = _learned(made, log, curve, rounds, seed, say)
    for name in (TRAINED, UNCORRECTED):
        found[name] = {"ndcg@10 after 0": found["formula"]["ndcg@10"], **found[name]}
    log = sessions(made, newest_first(made), max(curve), seed + 2)
    both = _learned(made, log, (max(curve),), rounds, seed, say)
    found[TRAINED + NEWEST], found[UNCORRECTED + NEWEST] = both
    return found


def untrained(made: World, seed: int) -> dict[str, Floats]:
    """Scores of what learns nothing, by system: float64 [rows]; and the truth itself, for its exposure."""
    x, known = made.x, partial(np.nan_to_num, nan=0.0)

    def column(name: str) -> Floats:
        return np.asarray(known(made.x[:, COLUMN[name]]), np.float64)

    return {
        "random": np.random.default_rng(seed).random(len(x)),
        "bm25": column("words"),
        "dense": column("meaning"),
        "hybrid": column("text"),
        "weighted_sum": weighted_sum(x),
        "formula": contributions(x).sum(axis=1),
        "truth": made.value,
    }


def _learned(
    made: World, log: Log, curve: Sequence[int], rounds: int, seed: int, say: Say | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figures of the last step with correction and without; `ndcg@10 after N` for every step."""
    results: list[dict[str, Any]] = []
    last: list[Floats] = []
    for corrected in (True, False):
        steps: dict[str, Any] = {}
        for count in curve:
            score = Booster(model(made, log.first(count), rounds, seed, corrected=corrected)).raw(made.x)
            result = figures(made, score, seed)
            steps[f"ndcg@10 after {count}"] = result["ndcg@10"]
            if say is not None:
                say(f"{count:7} sessions, {'' if corrected else 'un'}corrected: {result['ndcg@10']}")
        results.append({**result, **steps})
        last.append(score)
    values = [per_firm(made, score, partial(ndcg, k=10)) for score in last]
    results[0]["ndcg@10 over uncorrected"] = paired(values[0], values[1], seed).rounded()
    return results[0], results[1]


def model(made: World, log: Log, rounds: int, seed: int, *, corrected: bool) -> str:
    """The text of a model learned from sessions in which something was done."""
    told = log.told()
    places = told.places if corrected else None
    return train(made.x[told.rows], told.grades, told.session, seed, PLAN, rounds, positions=places)


def figures(made: World, scores: Floats, seed: int) -> dict[str, Any]:
    """Metrics over firms that were not logged, new measures among the candidates."""
    small = made.smallest
    found = {
        "ndcg@10": per_firm(made, scores, partial(ndcg, k=10)),
        "recall@10": per_firm(made, scores, partial(recall, k=10)),
        "mrr": per_firm(made, scores, reciprocal_rank),
        "ndcg@10 of the smallest": per_firm(made, scores, partial(ndcg, k=10), small),
        "ndcg@10 of others": per_firm(made, scores, partial(ndcg, k=10), ~small),
        "exposure of new": exposure(made, scores),
    }
    return {name: estimate(values, seed).rounded() for name, values in found.items()}


def per_firm(
    made: World,
    scores: Floats,
    metric: Callable[[Ints, Floats], float],
    among: np.ndarray | None = None,
) -> Floats:
    """float64 [firms]: the mean of a metric over the needs of each firm that judges."""
    chosen = made.unseen if among is None else made.unseen & among
    of_firm: dict[int, list[float]] = {}
    for rows in made.needs(chosen):
        of_firm.setdefault(int(made.firm[rows[0]]), []).append(metric(made.grades[rows], scores[rows]))
    return np.array([_mean(values) for values in of_firm.values()])


def exposure(made: World, scores: Floats) -> Floats:
    """float64 [firms]: the share of all looking at the first page that new measures get."""
    of_firm: dict[int, list[float]] = {}
    for rows in made.needs(made.unseen):
        best = rows[np.argsort(-scores[rows], kind="stable")][:PAGE]
        looked = LOOKED[: len(best)]
        share = float(looked[made.new[best]].sum() / looked.sum())
        of_firm.setdefault(int(made.firm[rows[0]]), []).append(share)
    return np.array([_mean(values) for values in of_firm.values()])


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def table(found: Figures) -> str:
    """The figures as a table, one block a metric."""
    metrics = list(dict.fromkeys(metric for figures in found.values() for metric in figures))
    lines = []
    for metric in metrics:
        lines.append(f"\n{metric}")
        for system, figures in found.items():
            if metric in figures:
                value, *between = ("-" if number is None else f"{number:.4f}" for number in figures[metric])
                lines.append(f"  {system:34} {value} [{', '.join(between)}]")
    return "\n".join(lines)
