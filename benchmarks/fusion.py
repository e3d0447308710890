"""Chooses how much meaning counts by the question: `python -m benchmarks fusion --data DIR [--cache DIR]`.

DIR is the encoders' training text; with it the `dev` half of the questions. Never what is reported on.
"""

import argparse
import itertools
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.enterprise_questions import load_questions
from benchmarks.fusion_sets import QuestionSet, catalogue_sets, question_sets
from benchmarks.retrieval_sets import enterprise_collection
from benchmarks.retrieval_systems import KeptVectors, passage_vectors
from index.encoder import DEFAULT, materialise, open_encoder
from index.hybrid import HEADING, HybridIndex
from index.weights import SCALE, Scale, length_of, meaning_weight

Floats = npt.NDArray[np.float64]
Grades = npt.NDArray[np.int64]
QUESTIONS, USEFUL = "questions", 2
GRID = {"even": (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6), "longer": (0.0, 0.03, 0.06, 0.09, 0.12, 0.15)}
HEADINGS = (0.0, 0.2, 0.4, 0.6, 0.8)
FIXED = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Scored:
    """What both sides say of each question's documents, and how well they answer: [questions, documents]."""

    name: str
    words: Floats
    meaning: Floats
    heading: Floats
    grades: Grades
    lengths: tuple[float, ...]

    def ndcg(self, weights: Floats, heading: float = HEADING) -> Floats:
        """nDCG@10 of each question, with these weights of meaning."""
        said = self.words + heading * self.heading * (1 - self.words)
        return ndcg((1 - weights[:, None]) * said + weights[:, None] * self.meaning, self.grades)

    def by(self, scale: Scale, heading: float = HEADING) -> float:
        """Mean nDCG@10 of a scale."""
        return float(self.ndcg(self.weights(scale), heading).mean())

    def weights(self, scale: Scale) -> Floats:
        """The weight of meaning for each question."""
        return np.array([meaning_weight(length, scale) for length in self.lengths])

    def fixed(self, weight: float) -> float:
        """Mean nDCG@10 of one weight for all questions, titles apart."""
        return float(self.ndcg(np.full(len(self.grades), weight), 0.0).mean())


def ndcg(scores: Floats, grades: Grades, depth: int = 10) -> Floats:
    """nDCG of each row, equal scores in the order of the columns."""
    gains = 2.0**grades - 1
    order = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    discounts = 1 / np.log2(np.arange(2, depth + 2))[: order.shape[1]]
    gained = (np.take_along_axis(gains, order, 1) * discounts).sum(1)
    best = (-np.sort(-gains, axis=1)[:, :depth] * discounts).sum(1)
    return np.asarray(gained / best, np.float64)


def main(arguments: Sequence[str]) -> None:
    """Prints each set by fixed weights, by the best of the grid and by what is shipped, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fusion")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keeps encoder and vectors between two runs")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        place = asked.cache or Path(folder)
        materialise(place)
        encoder = open_encoder(DEFAULT, place)
        vectors = KeptVectors(encoder, place)
        found = measured([*_of_questions(vectors), *_of_pairs(asked.data, vectors)])
        encoder.close()
    print(json.dumps(found, indent=1) if asked.json else table(found))


def _of_pairs(data: Path, vectors: KeptVectors) -> Iterator[Scored]:
    for one in (*question_sets(data), *catalogue_sets()):
        yield _of_set(one, vectors)


def _of_set(one: QuestionSet, vectors: KeptVectors) -> Scored:
    right = [[USEFUL * (entry.id in answers) for entry in one.entries] for _, answers in one.questions]
    texts = [text for text, _ in one.questions]
    return scored(one.name, one.entries, texts, np.array(right, np.int64), vectors)


def _of_questions(vectors: KeptVectors) -> Iterator[Scored]:
    """The firm owners' questions that may be tuned on."""
    collection = enterprise_collection(load_questions("dev"))
    texts = list(collection.questions.values())
    yield scored(QUESTIONS, collection.entries, texts, collection.grades(), vectors)


def scored(name: str, entries: Any, texts: list[str], grades: Grades, vectors: KeptVectors) -> Scored:
    """Questions scored by the code that answers."""
    index = HybridIndex.of(entries, passage_vectors(entries, vectors))
    ids = [entry.id for entry in entries]
    asked = vectors.queries(texts)
    found = [index.score(text, vector, ids) for text, vector in zip(texts, asked, strict=True)]
    return Scored(
        name,
        np.array([each.words for each in found], np.float64),
        np.nan_to_num(np.array([each.meaning for each in found], np.float64)),
        np.array([each.heading for each in found], np.float64),
        grades,
        tuple(length_of(index.read(text)) for text in texts),
    )


def measured(sets: Sequence[Scored]) -> dict[str, Any]:
    """The grid's best, what is shipped, and each set by both and by fixed weights."""
    grid = {(scale, heading): _worth(sets, scale, heading) for scale in _scales() for heading in HEADINGS}
    (best, heading), most = max(grid.items(), key=lambda pair: pair[1])
    rows = {
        one.name: {
            "fixed": {str(weight): one.fixed(weight) for weight in FIXED},
            "best": one.by(best, heading),
            "shipped": one.by(SCALE),
            "weight": float(one.weights(SCALE).mean()),
        }
        for one in sets
    }
    constant = replace(SCALE, even=0.4, longer=0.0)
    return {
        "best": {**asdict(best), "heading": heading, "worth": most},
        "shipped": {**asdict(SCALE), "heading": HEADING, "worth": _worth(sets, SCALE, HEADING)},
        "0.4 for all, no heading": _worth(sets, constant, 0.0),
        "sets": rows,
    }


def _scales() -> list[Scale]:
    return [
        replace(SCALE, **dict(zip(GRID, step, strict=True))) for step in itertools.product(*GRID.values())
    ]


def _worth(sets: Sequence[Scored], scale: Scale, heading: float) -> float:
    """Mean nDCG@10: the owners' questions as much as all the other sets, of which each counts once."""
    means = {one.name: one.by(scale, heading) for one in sets}
    return (means.pop(QUESTIONS) + float(np.mean(list(means.values())))) / 2


def table(found: dict[str, Any]) -> str:
    """What was chosen, then one line a set."""
    lines = [f"{name}: {found[name]}" for name in found if name != "sets"]
    for name, row in found["sets"].items():
        fixed = " ".join(f"{weight}:{value:.3f}" for weight, value in row["fixed"].items())
        shipped = f"shipped {row['shipped']:.3f} (weight {row['weight']:.2f})"
        lines.append(f"{name:17s} {fixed}  best {row['best']:.3f}  {shipped}")
    return "\n".join(lines)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
