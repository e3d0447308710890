"""One profile and all rules at once: each distinct leaf is judged once, groups are combined in numpy.

Agrees with eligibility.judge on every rule and profile; gives no reasons and no wording.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.combining import pivotal
from policies.eligibility import to_learn
from policies.known import Known
from policies.mask_layout import AnyLevel, Layout, Level, PointLevel, TierLevel, lay_out
from policies.nodes import Attest, Leaf, Rule
from policies.operators import OPERATORS, Verdict
from policies.questions import MOST_QUESTIONS, Wanted

_CERTAIN, _CHECKABLE, _UNDECIDED, _EXCLUDED = range(4)
_SIGNS: dict[Verdict, int] = {True: 1, None: 0, False: -1}
_VERDICTS: dict[int, Verdict] = {sign: verdict for verdict, sign in _SIGNS.items()}
_NOT_MET_UNIT = 1 << 32
_UNITS = np.array([0, 1, _NOT_MET_UNIT], dtype=np.int64)  # by sign; -1 takes the last


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
        self.layout = lay_out([(measure_id, rule.root) for measure_id, rule in rules])
        self._by_subject = _by_subject(self.layout)

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
        signs = np.zeros(len(self.layout.distinct), dtype=np.int8)
        for subject, columns, tests in self._by_subject:
            possible = subject.possible(known)
            signs[columns] = [_SIGNS[test(possible, operand, known)] for test, operand in tests]
        for name, answer in known.profile.answers.items():
            if name in self.layout.attests:
                signs[self.layout.attests[name]] = _SIGNS[answer]
        return signs


def _by_subject(layout: Layout) -> list[tuple[Any, list[int], list[tuple[Any, Any]]]]:
    """Distinct leaves by what they look at, so that each fact is looked up once."""
    groups: dict[Hashable, tuple[list[int], list[tuple[Any, Any]]]] = {}
    for column, leaf in enumerate(layout.distinct):
        if isinstance(leaf, Leaf):
            columns, tests = groups.setdefault(leaf.subject, ([], []))
            columns.append(column)
            tests.append((OPERATORS[leaf.operator].test, leaf.operand))
    return [(subject, columns, tests) for subject, (columns, tests) in groups.items()]


class Marks:
    """The verdicts of all rules for one profile. Slots are leaves where they stand, then groups."""

    def __init__(self, layout: Layout, known: Known, signs: NDArray[np.int8]) -> None:
        self.layout, self.known = layout, known
        at_leaves = signs[layout.columns]
        open_attests = layout.is_attest & (at_leaves == 0)
        self._slots = np.zeros((2, layout.size), dtype=np.int8)  # now; with open attestations favourable
        self._slots[:, : len(at_leaves)] = at_leaves, np.where(open_attests, layout.turns, at_leaves)
        for level in layout.levels:
            children = self._slots[:, level.edges] * level.signs
            self._slots[:, level.slots] = _COMBINED[type(level)](children, level)

    @cached_property
    def parts(self) -> NDArray[np.int8]:
        """The part of each rule, int8 [rules], an index into PARTS."""
        now, favourable = self._slots[:, self.layout.roots] * self.layout.root_signs
        waiting = np.where(favourable == 1, _CHECKABLE, _UNDECIDED)
        return np.select([now == 1, now == -1], [_CERTAIN, _EXCLUDED], waiting).astype(np.int8)

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

    def wanted(self, listed: NDArray[np.bool_]) -> Wanted:
        """What the undecided and checkable ones among the `listed` rules (bool [rules]) wait for.

        All facts, and as many attestations as questions may be asked, first by name.
        """
        undecided = listed & (self.parts == _UNDECIDED)
        relevant = self._relevant(undecided | (listed & (self.parts == _CHECKABLE)))
        is_attest = self.layout.is_attest
        facts = np.flatnonzero(relevant & ~is_attest & undecided[self.layout.owners])
        return Wanted(self._wanted_facts(facts), self._wanted_attests(np.flatnonzero(relevant & is_attest)))

    def _relevant(self, rules: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which leaves can still change the verdict of their rule: no group above them is decided."""
        layout, unknown = self.layout, self._slots[0] == 0
        relevant = np.zeros(layout.size, dtype=np.bool_)
        relevant[layout.roots] = rules & unknown[layout.roots]
        for level in reversed(layout.levels):
            above = np.repeat(relevant[level.slots], np.diff(level.bounds))
            below = above & unknown[level.edges]
            if not isinstance(level, Level) and above.any():
                below &= self._pivotal(level, relevant)
            relevant[level.edges[below]] = True
        return relevant[: len(layout.columns)]

    def _pivotal(self, level: PointLevel | TierLevel, relevant: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """For each edge of points or tiers that are relevant, whether it can still turn them."""
        signs = self._slots[0, level.edges] * level.signs
        found = np.zeros(len(level.edges), dtype=np.bool_)
        for i in np.flatnonzero(relevant[level.slots]):
            own = slice(level.bounds[i], level.bounds[i + 1])
            found[own] = pivotal(level.nodes[i], [_VERDICTS[int(sign)] for sign in signs[own]])
        return found

    def _wanted_facts(self, leaves: NDArray[np.intp]) -> dict[str, int]:
        """How many rules wait for each fact through the given leaves (which are in the order of rules)."""
        if not len(leaves):
            return {}
        names = list(self.known.registry.facts)
        column_of = {name: i for i, name in enumerate(names)}
        columns, inverse = np.unique(self.layout.columns[leaves], return_inverse=True)
        needs = np.zeros((len(columns), len(names)), dtype=np.bool_)
        for row, column in enumerate(columns):
            leaf = self.layout.distinct[column]
            if isinstance(leaf, Leaf):
                needs[row, [column_of[name] for name in to_learn(leaf, self.known)]] = True
        owners = self.layout.owners[leaves]
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        counts = np.logical_or.reduceat(needs[inverse], starts, axis=0).sum(axis=0)
        return {name: int(count) for name, count in zip(names, counts, strict=True) if count}

    def _wanted_attests(self, leaves: NDArray[np.intp]) -> dict[str, tuple[str, int]]:
        """Those of the first rules by id, as many as can be asked for: each is one measure's alone."""
        ids, owners = self.layout.measure_ids, self.layout.owners[leaves]
        first = nsmallest(MOST_QUESTIONS, np.unique(owners).tolist(), key=lambda owner: f"{ids[owner]}#")
        wanted: dict[str, tuple[str, int]] = {}
        for leaf in leaves[np.isin(owners, first)]:
            attest = self.layout.distinct[self.layout.columns[leaf]]
            if isinstance(attest, Attest):
                measure_id = ids[self.layout.owners[leaf]]
                wanted.setdefault(f"{measure_id}#{attest.key}", (attest.text, 1))
        return wanted


def _groups(children: NDArray[np.int8], level: Level) -> NDArray[np.int8]:
    """The verdicts of one level's groups, int8 [2, groups], from those of their children."""
    running = np.zeros((2, children.shape[1] + 1), dtype=np.int64)
    np.cumsum(_UNITS[children], axis=1, out=running[:, 1:])
    totals = np.diff(running[:, level.bounds], axis=1)
    met, not_met = totals % _NOT_MET_UNIT, totals // _NOT_MET_UNIT
    return _decided(met >= level.needs, not_met > level.spare)


def _points(children: NDArray[np.int8], level: PointLevel) -> NDArray[np.int8]:
    sure = np.where(children == 1, level.points, 0)
    waiting = np.where(children == 0, level.points, 0)
    low = np.add.reduceat(sure + np.minimum(waiting, 0), level.bounds[:-1], axis=1)
    high = np.add.reduceat(sure + np.maximum(waiting, 0), level.bounds[:-1], axis=1)
    return _decided(low >= level.least, high < level.least)


def _tiers(children: NDArray[np.int8], level: TierLevel) -> NDArray[np.int8]:
    whens, thens = children[:, ::2], children[:, 1::2]
    starts, sizes = level.bounds[:-1] // 2, np.diff(level.bounds) // 2
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
