"""How well documents are found: `python -m benchmarks retrieval --data DIR [--data DIR2] [--no-questions]`.

The index by words, by meaning and by both beside bm25s and SQLite FTS5; nothing is tuned here.
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

from benchmarks.enterprise_questions import HALVES, STYLES, Half, Question, load_questions
from benchmarks.retrieval_sets import Collection, collection_in, enterprise_collection
from benchmarks.retrieval_systems import SYSTEMS, KeptVectors, Scores, Vectors, scores_of
from index.encoder import DEFAULT, materialise, open_encoder
from ranking.metrics import Metric, estimate, ndcg, paired, recall, reciprocal_rank

SEED = 16
METRICS: Mapping[str, Metric] = {
    **{f"recall@{k}": partial(recall, k=k) for k in (1, 5, 10)},
    "mrr@10": partial(reciprocal_rank, k=10),
    "ndcg@10": partial(ndcg, k=10),
}
HEADLINE = "ndcg@10"
PAIRS = (("hybrid", "words"), ("hybrid", "meaning"), ("words", "bm25s"))

Figures = dict[str, dict[str, NDArray[np.float64]]]  # system, metric → float64 [questions]


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`; a value stands with its 95 % bootstrap interval."""
    options = _options(arguments)
    questions = load_questions(options.half) if options.questions else ()
    collections = [collection_in(folder) for folder in options.data]
    if questions:
        collections.append(enterprise_collection(questions))
    with tempfile.TemporaryDirectory() as folder:
        place = options.cache or Path(folder)
        materialise(place)
        encoder = open_encoder(DEFAULT, place)
        found = figures(collections, KeptVectors(encoder, options.cache), questions)
        encoder.close()
    print(json.dumps(found, indent=1, ensure_ascii=False) if options.json else table(found))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks retrieval")
    parser.add_argument("--data", type=Path, action="append", default=[], help="a folder; may be repeated")
    parser.add_argument(
        "--questions",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="firm owners' questions over the bundled catalogue",
    )
    parser.add_argument("--half", choices=HALVES, default="final", help="which of them; dev is for tuning")
    parser.add_argument("--cache", type=Path, help="keeps encoder and vectors: encoding takes minutes")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if not options.data and not options.questions:
        parser.error("--data or --questions is needed")
    return options


def figures(
    collections: Sequence[Collection], vectors: Vectors, questions: Sequence[Question] = ()
) -> dict[str, Any]:
    """Values with intervals by set and system, and paired differences; of `dev` by style as well."""
    each = {one.name: measured(one, scores_of(one, vectors)) for one in collections}
    found: dict[str, Any] = {
        "sets": {name: _estimates(each[name]) for name in each},
        "paired": {name: differences(each[name]) for name in each},
    }
    if questions:
        half: Half = questions[0].half
        found["half"] = half
        if half == "dev":
            found["styles"] = _by_style(each["questions"], questions)
    return found


def measured(collection: Collection, scores: Mapping[str, Scores]) -> Figures:
    """Every metric of every question; equal scores are averaged over their orders."""
    grades = collection.grades()
    return {
        system: {
            name: np.array([metric(*row) for row in zip(grades, scores[system], strict=True)])
            for name, metric in METRICS.items()
        }
        for system in SYSTEMS
    }


def _estimates(found: Figures) -> dict[str, dict[str, list[float | None]]]:
    return {
        system: {name: estimate(values, SEED).rounded() for name, values in row.items()}
        for system, row in found.items()
    }


def differences(found: Figures) -> dict[str, list[float | None]]:
    """Mean differences of nDCG@10 over the same questions, with their intervals."""
    return {
        f"{ours} - {theirs}": paired(found[ours][HEADLINE], found[theirs][HEADLINE], SEED).rounded()
        for ours, theirs in PAIRS
    }


def _by_style(found: Figures, questions: Sequence[Question]) -> dict[str, dict[str, float]]:
    styles = np.array([question.style for question in questions])
    return {
        style: {
            system: round(float(row[HEADLINE][styles == style].mean()), 4) for system, row in found.items()
        }
        for style in STYLES
    }


def table(found: Mapping[str, Any]) -> str:
    """One block a set: a line a system, then the paired differences."""
    lines = []
    for name, systems in found["sets"].items():
        half = f" ({found['half']})" if name == "questions" else ""
        lines.append(f"{name + half:18}" + "".join(f"{metric:>24}" for metric in METRICS))
        for system, row in systems.items():
            lines.append(f"  {system:16}" + "".join(f"{_said(row[metric]):>24}" for metric in METRICS))
        for pair, values in found["paired"][name].items():
            lines.append(f"  {pair:20}{HEADLINE} {_said(values)}")
    for style, row in found.get("styles", {}).items():
        lines.append(f"  {style:16}" + "".join(f"{system} {value:.3f}  " for system, value in row.items()))
    return "\n".join(lines)


def _said(values: Sequence[float | None]) -> str:
    value, low, high = ("–" if value is None else f"{value:.3f}" for value in values)
    return f"{value} [{low}, {high}]"
