"""Words and meaning fused into one score that is the same inside every mask.

Immutable: a change is a new index that shares what has not changed. Never drops or cuts candidates.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

import numpy as np

from index.dense import VectorSegment
from index.e5_file import Floats
from index.lexical import Bools, Question, Weights, Words, WordSegment
from index.passages import Entry
from index.postings import Postings
from index.weights import length_of, meaning_weight

# score = (1 − w)·(words + HEADING·heading·(1 − words)) + w·clip((cos − FLOOR)/SPAN, 0, 1), where words are
# BM25/bound, heading is how nearly question and title are the same words, and w is the question's own
# (index/weights.py). HEADING: the best of the grid of `python -m benchmarks fusion`.
FLOOR, SPAN = 0.70, 0.25  # for multilingual-e5-small
HEADING = 0.60
SAMPLE = 1_000
_NOTHING = np.zeros((0, 0), np.float32)


@dataclass(frozen=True)
class Found:
    """float32 [n] each, in [0, 1], aligned with the ids that were asked for."""

    scores: Floats  # fused; 0 for an id that is not indexed
    words: Floats  # BM25 ÷ bound
    meaning: Floats  # the best passage's cosine on the fusion's scale; NaN where there is no vector
    title: Floats  # share of the query's weight (idf) that stands in the title
    heading: Floats  # how nearly the query and the title are the same words
    weight: float  # of meaning in the fused score, by the query alone; 0 without a vector


@dataclass(frozen=True)
class Segment:
    """Entries that were indexed together."""

    ids: tuple[str, ...]
    words: WordSegment
    vectors: VectorSegment | None

    @classmethod
    def of(cls, entries: Sequence[Entry], vectors: Mapping[str, Floats] | None) -> "Segment":
        """Raises ValueError when an id stands twice or an entry's vectors are not one a passage."""
        ids = tuple(entry.id for entry in entries)
        if len(set(ids)) < len(ids):
            raise ValueError("an id stands twice among the entries")
        words = WordSegment.of([entry.words for entry in entries], [entry.title for entry in entries])
        return cls(ids, words, _vector_segment(entries, vectors))


