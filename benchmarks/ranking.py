"""How well orders are by worth: `python -m benchmarks ranking [--data DIR] [--only SET] [--json]`.

On judged firms that no model has seen, on awards that really happened (DIR), on simulated behaviour.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import simulated
from benchmarks.awards import Awards, read_awards
from benchmarks.ranking_awards import Calls, Matches, learned, parts, trained, untrained
from benchmarks.retrieval_systems import KeptVectors, Vectors
from benchmarks.weighted_sum import weighted_sum
from index.encoder import DEFAULT, materialise, open_encoder
from index.encoding import Encoder
from policies.facts import china
from ranking.features import COLUMN, Floats
from ranking.formula import contributions
from ranking.lessons import GradedTable
from ranking.metrics import Metric, by_group, estimate, ndcg, paired, recall, reciprocal_rank
from ranking.model import BUNDLED, LightGBMRanker
from ranking.pairs import load_judgements
from ranking.report import as_served
from service.learning.graded import graded_table

SEED = 16
RESAMPLES = 10_000
METRICS: Mapping[str, Metric] = {
    "ndcg@10": partial(ndcg, k=10),
    "recall@10": partial(recall, k=10),
    "mrr": reciprocal_rank,
}
HEADLINE = "ndcg@10"
PEERS = ("weighted_sum", "formula", "hybrid", "random")
JUDGED, SIMULATED = "judgements", "simulated"

Values = dict[str, dict[str, Floats]]  # system, metric → float64 [firms]


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`; a value stands with its 95 % bootstrap interval over firms."""
    options = _options(arguments)
    found: dict[str, Any] = {"sets": {}, "paired": {}, "about": {}}
    with tempfile.TemporaryDirectory() as folder:
        place = options.cache or Path(folder)
        materialise(place)
        encoder = open_encoder(DEFAULT, place)
        for name in options.only or [JUDGED, *(folder.name for folder in options.data), SIMULATED]:
            _add(found, name, options, encoder)
        encoder.close()
    print(json.dumps(found, indent=1, ensure_ascii=False) if options.json else table(found))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks ranking")
    parser.add_argument("--data", type=Path, action="append", default=[], help="a folder of awards")
    parser.add_argument("--only", action="append", help=f"{JUDGED}, {SIMULATED} or the name of a folder")
    parser.add_argument("--cache", type=Path, help="keeps encoder and vectors: encoding takes minutes")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    known = {JUDGED, SIMULATED, *(folder.name for folder in options.data)}
    if unknown := set(options.only or ()) - known:
        parser.error(f"no set {', '.join(sorted(unknown))}")
    return options


def _add(found: dict[str, Any], name: str, options: argparse.Namespace, encoder: Encoder) -> None:
    if name == SIMULATED:
        found["sets"][name] = simulated.simulated(SEED, encoder=encoder)
        return
    if name == JUDGED:
        pairs = graded_table(load_judgements(), china(), encoder)
        values, about = on_judgements(pairs.rows(pairs.unseen), LightGBMRanker.load(BUNDLED))
    else:
        folder = next(folder for folder in options.data if folder.name == name)
        values, about = on_awards(read_awards(folder), KeptVectors(encoder, options.cache))
    found["sets"][name] = estimates(values)
    found["paired"][name] = differences(values)
    found["about"][name] = about


def on_judgements(unseen: GradedTable, model: LightGBMRanker) -> tuple[Values, dict[str, Any]]:
    """By score alone, the same for every system; `served` has the same scores behind the part of a list."""
    known = partial(np.nan_to_num, nan=0.0)
    scores = {
        "random": np.zeros(len(unseen.grades)),
        "bm25": known(unseen.x[:, COLUMN["words"]]),
        "dense": known(unseen.x[:, COLUMN["meaning"]]),
        "hybrid": known(unseen.x[:, COLUMN["text"]]),
        "weighted_sum": weighted_sum(unseen.x),
        "formula": contributions(unseen.x).sum(axis=1),
        "trained": model.score(unseen.x),
    }
    served = {name: as_served(unseen.x, _in_unit(score)) for name, score in scores.items()}
    groups = unseen.groups()
    about = {
        "model": model.id,
        "firms": len(set(unseen.firms)),
        "pairs": len(unseen.grades),
        "served": _both(_by_firm(unseen.grades, served, groups)),
    }
    return _by_firm(unseen.grades, scores, groups), about


def _in_unit(score: Floats) -> Floats:
    """Into 0 … 1, order kept, so that a part outweighs it."""
    span = score.max() - score.min()
    return (score - score.min()) / span if span > 0 else np.zeros(len(score))


