"""Which terms stand in which entries, over all segments at once: what entries have in common.

Knows presence and rarity only; how often a term stands somewhere is BM25's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from index.lexical import Ints, Places, Weights, WordSegment


@dataclass(frozen=True)
class Postings:
    """Pairs of entry and term by entry: the terms of entry e lie at starts[e]:starts[e+1], ascending."""

    starts: Places  # [entries + 1]
    terms: Ints  # [pairs]
    count: int  # of all terms

    @classmethod
    def of(cls, segments: Sequence[WordSegment], places: Sequence[int]) -> "Postings":
        """Of these entries, given by their places in the segments one after the other."""
        numbers = _numbered(segments)
        starts, runs = [0], []
        ends = np.cumsum([len(segment.lengths) for segment in segments])
        for place in places:
            which = int(np.searchsorted(ends, place, side="right"))
            begins, terms = segments[which].by_entry
            entry = place - (int(ends[which - 1]) if which else 0)
            runs.append(np.sort(numbers[which][terms[begins[entry] : begins[entry + 1]]]))
            starts.append(starts[-1] + len(runs[-1]))
        count = int(max((found.max(initial=-1) for found in numbers), default=-1)) + 1
        pairs = np.concatenate([np.zeros(0, np.int32), *runs])
        return cls(np.array(starts, np.int64), pairs, count)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of_entry(self, entry: int) -> Ints:
        """The numbers of its terms, ascending."""
        return self.terms[self.starts[entry] : self.starts[entry + 1]]

    @cached_property
    def frequencies(self) -> Places:
        """In how many entries each term stands, int64 [terms]."""
        return np.bincount(self.terms, minlength=self.count)

    @cached_property
    def idf(self) -> Weights:
        """float64 [terms]."""
        seen = self.frequencies
        idf: Weights = np.log1p((len(self) - seen + 0.5) / (seen + 0.5))
        return idf

    @cached_property
    def masses(self) -> Weights:
        """The weight of all terms of each entry, float64 [entries]."""
        return self._run_sums(self.idf[self.terms])

    @cached_property
    def by_term(self) -> tuple[Places, Ints]:
        """The other way round: the entries of term t lie at starts[t]:starts[t+1], ascending."""
        starts = np.zeros(self.count + 1, np.int64)
        np.cumsum(self.frequencies, out=starts[1:])
        entries = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))
        return starts, entries[np.argsort(self.terms, kind="stable")]

    def jaccard(self, entry: int, others: Places | None = None) -> Weights:
        """The weight of what an entry and another have in common ÷ of what either has, float64 [others];
        with all entries for None. 1 for equal texts, 0 where one has no term."""
        wanted = np.zeros(self.count, np.bool_)
        wanted[self.of_entry(entry)] = True
        common = self._sums(np.where(wanted, self.idf, 0.0), others)
        masses = self.masses if others is None else self.masses[others]
        either = masses + self.masses[entry] - common
        share: Weights = np.divide(common, either, out=np.zeros_like(common), where=either > 0)
        return share

    def _sums(self, worth: Weights, others: Places | None) -> Weights:
        if others is None:
            return self._run_sums(worth[self.terms])
        return np.array([worth[self.of_entry(other)].sum() for other in others.tolist()])

    def _run_sums(self, values: Weights) -> Weights:
        """Sums of the values of each entry's pairs, float64 [entries]."""
        owners = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return np.bincount(owners, values, minlength=len(self)).astype(np.float64, copy=False)


def _numbered(segments: Sequence[WordSegment]) -> list[Ints]:
    """For each segment, the number of its terms in one vocabulary of all."""
    everywhere: dict[str, int] = {}
    found = []
    for segment in segments:
        found.append(
            np.array([everywhere.setdefault(name, len(everywhere)) for name in segment.vocabulary], np.int32)
        )
    return found
