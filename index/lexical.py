"""BM25 over characters, pairs of characters and words, as sparse arrays by term; Lucene's idf.

A score is a share of the best possible, so it is the same whatever it is compared with. Never cuts a list.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.e5_file import Floats
from index.text import terms

K1, B = 1.2, 0.75
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True)
class WordSegment:
    """Postings by term: entries and counts of term t lie at starts[t]:starts[t+1]."""

    vocabulary: Mapping[str, int]
    starts: npt.NDArray[np.int64]  # [terms + 1]
    entries: Ints  # [postings]
    counts: Floats  # [postings]
    lengths: Floats  # [entries], in terms
    titled: Bools  # [postings], whether the term stands in the entry's title too

    @classmethod
    def of(cls, texts: Sequence[str], titles: Sequence[str] | None = None) -> "WordSegment":
        """Built from texts, in their order, and the titles that stand in them; without titles none does."""
        vocabulary: dict[str, int] = {}
        term_of: list[int] = []
        entry_of: list[int] = []
        count_of: list[int] = []
        titled: list[bool] = []
        lengths = np.zeros(len(texts), np.float32)
        for entry, (text, title) in enumerate(zip(texts, titles or [""] * len(texts), strict=True)):
            counted, heading = Counter(terms(text)), frozenset(terms(title))
            lengths[entry] = counted.total()
            term_of += [vocabulary.setdefault(term, len(vocabulary)) for term in counted]
            count_of += counted.values()
            entry_of += [entry] * len(counted)
            titled += [term in heading for term in counted]
        numbers = np.array(term_of, np.int64)
        order = np.argsort(numbers, kind="stable")
        starts = np.zeros(len(vocabulary) + 1, np.int64)
        np.cumsum(np.bincount(numbers, minlength=len(vocabulary)), out=starts[1:])
        entries, counts = np.array(entry_of, np.int32)[order], np.array(count_of, np.float32)[order]
        return cls(vocabulary, starts, entries, counts, lengths, np.array(titled, np.bool_)[order])

    @cached_property
    def headings(self) -> tuple[Ints, Ints]:
        """Entry and term of each posting that stands in a title, int32 [titled postings] each."""
        terms_of = np.repeat(np.arange(len(self.vocabulary), dtype=np.int32), np.diff(self.starts))
        return self.entries[self.titled], terms_of[self.titled]

    @cached_property
    def by_entry(self) -> tuple[Places, Ints]:
        """The postings turned round: the terms of entry e lie at starts[e]:starts[e+1], ascending."""
        starts = np.zeros(len(self.lengths) + 1, np.int64)
        np.cumsum(np.bincount(self.entries, minlength=len(self.lengths)), out=starts[1:])
        terms_of = np.repeat(np.arange(len(self.vocabulary), dtype=np.int32), np.diff(self.starts))
        return starts, terms_of[np.argsort(self.entries, kind="stable")]

    def frequencies(self, alive: Bools) -> Ints:
        """In how many living entries each term stands, int32 [terms]."""
        before = np.zeros(len(self.entries) + 1, np.int64)
        np.cumsum(alive[self.entries], out=before[1:])
        return (before[self.starts[1:]] - before[self.starts[:-1]]).astype(np.int32)


@dataclass(frozen=True)
class Question:
    """A query's distinct terms, and what the vocabulary knows of them."""

    names: tuple[str, ...]
    times: Weights  # [terms], how often it stands in the query
    weights: Weights  # [terms], times · idf
    known: Bools  # [terms], whether it stands in any living entry
    numbers: Places  # [segments, terms], in each vocabulary; -1 where it does not stand


@dataclass(frozen=True)
class Matched:
    """How well entries match a question: float32 [all entries, segment by segment] each, dead ones too."""

    words: Floats  # BM25 ÷ its bound, in [0, 1)
    title: Floats  # share of the question's weight that stands in the title, in [0, 1]
    heading: Floats  # geometric mean of that share and of the title's share that is asked for, in [0, 1]


