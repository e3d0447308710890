"""Large, medium, small and micro by industry and figures, as the set of classes still possible.

The bounds are a table (tables/size_classes.csv in China); an industry without a scope has no class.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from policies.spans import Leaves
from policies.values import Exact, Interval

MOST_KEPT = 4_096  # sets of figures whose classes are remembered: most firms leave most of them open
SIZES = ("micro", "small", "medium", "large")


@dataclass(frozen=True)
class SizeScope:
    """One line of the table: its industries, and for each figure the lower bounds of SIZES[1:]."""

    name: str
    industries: Leaves
    bounds: Mapping[str, tuple[int, int, int]]

    def ranks(self, figures: Mapping[str, Interval]) -> dict[str, tuple[int, int]]:
        """Lowest and highest class (as a place in SIZES) that each figure still allows."""
        return {
            fact: (_rank(figures[fact].lo, bounds, 0), _rank(figures[fact].hi, bounds, 3))
            for fact, bounds in self.bounds.items()
        }


def _rank(value: Exact | None, bounds: Sequence[int], unbounded: int) -> int:
    return unbounded if value is None else bisect_right(bounds, value)


class SizeScopes:
    """All scopes. The class is the lowest over the figures of the industry's scope."""

    def __init__(self, scopes: Iterable[SizeScope], industries: Leaves) -> None:
        self.scopes = tuple(scopes)
        covered = Leaves.of(span for scope in self.scopes for span in scope.industries.spans)
        self._outside = tuple(
            (leaf, leaf + 1) for leaf in industries if not covered.covers(Leaves(((leaf, leaf + 1),)))
        )
        self._without = Leaves.of(self._outside)
        self._kept = lru_cache(MOST_KEPT)(self._work_out)
        self.facts = tuple(dict.fromkeys(fact for scope in self.scopes for fact in scope.bounds))

    def steps(self, fact: str) -> tuple[int, ...]:
        """The numbers at which a figure may change the class."""
        return tuple(sorted({bound for scope in self.scopes for bound in scope.bounds.get(fact, ())}))

    def of(self, industries: Leaves) -> list[SizeScope | None]:
        """The scopes that possible industries fall into; None stands for those without one."""
        found: list[SizeScope | None] = [s for s in self.scopes if s.industries.meets(industries)]
        return [*found, None] if self._without.meets(industries) else found

    def possible(self, industries: Leaves, figures: Mapping[str, Interval]) -> frozenset[str]:
        """The classes still possible; all four where a possible industry has no scope."""
        return self._kept(industries, tuple(figures.items()))

    def _work_out(self, industries: Leaves, figures: tuple[tuple[str, Interval], ...]) -> frozenset[str]:
        known = dict(figures)
        classes: set[str] = set()
        for scope in self.of(industries):
            if scope is None:
                return frozenset(SIZES)
            ranks = scope.ranks(known).values()
            classes.update(SIZES[min(lo for lo, _ in ranks) : min(hi for _, hi in ranks) + 1])
            if len(classes) == len(SIZES):
                break
        return frozenset(classes)

    def to_learn(self, industries: Leaves, figures: Mapping[str, Interval]) -> set[str]:
        """The figures that can still change the class; nothing where it is known or has no scope."""
        if len(self.possible(industries, figures)) == 1:
            return set()
        found: set[str] = set()
        for scope in self.of(industries):
            if scope is not None and len(found) < len(self.facts):
                ranks = scope.ranks(figures)
                found.update(fact for fact in ranks if _matters(fact, ranks))
        return found


def _matters(fact: str, ranks: Mapping[str, tuple[int, int]]) -> bool:
    lo, hi = ranks[fact]
    lowest_other = min((high for other, (_, high) in ranks.items() if other != fact), default=3)
    return lo < hi and lo < lowest_other