def _by_firm(grades: NDArray[np.int64], scores: Mapping[str, Floats], groups: NDArray[np.int64]) -> Values:
    return {
        system: {name: by_group(metric, grades, score, groups) for name, metric in METRICS.items()}
        for system, score in scores.items()
    }


def on_awards(awards: Awards, vectors: Vectors) -> tuple[Values, dict[str, Any]]:
    """On test companies and all calls; beside them the calls of the same year, and firms known by name."""
    calls = Calls(awards, vectors)
    train, test = parts(awards)
    model, found = learned(calls, train), calls.matches(test)
    scores = untrained(found) | {"trained": trained(found, model)}
    nameless = calls.matches(awards.unknown())
    same_year = np.array([calls.opened == company.year for company in test])
    about = {
        "train": _counted(train),
        "test": _counted(test),
        "without earlier award": len(nameless.companies),
        "calls of the same year": _both(_by_company(found, scores, same_year)),
        "by name alone": _both(_by_company(nameless, untrained(nameless))),
    }
    return _by_company(found, scores), about


def _counted(companies: Sequence[Any]) -> dict[str, Any]:
    years = [company.year for company in companies]
    return {"companies": len(companies), "years": [min(years), max(years)]}


def _by_company(
    found: Matches, scores: Mapping[str, Floats], pool: NDArray[np.bool_] | None = None
) -> Values:
    """Every metric by company; `pool`, bool [companies, calls], are the calls that it chooses from."""
    chosen = np.ones(found.grades.shape, np.bool_) if pool is None else pool
    return {
        system: {
            name: np.array([metric(grades[row], score[row]) for grades, score, row in zip(
                found.grades, table, chosen, strict=True
            )])
            for name, metric in METRICS.items()
        }
        for system, table in scores.items()
    }  # fmt: skip


def _both(values: Values) -> dict[str, Any]:
    return {"systems": estimates(values), "paired": differences(values)}


def estimates(values: Values) -> dict[str, dict[str, list[float | None]]]:
    """Means with their intervals over firms."""
    return {
        system: {name: estimate(each, SEED).rounded() for name, each in row.items()}
        for system, row in values.items()
    }


def differences(values: Values) -> dict[str, list[float | None]]:
    """nDCG@10 of the trained ranker less each peer's over the same firms, and over the weighted sum's."""
    if "trained" not in values:
        return {}
    ours = values["trained"][HEADLINE]
    found = {f"trained - {peer}": paired(ours, values[peer][HEADLINE], SEED).rounded() for peer in PEERS}
    return found | {"trained / weighted_sum - 1": relative(ours, values["weighted_sum"][HEADLINE])}


def relative(ours: Floats, theirs: Floats) -> list[float | None]:
    """How much higher our mean is than theirs, as a share, with the interval of resampled firms."""
    known = ~(np.isnan(ours) | np.isnan(theirs))
    ours, theirs = ours[known], theirs[known]
    if not len(ours) or theirs.mean() == 0:
        return [None, None, None]
    chosen = np.random.default_rng(SEED).integers(0, len(ours), size=(RESAMPLES, len(ours)))
    means = ours[chosen].mean(axis=1), theirs[chosen].mean(axis=1)
    ratios = np.divide(*means, out=np.full(RESAMPLES, np.inf), where=means[1] > 0) - 1
    low, high = np.percentile(ratios, [2.5, 97.5])
    return [round(float(each), 4) for each in (ours.mean() / theirs.mean() - 1, low, high)]


def table(found: Mapping[str, Any]) -> str:
    """A block a set: a line a system, then differences; then what else was measured of it."""
    lines = []
    for name, systems in found["sets"].items():
        lines += _block(name, systems, found["paired"].get(name, {}))
        for part, what in found["about"].get(name, {}).items():
            if isinstance(what, Mapping) and "systems" in what:
                lines += _block(f"{name}, {part}", what["systems"], what["paired"])
            else:
                lines.append(f"  {part}: {what}")
    return "\n".join(lines)


def _block(name: str, systems: Mapping[str, Any], pairs: Mapping[str, Any]) -> list[str]:
    lines = [f"{name:45}" + "".join(f"{metric:>24}" for metric in METRICS)]
    for system, row in systems.items():
        lines.append(f"  {system:43}" + "".join(f"{_said(row[metric]):>24}" for metric in METRICS))
    return lines + [f"  {pair:36}{HEADLINE} {_said(values):>24}" for pair, values in pairs.items()]


def _said(values: Sequence[float | None]) -> str:
    value, low, high = ("–" if value is None else f"{value:.3f}" for value in values)
    return f"{value} [{low}, {high}]"
