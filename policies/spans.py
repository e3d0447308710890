"""Sets of leaf numbers as sorted disjoint spans, so that a province or a section costs one comparison.

Whose leaves they are is the tree's business: sets of two trees are never compared.
"""

import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leaves:
    """Leaf numbers as half-open spans, sorted, disjoint, with gaps between them."""

    spans: tuple[tuple[int, int], ...] = ()

    @staticmethod
    def of(spans: Iterable[tuple[int, int]]) -> "Leaves":
        """Any half-open spans, joined where they touch or overlap."""
        joined: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            elif start < end:
                joined.append((start, end))
        return Leaves(tuple(joined))

    def covers(self, other: "Leaves") -> bool:
        """Whether every leaf of `other` is here."""
        mine = self.spans
        for start, end in other.spans:
            i = bisect_right(mine, (start, sys.maxsize)) - 1
            if i < 0 or end > mine[i][1]:
                return False
        return True

    def meets(self, other: "Leaves") -> bool:
        """Whether any leaf is in both."""
        mine, theirs = self.spans, other.spans
        i = j = 0
        while i < len(mine) and j < len(theirs):
            if mine[i][0] < theirs[j][1] and theirs[j][0] < mine[i][1]:
                return True
            if mine[i][1] <= theirs[j][1]:
                i += 1
            else:
                j += 1
        return False

    def union(self, other: "Leaves") -> "Leaves":
        """Every leaf of either."""
        return Leaves.of((*self.spans, *other.spans))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __len__(self) -> int:
        return sum(end - start for start, end in self.spans)

    def __iter__(self) -> Iterator[int]:
        return (leaf for start, end in self.spans for leaf in range(start, end))