class Words:
    """Several segments scored as if they were one: statistics are of all living entries. Immutable."""

    def __init__(self, segments: Sequence[tuple[WordSegment, Bools]]) -> None:
        self._parts = [(segment, segment.frequencies(alive)) for segment, alive in segments]
        self._living = int(sum(alive.sum() for _, alive in segments))
        total = float(sum(segment.lengths[alive].sum() for segment, alive in segments))
        average = total / self._living if total else 1.0
        self._shares = [_shares(segment, average) for segment, _ in segments]

    def read(self, query: str) -> Question:
        """The query's terms weighed by what is indexed."""
        asked = Counter(terms(query))
        names, times = tuple(asked), np.fromiter(asked.values(), np.float64, len(asked))
        numbers = self._numbers(names)
        seen = self._seen(numbers)
        return Question(names, times, times * self._idf(seen), seen > 0, numbers)

    def matched(self, question: Question) -> Matched:
        """How well each entry matches. The bound of BM25 is Σ idf·(k1+1) over the terms; a term that is
        nowhere has the largest idf."""
        mass = question.weights.sum() or 1.0
        found = [self._sums(part, question) for part in range(len(self._parts))]
        words, title, common = np.concatenate([*found, np.zeros((3, 0))], axis=1)
        titles = np.concatenate([*self._titles, np.zeros(0)])
        covered = np.divide(common, titles, out=np.zeros_like(common), where=titles > 0)
        heading = np.sqrt(np.minimum(covered, 1.0) * title / mass)
        return Matched(*(each.astype(np.float32) for each in (words / mass, title / mass, heading)))

    def score(self, query: str) -> Floats:
        """BM25 ÷ its bound, as `matched` gives it."""
        return self.matched(self.read(query)).words

    def _seen(self, numbers: Places) -> Weights:
        """In how many living entries each of the terms stands, float64 [terms]."""
        seen = np.zeros(numbers.shape[1])
        for (_, frequencies), known in zip(self._parts, numbers, strict=True):
            there = known >= 0
            seen[there] += frequencies[known[there]]
        return seen

    def _idf(self, seen: Weights) -> Weights:
        seen = np.maximum(seen, min(1, self._living))
        idf: Weights = np.log1p((self._living - seen + 0.5) / (seen + 0.5))
        return idf

    @cached_property
    def _titles(self) -> list[Weights]:
        """The weight of each entry's title, segment by segment, float64 [entries]."""
        names = [list(segment.vocabulary) for segment, _ in self._parts]
        used = {
            part[term]
            for (segment, _), part in zip(self._parts, names, strict=True)
            for term in np.unique(segment.headings[1]).tolist()
        }
        asked = tuple(used)
        numbers = self._numbers(asked)
        idf = self._idf(self._seen(numbers))
        masses = []
        for (segment, _), known in zip(self._parts, numbers, strict=True):
            worth = np.zeros(len(segment.vocabulary))
            worth[known[known >= 0]] = idf[known >= 0]
            entries, terms_of = segment.headings
            sums = np.bincount(entries, worth[terms_of], len(segment.lengths))
            masses.append(sums.astype(np.float64, copy=False))
        return masses

    def _numbers(self, names: Sequence[str]) -> Places:
        """The numbers of terms in each vocabulary, int64 [segments, terms]; -1 where one does not stand."""
        found = [[segment.vocabulary.get(name, -1) for name in names] for segment, _ in self._parts]
        return np.array(found, np.int64).reshape(len(self._parts), len(names))

    def _sums(self, part: int, question: Question) -> Weights:
        """By words, by its title, and the title's weight that is asked for: of each entry of a segment,
        float64 [3, entries]."""
        segment, shares = self._parts[part][0], self._shares[part]
        known = question.numbers[part] >= 0
        size = len(segment.lengths)
        if not known.any():
            return np.zeros((3, size))
        numbers = question.numbers[part][known]
        begins, ends = segment.starts[numbers], segment.starts[numbers + 1]
        runs = [slice(*pair) for pair in zip(begins.tolist(), ends.tolist(), strict=True)]
        entries = np.concatenate([segment.entries[run] for run in runs])
        asked = np.repeat(np.flatnonzero(known), ends - begins)
        worth = np.concatenate([shares[run] for run in runs]) * question.weights[asked]
        titled = np.flatnonzero(np.concatenate([segment.titled[run] for run in runs]))
        headed, asked = entries[titled], asked[titled]
        once = question.weights[asked] / question.times[asked]
        pairs = ((entries, worth), (headed, question.weights[asked]), (headed, once))
        return np.stack([np.bincount(*pair, minlength=size) for pair in pairs])


def _shares(segment: WordSegment, average: float) -> Floats:
    """How much of a term's weight each posting earns, float32 [postings], in [0, 1)."""
    norms = (K1 * (1 - B + B * segment.lengths / average)).astype(np.float32)
    return segment.counts / (segment.counts + norms[segment.entries])
