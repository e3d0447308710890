"""Measures that are like another one, and pairs that are nearly the same, by words and by meaning.

Never judges which of two is right; a likeness is for ordering, not to be shown as per cent.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from index.e5_file import Floats
from index.hybrid import HybridIndex
from index.lexical import Places, Weights
from index.postings import Postings

# Two passages' cosine on a scale of 0 to 1. Over the bundled catalogue half of all pairs of measures lie
# below 0.89, other measures of like kind reach 0.97, and a copy under another head 0.992 and more.
FLOOR, SPAN = 0.85, 0.15
# A copy of a bundled measure under another head, its numbers changed, has 0.70 or more; two different
# measures of different documents have 0.63 at most. By words alone half of the copies have 0.60, others 0.46.
NEARLY, NEARLY_BY_WORDS = 0.68, 0.60
# Pairs are looked for among entries that share some of an entry's rarest terms, in lists cut to a window:
# the cost grows with the catalogue × neighbours, not with its square.
_RAREST, _WINDOW, _NEIGHBOURS, _LEAST = 48, 64, 16, 0.35


@dataclass(frozen=True)
class Pair:
    """Two measures of different documents that are nearly the same."""

    one: str
    other: str
    similarity: float
    words: float
    meaning: float | None  # None where one has no vectors


def similar(index: HybridIndex, name: str) -> list[tuple[str, float]]:
    """Every other entry with how like it is, in [0, 1], the likest first; nothing for an unknown id."""
    if name not in index.ids:
        return []
    at = index.ids.index(name)
    words = index.postings.jaccard(at)
    meaning = _meanings(index, name)
    likeness = _likeness(words, meaning)
    order = np.lexsort((np.arange(len(likeness)), -likeness))
    return [(index.ids[other], float(likeness[other])) for other in order.tolist() if other != at]


def _likeness(words: Weights, meaning: Weights) -> Weights:
    """Both sides count alike; where there is no vector, the words count alone."""
    return np.where(np.isnan(meaning), words, (words + _scaled(meaning)) / 2)


def _scaled(cosines: Weights) -> Weights:
    """Cosines of passages on a scale of 0 to 1."""
    return np.clip((cosines - FLOOR) / SPAN, 0.0, 1.0)


def _meanings(index: HybridIndex, name: str) -> Weights:
    """The mean cosine of each passage's nearest one in the other, both ways, float64 [entries]."""
    own = index.vectors_of(name)
    if own is None:
        return np.full(len(index.ids), np.nan)
    return index.nearness(own)


def nearly_same(index: HybridIndex) -> list[Pair]:
    """Pairs of different documents that are nearly the same, the likest first."""
    found = list(_pairs(index, index.postings))
    return sorted(found, key=lambda pair: (-pair.similarity, pair.one, pair.other))


def _pairs(index: HybridIndex, postings: Postings) -> Iterator[Pair]:
    documents = np.unique([name.partition(".")[0] for name in index.ids], return_inverse=True)[1]
    for entry in range(len(postings)):
        others = _neighbours(postings, entry)
        others = others[documents[others] != documents[entry]]
        if not len(others):
            continue
        words = postings.jaccard(entry, others)
        for other, share in zip(others.tolist(), words.tolist(), strict=True):
            pair = _pair(index, index.ids[entry], index.ids[other], share)
            if pair is not None:
                yield pair


def _neighbours(postings: Postings, entry: int) -> Places:
    """Later entries that share most of an entry's rarest shared terms, int64 [at most _NEIGHBOURS]."""
    terms = postings.of_entry(entry)
    terms = terms[postings.frequencies[terms] > 1]
    rarest = terms[np.argsort(postings.frequencies[terms], kind="stable")[:_RAREST]]
    starts, entries = postings.by_term
    lists = [entries[starts[term] : starts[term + 1]] for term in rarest.tolist()]
    later = [run[np.searchsorted(run, entry, side="right") :][:_WINDOW] for run in lists]
    others, shared = np.unique(np.concatenate([np.zeros(0, np.int32), *later]), return_counts=True)
    kept = shared >= _LEAST * len(rarest)
    others, shared = others[kept], shared[kept]
    best = np.lexsort((others, -shared))[:_NEIGHBOURS]
    return np.asarray(others[best], np.int64)


def _pair(index: HybridIndex, one: str, other: str, words: float) -> Pair | None:
    ours, theirs = index.vectors_of(one), index.vectors_of(other)
    if ours is None or theirs is None:
        return Pair(one, other, words, words, None) if words >= NEARLY_BY_WORDS else None
    cosine = both_ways(np.einsum("id,jd->ij", ours, theirs))
    meaning = float(_scaled(np.array(cosine)))
    likeness = (words + meaning) / 2
    return Pair(one, other, likeness, words, meaning) if likeness >= NEARLY else None


def both_ways(cosines: Floats) -> float:
    """The mean of each passage's best cosine with the other's, from both sides."""
    return float(cosines.max(0).mean() + cosines.max(1).mean()) / 2
