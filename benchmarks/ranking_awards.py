"""Orders of all calls for firms that won one: what the firms had done before is all that is asked with.

No rule, amount or usable date stands in these data, so the weighted sum and the formula have the text alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.awards import LAST_TRAINING_YEAR, Awards, Company, split
from benchmarks.retrieval_systems import Vectors, passage_vectors
from benchmarks.weighted_sum import weighted_sum
from index.e5_file import Floats as Vector
from index.hybrid import HybridIndex
from index.passages import Entry, cut
from ranking.booster import Booster
from ranking.features import COLUMN, NAMES, Floats
from ranking.formula import contributions
from ranking.metrics import USEFUL
from ranking.model import squeezed
from ranking.training import PLANS, train

SEED = 16
# Written down before the first run: the text's features alone need few leaves.
PLAN = next(plan for plan in PLANS if plan.listwise and plan.leaves == 4)
NEAREST, OTHERS = 100, 100  # calls that a training firm did not win: the best by text, and any
RERANKED = 200
# Of a call's text, so many passages have vectors: its aim stands first, phases and references after it.
PASSAGES = 3

Grades = NDArray[np.int64]


@dataclass(frozen=True)
class Matches:
    """How companies and calls match: the text's columns of the feature table, float64 [companies, calls]."""

    companies: tuple[Company, ...]
    columns: Mapping[str, Floats]
    grades: Grades  # [companies, calls]; a call that was won has the least grade that counts as useful

    def rows(self, number: int) -> Floats:
        """The feature table of one company's calls; all that is no text is unknown."""
        x = np.full((self.grades.shape[1], len(NAMES)), np.nan)
        for name, values in self.columns.items():
            x[:, COLUMN[name]] = values[number]
        return x


class Calls:
    """The index of all calls, and what companies match of it."""

    def __init__(self, awards: Awards, vectors: Vectors) -> None:
        self._topics, self._vectors = awards.topics, vectors
        entries = [
            Entry(topic.id, topic.text, cut(topic.text)[:PASSAGES], topic.title) for topic in awards.topics
        ]
        self._index = HybridIndex.of(entries, passage_vectors(entries, vectors))
        self.opened = np.array([topic.opened for topic in awards.topics])

    def matches(self, companies: Sequence[Company]) -> Matches:
        """The words are those of all earlier awards; the vector is the mean of theirs; else the name's."""
        ids = [topic.id for topic in self._topics]
        texts = [company.awards or (company.name,) for company in companies]
        means = self._means(texts)
        found = [
            self._index.score("\n".join(text), mean, ids) for text, mean in zip(texts, means, strict=True)
        ]
        columns = {
            "text": np.array([one.scores for one in found], np.float64),
            "words": np.array([one.words for one in found], np.float64),
            "meaning": np.nan_to_num(np.array([one.meaning for one in found], np.float64), nan=0.0),
            "title_words": np.array([one.title for one in found], np.float64),
        }
        won = [[topic in company.won for topic in ids] for company in companies]
        return Matches(tuple(companies), columns, USEFUL * np.array(won, np.int64))

    def _means(self, texts: Sequence[Sequence[str]]) -> list[Vector]:
        rows = self._vectors.queries([text for each in texts for text in each])
        parts = np.split(rows, np.cumsum([len(each) for each in texts])[:-1])
        means = [part.mean(axis=0) for part in parts]
        return [np.asarray(mean / np.linalg.norm(mean), np.float32) for mean in means]


def untrained(found: Matches) -> dict[str, Floats]:
    """Scores of what learns nothing, by system: float64 [companies, calls]. Random is every order alike."""
    rows = [found.rows(number) for number in range(len(found.companies))]
    return {
        "random": np.zeros(found.grades.shape),
        "bm25": found.columns["words"],
        "dense": found.columns["meaning"],
        "hybrid": found.columns["text"],
        "weighted_sum": np.array([weighted_sum(x) for x in rows]),
        "formula": np.array([contributions(x).sum(axis=1) for x in rows]),
    }


def learned(calls: Calls, companies: Sequence[Company], seed: int = SEED) -> str:
    """The text of a model of training companies and the calls that had opened by then."""
    found, draw = calls.matches(companies), np.random.default_rng(seed)
    open_then = np.flatnonzero(calls.opened <= LAST_TRAINING_YEAR)
    chosen = [_shown(found, number, open_then, draw) for number in range(len(companies))]
    x = np.concatenate([found.rows(number)[places] for number, places in enumerate(chosen)])
    grades = np.concatenate([found.grades[number, places] for number, places in enumerate(chosen)])
    groups = np.repeat(np.arange(len(chosen)), [len(places) for places in chosen])
    return train(x, grades, groups, seed, PLAN)


def _shown(found: Matches, number: int, open_then: Grades, draw: np.random.Generator) -> Grades:
    """What one training company learns from: what it won, the nearest by text, and some of the others."""
    in_order = open_then[np.argsort(-found.columns["text"][number, open_then], kind="stable")]
    nearest, others = in_order[:NEAREST], in_order[NEAREST:]
    some = draw.choice(others, size=min(OTHERS, len(others)), replace=False)
    won = np.flatnonzero(found.grades[number])
    return np.unique(np.concatenate([won, nearest, some]))


def trained(found: Matches, text: str) -> Floats:
    """float64 [companies, calls]: the first RERANKED by text in the model's order, the others behind them."""
    booster, scores = Booster(text), found.columns["text"].copy() - 1.0
    for number, row in enumerate(scores):
        first = np.argsort(-row, kind="stable")[:RERANKED]
        row[first] = squeezed(booster.raw(found.rows(number)[first])) + 1e-6 * (1 + row[first])
    return scores


def parts(awards: Awards) -> tuple[tuple[Company, ...], tuple[Company, ...]]:
    """Training and test companies, of those with an earlier award."""
    return split(awards.known())
