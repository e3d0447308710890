"""One profile and all rules at once: each distinct leaf is judged once, groups are combined in numpy.

Agrees with eligibility.judge on every rule and profile; gives no reasons and no wording.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies import turning
from policies.expressions import Expr
from policies.known import Known
from policies.mask_layout import AnyLevel, Layout, Level, PointLevel, TierLevel, lay_out
from policies.nodes import Attest, Leaf, Operand, Rule
from policies.operators import OPERATORS, Test
from policies.sources import sources_of
from policies.turning import SIGNS

_CERTAIN, _CHECKABLE, _UNDECIDED, _EXCLUDED = range(4)
_PART_OF = np.array(
    [_UNDECIDED, _CHECKABLE, *[_CERTAIN] * 3, *[_EXCLUDED] * 3, _UNDECIDED], dtype=np.int8
)  # by three times the sign now and the favourable one; negative ones from the end


@dataclass(frozen=True)
class Counts:
    """Leaves of each rule, int64 [rules]: those for the measure, unknown, open attestations, and all.

    `met` counts what speaks for the measure: under an odd number of `not`, a leaf that is not met.
    """

    met: NDArray[np.int64]
    unknown: NDArray[np.int64]
    attests: NDArray[np.int64]
    leaves: NDArray[np.int64]


class RuleBook:
    """Many rules, laid out once; `rules` are (measure id, rule) and give the order of every answer."""

    def __init__(self, rules: Sequence[tuple[str, Rule]]) -> None:
        self.rules = tuple(rules)
        self.layout = lay_out([(measure_id, rule.root) for measure_id, rule in rules])
        self.sources = sources_of(self.layout.distinct)
        self._bench = Bench(self.layout.distinct)

    def __len__(self) -> int:
        return len(self.layout.roots)

    def mark(self, known: Known) -> "Marks":
        """What every rule says to one profile, computed once for parts, counts and questions."""
        return Marks(self.layout, known, self._signs(known))

    def parts(self, known: Known) -> NDArray[np.int8]:
        """The part of each rule, int8 [rules], an index into PARTS."""
        return self.mark(known).parts

    def counts(self, known: Known) -> Counts:
        """How many leaves of each rule are met, unknown and open."""
        return self.mark(known).counts

    def _signs(self, known: Known) -> NDArray[np.int8]:
        """The verdict of each distinct leaf, int8: 1 met, 0 unknown, -1 not met."""
        signs = self._bench.signs(known)
        for name, answer in known.profile.answers.items():
            if name in self.layout.attests:
                signs[self.layout.attests[name]] = SIGNS[answer]
        return signs


class Bench:
    """Leaves that are judged together, by what they look at, so that each fact is looked up once."""

    def __init__(self, leaves: Sequence[Leaf | Attest]) -> None:
        self._size = len(leaves)
        self._by_subject: dict[Expr, tuple[list[int], list[tuple[Test, Operand]]]] = {}
        for place, leaf in enumerate(leaves):
            if isinstance(leaf, Leaf):
                places, tests = self._by_subject.setdefault(leaf.subject, ([], []))
                places.append(place)
                tests.append((OPERATORS[leaf.operator].test, leaf.operand))

    def signs(self, known: Known) -> NDArray[np.int8]:
        """The verdict of each leaf, int8: 1 met, 0 unknown, -1 not met; of attestations 0."""
        signs = np.zeros(self._size, dtype=np.int8)
        for subject, (places, tests) in self._by_subject.items():
            possible = subject.possible(known)
            signs[places] = [SIGNS[test(possible, operand, known)] for test, operand in tests]
        return signs


class Marks:
    """The verdicts of all rules for one profile. Slots are leaves where they stand, then groups."""

    def __init__(self, layout: Layout, known: Known, signs: NDArray[np.int8]) -> None:
        self.layout, self.known = layout, known
        at_leaves = signs[layout.columns]
        open_attests = layout.is_attest & (at_leaves == 0)
        self._slots = np.zeros((2, layout.size), dtype=np.int8)  # now; with open attestations favourable
        self._slots[:, : len(at_leaves)] = at_leaves, np.where(open_attests, layout.turns, at_leaves)
        for level in layout.levels:
            children = self._slots.take(level.edges, axis=1) * level.signs
            for plane, verdicts in zip(self._slots, _COMBINED[type(level)](children, level), strict=True):
                plane[level.slots] = verdicts

    @property
    def at_leaves(self) -> NDArray[np.int8]:
        """The verdict of each leaf slot, int8: 1 met, 0 unknown, -1 not met."""
        return self._slots[0, : len(self.layout.columns)]

    @cached_property
    def parts(self) -> NDArray[np.int8]:
        """The part of each rule, int8 [rules], an index into PARTS."""
        now, favourable = self._slots.take(self.layout.roots, axis=1) * self.layout.root_signs
        parts: NDArray[np.int8] = _PART_OF.take(3 * now + favourable)
        return parts

    @cached_property
    def counts(self) -> Counts:
        """How many leaves of each rule are met, unknown and open."""
        told, rules = self.layout.told, len(self.layout.roots)
        verdicts = self._slots[0, told.slots]

        def each(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
            return np.bincount(told.owners[chosen], minlength=rules).astype(np.int64)

        unknown = verdicts == 0
        met = verdicts * told.turns == 1
        every = np.ones(len(verdicts), dtype=np.bool_)
        return Counts(each(met), each(unknown), each(unknown & told.is_attest), each(every))

    def relevant(self, rules: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """bool [leaf slots]: leaves that can still change the verdict of their rule, of some rules."""
        return turning.relevant(self.layout, self._slots[0], rules)

    def moving(self, rules: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """bool [2, leaf slots]: leaves that alone move their rule to another part, met (0) or not met (1)."""
        return turning.alone(self.layout, self._slots, rules, rules & (self.parts == _UNDECIDED))


def _groups(children: NDArray[np.int8], level: Level) -> NDArray[np.int8]:
    """The verdicts of one level's groups, int8 [2, groups], from those of their children."""
    met, not_met = level.counted(children)
    return _decided(met >= level.needs, not_met > level.spare)