class HybridIndex:
    """What a service searches in memory: one big segment and one with what has changed since."""

    def __init__(
        self,
        base: Segment,
        *,
        gone: frozenset[str] = frozenset(),
        changed: Mapping[str, tuple[Entry, Floats | None]] | None = None,
    ) -> None:
        self._base, self._gone, self._changed = base, gone, dict(changed or {})
        self._segments = [base]
        if self._changed:
            known = {name: found for name, (_, found) in self._changed.items() if found is not None}
            self._segments.append(Segment.of([entry for entry, _ in self._changed.values()], known or None))
        hidden = gone | self._changed.keys()
        alive = [np.array([name not in hidden for name in base.ids], np.bool_)]
        alive += [np.ones(len(part.ids), np.bool_) for part in self._segments[1:]]
        self._words = Words([(part.words, lives) for part, lives in zip(self._segments, alive, strict=True)])
        self._places = _places(self._segments, alive)
        self._size = sum(len(part.ids) for part in self._segments)
        self.ids = tuple(self._places)
        self.passages = _passages(self._segments, alive)

    @classmethod
    def of(cls, entries: Sequence[Entry], vectors: Mapping[str, Floats] | None = None) -> "HybridIndex":
        """Built from entries and their passages' vectors, float32 [passages, dim] by id."""
        return cls(Segment.of(entries, vectors))

    def with_delta(self, entries: Iterable[Entry], vectors: Mapping[str, Floats] | None) -> "HybridIndex":
        """These entries added or replaced; scores equal those of an index built whole. Cost grows with
        what has changed since the base was built, so rebuild after some hundreds."""
        changed = dict(self._changed)
        for entry in entries:
            changed[entry.id] = (entry, (vectors or {}).get(entry.id))
        return HybridIndex(self._base, gone=self._gone - changed.keys(), changed=changed)

    def without(self, ids: Iterable[str]) -> "HybridIndex":
        """These entries removed; unknown ids are ignored."""
        leaving = frozenset(ids)
        changed = {name: found for name, found in self._changed.items() if name not in leaving}
        return HybridIndex(self._base, gone=self._gone | leaving, changed=changed)

    def score(self, query: str, vector: Floats | None, ids: Sequence[str]) -> Found:
        """Scores for exactly these ids. Without a vector the words alone; an entry without one keeps its
        words' part of the fused score."""
        places = np.fromiter(map(self._places.get, ids, repeat(-1)), np.int64, len(ids))
        known = places >= 0
        at = places[known]
        words, title, heading, meaning = np.zeros((4, len(ids)), np.float32)
        meaning[:] = np.nan
        question = self.read(query)
        if question.names:
            found = self._words.matched(question)
            for part, whole in ((words, found.words), (title, found.title), (heading, found.heading)):
                part[known] = whole[at]
        said = words + np.float32(HEADING) * heading * (1 - words)
        if vector is None:
            return Found(said, words, meaning, title, heading, 0.0)
        wanted = np.zeros(self._size, np.bool_)
        wanted[at] = True
        cosines = self._cosines(vector, wanted)[at]
        meaning[known] = np.clip((cosines - FLOOR) / SPAN, 0.0, 1.0)
        weight = np.float32(meaning_weight(length_of(question)))
        scores = (1 - weight) * said + weight * np.nan_to_num(meaning, nan=0.0)
        return Found(scores.astype(np.float32), words, meaning, title, heading, float(weight))

    @cached_property
    def postings(self) -> Postings:
        """Which terms stand in which living entries, numbered in the order of `ids`."""
        return Postings.of([part.words for part in self._segments], list(self._places.values()))

    def read(self, query: str) -> Question:
        """The question's terms weighed by what is indexed."""
        return self._words.read(query)

    def usual(self, vector: Floats) -> tuple[float, float]:
        """Mean and standard deviation of the cosines of up to SAMPLE passages, evenly taken: what is near in
        one language is far in another, so nearness is held against this."""
        if not len(self._sample):
            return 1.0, 0.0
        cosines = np.einsum("ij,j->i", self._sample, vector)
        return float(cosines.mean()), float(cosines.std())

    @cached_property
    def _sample(self) -> Floats:
        segments = [part.vectors for part in self._segments if part.vectors and len(part.vectors.owners)]
        found: Floats = np.concatenate([part.sample(SAMPLE) for part in segments]) if segments else _NOTHING
        return found

    def vectors_of(self, name: str) -> Floats | None:
        """A measure's passage vectors, float32 [passages, dim]; None where there are none."""
        place = self._places.get(name, -1)
        for segment in self._segments:
            if 0 <= place < len(segment.ids):
                found = segment.vectors.vectors_of(place) if segment.vectors else None
                return found if found is not None and len(found) else None
            place -= len(segment.ids)
        return None

    def nearness(self, vectors: Floats) -> Weights:
        """How near each living entry's passages are to these: the mean of each one's best cosine with the
        other's, from both sides, float64 [entries, in the order of `ids`]; NaN where there is no vector."""
        parts = [
            part.vectors.nearness(vectors) if part.vectors else np.full(len(part.ids), np.nan)
            for part in self._segments
        ]
        return np.concatenate(parts)[list(self._places.values())]

    def _cosines(self, vector: Floats, wanted: Bools) -> Floats:
        parts, begin = [], 0
        for segment in self._segments:
            end = begin + len(segment.ids)
            nothing = np.full(len(segment.ids), np.nan, np.float32)
            found = segment.vectors.score(vector, wanted[begin:end]) if segment.vectors else nothing
            parts.append(found)
            begin = end
        return np.concatenate(parts)


def _vector_segment(entries: Sequence[Entry], vectors: Mapping[str, Floats] | None) -> VectorSegment | None:
    if not vectors:
        return None
    by_entry = [vectors.get(entry.id) for entry in entries]
    for entry, found in zip(entries, by_entry, strict=True):
        if found is not None and len(found) != len(entry.passages):
            raise ValueError(f"{entry.id}: {len(found)} vectors for {len(entry.passages)} passages")
    dim = next(found.shape[1] for found in vectors.values())
    return VectorSegment.of(by_entry, dim)


def _places(segments: Sequence[Segment], alive: Sequence[Bools]) -> dict[str, int]:
    names = [name for segment in segments for name in segment.ids]
    lives = np.concatenate(alive).tolist()
    return {name: place for place, name in enumerate(names) if lives[place]}


def _passages(segments: Sequence[Segment], alive: Sequence[Bools]) -> int:
    pairs = zip(segments, alive, strict=True)
    return int(sum(lives[part.vectors.owners].sum() for part, lives in pairs if part.vectors))
