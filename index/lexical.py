"""BM25 over characters, pairs of characters and words, as sparse arrays by term; Lucene's idf.

A score is a share of the best possible, so it is the same whatever it is compared with. Never cuts a list.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.e5_file import Floats
from index.text import terms

K1, B = 1.2, 0.75
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class WordSegment:
    """Postings by term: entries and counts of term t lie at starts[t]:starts[t+1]."""

    vocabulary: Mapping[str, int]
    starts: npt.NDArray[np.int64]  # [terms + 1]
    entries: Ints  # [postings]
    counts: Floats  # [postings]
    lengths: Floats  # [entries], in terms

    @classmethod
    def of(cls, texts: Sequence[str]) -> "WordSegment":
        """Built from texts, in their order."""
        vocabulary: dict[str, int] = {}
        term_of: list[int] = []
        entry_of: list[int] = []
        count_of: list[int] = []
        lengths = np.zeros(len(texts), np.float32)
        for entry, text in enumerate(texts):
            counted = Counter(terms(text))
            lengths[entry] = counted.total()
            term_of += [vocabulary.setdefault(term, len(vocabulary)) for term in counted]
            count_of += counted.values()
            entry_of += [entry] * len(counted)
        numbers = np.array(term_of, np.int64)
        order = np.argsort(numbers, kind="stable")
        starts = np.zeros(len(vocabulary) + 1, np.int64)
        np.cumsum(np.bincount(numbers, minlength=len(vocabulary)), out=starts[1:])
        entries, counts = np.array(entry_of, np.int32)[order], np.array(count_of, np.float32)[order]
        return cls(vocabulary, starts, entries, counts, lengths)

    def frequencies(self, alive: Bools) -> Ints:
        """In how many living entries each term stands, int32 [terms]."""
        before = np.zeros(len(self.entries) + 1, np.int64)
        np.cumsum(alive[self.entries], out=before[1:])
        return (before[self.starts[1:]] - before[self.starts[:-1]]).astype(np.int32)


class Words:
    """Several segments scored as if they were one: statistics are of all living entries. Immutable."""

    def __init__(self, segments: Sequence[tuple[WordSegment, Bools]]) -> None:
        self._parts = [(segment, segment.frequencies(alive)) for segment, alive in segments]
        self._living = int(sum(alive.sum() for _, alive in segments))
        total = float(sum(segment.lengths[alive].sum() for segment, alive in segments))
        average = total / self._living if total else 1.0
        self._shares = [_shares(segment, average) for segment, _ in segments]

    def score(self, query: str) -> Floats:
        """BM25 ÷ its bound, float32 [all entries, segment by segment], in [0, 1); dead ones included.

        The bound is Σ idf·(k1+1) over the query's terms; a term that is nowhere has the largest idf.
        """
        asked = Counter(terms(query))
        names, times = list(asked), np.fromiter(asked.values(), np.float64, len(asked))
        numbers = [[segment.vocabulary.get(name, -1) for name in names] for segment, _ in self._parts]
        weights = times * self._idf(numbers, len(names)) * (K1 + 1)
        bound = weights.sum()
        found = [self._sums(part, np.array(numbers[part], np.int64), weights) for part in range(len(numbers))]
        everything = np.concatenate([*found, np.zeros(0)])
        return (everything / bound if bound else everything).astype(np.float32)

    def _idf(self, numbers: list[list[int]], count: int) -> npt.NDArray[np.float64]:
        seen = np.zeros(count)
        for (_, frequencies), known in zip(self._parts, numbers, strict=True):
            seen += np.array([frequencies[number] if number >= 0 else 0 for number in known])
        seen = np.maximum(seen, min(1, self._living))
        return np.log1p((self._living - seen + 0.5) / (seen + 0.5))

    def _sums(
        self, part: int, numbers: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        segment, shares = self._parts[part][0], self._shares[part]
        known = numbers >= 0
        begins, ends = segment.starts[numbers[known]], segment.starts[numbers[known] + 1]
        if not known.any():
            return np.zeros(len(segment.lengths))
        runs = [slice(*pair) for pair in zip(begins.tolist(), ends.tolist(), strict=True)]
        entries = np.concatenate([segment.entries[run] for run in runs])
        worth = np.concatenate([shares[run] for run in runs]) * np.repeat(weights[known], ends - begins)
        return np.bincount(entries, worth, minlength=len(segment.lengths)).astype(np.float64, copy=False)


def _shares(segment: WordSegment, average: float) -> Floats:
    """How much of a term's weight each posting earns, float32 [postings], in [0, 1)."""
    norms = (K1 * (1 - B + B * segment.lengths / average)).astype(np.float32)
    return segment.counts / (segment.counts + norms[segment.entries])