def _points(children: NDArray[np.int8], level: PointLevel) -> NDArray[np.int8]:
    sure = np.where(children == 1, level.points, 0)
    waiting = np.where(children == 0, level.points, 0)
    low = np.add.reduceat(sure + np.minimum(waiting, 0), level.bounds[:-1], axis=1)
    high = np.add.reduceat(sure + np.maximum(waiting, 0), level.bounds[:-1], axis=1)
    return _decided(low >= level.least, high < level.least)


def _tiers(children: NDArray[np.int8], level: TierLevel) -> NDArray[np.int8]:
    whens, thens = children[:, ::2], children[:, 1::2]
    starts, sizes = level.bounds[:-1] // 2, level.sizes // 2
    sure = whens == 1
    before = np.cumsum(sure, axis=1) - sure
    reached = before == np.repeat(before[:, starts], sizes, axis=1)
    possible = reached & (whens != -1)
    nothing = np.where(np.logical_or.reduceat(sure, starts, axis=1), 2, -1)  # where no tier is met: not met
    low = np.minimum(np.minimum.reduceat(np.where(possible, thens, 2), starts, axis=1), nothing)
    highs = np.where(possible, thens, -2)
    high = np.maximum(np.maximum.reduceat(highs, starts, axis=1), np.where(nothing == 2, -2, -1))
    return np.where(low == high, low, 0).astype(np.int8)


def _decided(met: Any, not_met: Any) -> NDArray[np.int8]:
    decided: NDArray[np.int8] = met.astype(np.int8) - not_met.astype(np.int8)
    return decided


_COMBINED: dict[type[AnyLevel], Callable[[NDArray[np.int8], Any], NDArray[np.int8]]] = {
    Level: _groups,
    PointLevel: _points,
    TierLevel: _tiers,
}
