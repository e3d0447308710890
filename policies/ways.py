"""The ways to make a rule met on one day: what each asks of single facts and answers, the cheapest kept.

Every way handed out was judged anew on its day; which day is best, and its words, are chosen elsewhere.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, cast

from policies.combining import children_needed, points_needed, whole_points
from policies.combining import together as combined
from policies.demands import Option, inputs_of, options_of
from policies.efforts import Effort, effort_of
from policies.expressions import Constant, FactAt
from policies.known import Known
from policies.nodes import Attest, Group, Leaf, Node, Points, Rule, Tiers, Years, bounds_of, judged_leaves_of
from policies.operators import OPERATORS, Verdict, verdict_of
from policies.supposed import Cell, Demand, supposed, together
from policies.told import follows

MOST_WAYS = ((24, 12), (100, 4))  # up to so many conditions, so many ways are kept for each node; else one
MOST_ENTRIES = 30  # children of which some are chosen by weighing; with more the cheapest are taken in turn
MOST_SUBSETS = 4  # steps of which every subset is tried; with more one is left out after the other
MOST_LEFT_OUT = 60  # steps past which none is left out


@dataclass(frozen=True, slots=True)
class Way:
    """What is asked of each cell, by which condition; how many cells are not so yet, and how hard it is."""

    asks: Mapping[Cell, tuple[Demand, str]] = field(default_factory=dict)
    count: int = 0
    hard: int = 0


_FREE = Way()
Ways = list[Way]


class Search:
    """The ways of one rule's nodes on the day of `known`, seen `today`; each is worked out once."""

    def __init__(self, rule: Rule, known: Known, measure_id: str, today: Known) -> None:
        self.rule, self.known, self.measure_id, self.today = rule, known, measure_id, today
        self.leaves = list(judged_leaves_of(rule.root))
        self.most = next((most for size, most in MOST_WAYS if len(self.leaves) <= size), 1)
        self._at = {leaf.path: leaf for leaf in reversed(self.leaves)}
        self.order = {leaf.path: n for n, leaf in reversed(list(enumerate(self.leaves)))}
        self._ways: dict[tuple[int, bool], Ways] = {}
        self._efforts: dict[tuple[Cell, Demand], Effort | None] = {}
        self._inputs = {id(leaf): self._cells(leaf) for leaf in self.leaves}
        self._now = {id(leaf): self._verdict(leaf, known) for leaf in self.leaves}
        times = Counter(cell for cells in self._inputs.values() for cell in cells)
        self._shared = {cell for cell, n in times.items() if n > 1}

    def _cells(self, leaf: Leaf | Attest) -> frozenset[Cell]:
        if isinstance(leaf, Attest):
            return frozenset(((f"#{leaf.key}", None),))
        return inputs_of(leaf, self.known.registry)

    def ways(self, node: Node, wanted: bool) -> Ways:
        """The best ways to make the node `wanted`, at most `most`."""
        key = (id(node), wanted)
        if key not in self._ways:
            if isinstance(node, Leaf | Attest):
                self._ways[key] = self._of_leaf(node, wanted)
            else:
                self._ways[key] = _FORMS[type(node)](self, node, wanted)
        return self._ways[key]

    def _of_leaf(self, leaf: Leaf | Attest, wanted: bool) -> Ways:
        verdict = self._now[id(leaf)]
        if verdict is wanted and not self._inputs[id(leaf)] & self._shared:
            return [_FREE]
        found = [way for one in options_of(leaf, wanted, self.known) if (way := self._way(one, leaf.path))]
        if verdict is wanted:
            stays = [way for way in found if not way.count] or [_FREE]
            return self.best([*stays, *(way for way in found if way.count)])
        if len(self._inputs[id(leaf)]) > 1 or not found:
            found += self._as_a_whole(leaf, wanted, 1 if found else 0)
        return self.best(found)

    def _as_a_whole(self, leaf: Leaf | Attest, wanted: bool, more: int) -> Ways:
        """A condition that is only to be so; behind what says how, as it takes another fact besides."""
        way = self._costed({leaf: (frozenset((wanted,)), leaf.path)}) if isinstance(leaf, Leaf) else None
        return [] if way is None else [Way(way.asks, way.count + more, way.hard + more)]

    def _way(self, option: Option, path: str) -> Way | None:
        return self._costed({cell: (demand, path) for cell, demand in option.items()})

    def _costed(self, asks: Mapping[Cell, tuple[Demand, str]]) -> Way | None:
        efforts = [self.maybe(cell, demand) for cell, (demand, _) in asks.items()]
        done = [one for one in efforts if one is not None]
        if len(done) < len(efforts):
            return None
        return Way(asks, sum(1 for one in done if one.do), sum(one.hard for one in done))

    def maybe(self, cell: Cell, demand: Demand) -> Effort | None:
        """What a demand takes; None where nothing brings it about."""
        key = (cell, demand)
        if key not in self._efforts:
            self._efforts[key] = effort_of(cell, demand, self.known, self.measure_id, self.today.as_of)
        return self._efforts[key]

    def effort(self, cell: Cell, demand: Demand) -> Effort:
        """What a demand of a way takes."""
        found = self.maybe(cell, demand)
        if found is None:
            raise ValueError("a way holds only what can be brought about")
        return found

    def best(self, ways: Iterable[Way | None]) -> Ways:
        """The best, fewest steps first; of equal ones the earlier."""
        found = (way for way in ways if way is not None)
        return sorted(found, key=lambda way: (way.count, way.hard))[: self.most]

    def both(self, one: Way, other: Way) -> Way | None:
        """Both ways at once; None where they contradict each other."""
        if not (one.asks and other.asks):
            return one if one.asks else other
        if one.asks.keys().isdisjoint(other.asks):
            return Way({**one.asks, **other.asks}, one.count + other.count, one.hard + other.hard)
        asks = dict(one.asks)
        for cell, (demand, path) in other.asks.items():
            if cell not in asks:
                asks[cell] = (demand, path)
                continue
            before, first = asks[cell]
            shared = together(before, demand)
            if shared is None:
                return None
            effort = self.maybe(cell, before)
            asks[cell] = (shared, first if effort is not None and effort.do else path)
        return self._costed(asks)

    def worth(
        self, node: Node, known: Known, told: Mapping[Cell, Demand], still: frozenset[int] = frozenset()
    ) -> Verdict:
        """The node's verdict for a profile where the cells told are as told, leaves of `still` as today."""
        if id(node) in still:
            return self._verdict(cast(Leaf, node), self.today)
        if isinstance(node, Leaf | Attest):
            same = self._inputs[id(node)].isdisjoint(told)
            verdict = self._now[id(node)] if same else self._verdict(node, known)
            if isinstance(node, Leaf) and (verdict is None or (same and node in told)):
                return self._as_told(node, verdict, told)
            return verdict
        return combined(node, [self.worth(child, known, told, still) for child in node.children])

    def _as_told(self, leaf: Leaf, verdict: Verdict, told: Mapping[Cell, Demand]) -> Verdict:
        """The verdict of a condition that is told as a whole, or of which one on the same words is."""
        if bounds_of(leaf):
            return self._by_number(leaf, verdict, told)
        if not (isinstance(leaf.subject, FactAt) and isinstance(leaf.operand, frozenset)):
            return told[leaf] == frozenset((True,)) if leaf in told else verdict
        others = [cell for cell in told if isinstance(cell, Leaf) and cell.subject == leaf.subject]
        words = frozenset[Any](self.known.registry.facts[leaf.subject.fact].values or (True, False))
        for cell in others:
            operand = cast(frozenset[Any], cell.operand)
            words = words & operand if told[cell] == frozenset((True,)) else words - operand
        if not others:
            return verdict
        return bool(words) and OPERATORS[leaf.operator].test(words, leaf.operand, self.known)

    def _by_number(self, leaf: Leaf, verdict: Verdict, told: Mapping[Cell, Demand]) -> Verdict:
        """The verdict of a condition on a number of which others may be told."""
        mine = [leaf] if leaf in told else []
        others = [one for one in told if isinstance(one, Leaf) and one.subject == leaf.subject]
        if not others:
            return verdict
        found = follows(leaf, [(one, told[one] == frozenset((True,))) for one in others])
        fixed = all(isinstance(bound, Constant) for bound in bounds_of(leaf)) and leaf.operator != "between"
        return told[leaf] == frozenset((True,)) if mine and not fixed else found

    def _verdict(self, leaf: Leaf | Attest, known: Known) -> Verdict:
        return (
            known.answer(self.measure_id, leaf.key) if isinstance(leaf, Attest) else verdict_of(leaf, known)
        )

    def enough(self, way: Way, cells: Iterable[Cell], still: frozenset[int] = frozenset()) -> bool:
        """Whether the rule is met once these cells of the way are as it asks."""
        instead = {cell: way.asks[cell][0] for cell in cells}
        seen = supposed(self.known, instead, self.measure_id)
        return self.worth(self.rule.root, seen, instead, still) is True

    def now(self, leaf: Leaf) -> Verdict:
        """The leaf's verdict on the day of the search."""
        return self._now[id(leaf)]

    def turned_for(self, way: Way, cells: Sequence[Cell]) -> list[Leaf]:
        """The conditions that are otherwise than today, nothing done for them, and must be so."""
        if self.known is self.today:
            return []
        asked = [self.leaf_at(way.asks[cell][1]) for cell in cells]
        turned = [
            leaf
            for leaf in self.leaves
            if isinstance(leaf, Leaf)
            and leaf not in asked
            and self._inputs[id(leaf)].isdisjoint(cells)
            and self.now(leaf) is not self._verdict(leaf, self.today)
        ]
        still: frozenset[int] = frozenset()
        for leaf in turned:
            if self.enough(way, cells, still | {id(leaf)}):
                still |= {id(leaf)}
        return list(dict.fromkeys(leaf for leaf in turned if id(leaf) not in still))

    def fewest(self, way: Way, cells: Sequence[Cell]) -> Sequence[Cell]:
        """Those of the cells that are still enough when no other is left out."""
        if len(cells) > MOST_LEFT_OUT:
            return cells
        if len(cells) <= MOST_SUBSETS:
            subsets = (some for size in range(len(cells)) for some in combinations(cells, size))
            return next((some for some in subsets if self.enough(way, some)), cells)
        kept = list(cells)
        for cell in reversed(cells):
            fewer = [one for one in kept if one != cell]
            if self.enough(way, fewer):
                kept = fewer
        return kept

    def leaf_at(self, path: str) -> Leaf | Attest:
        """The condition of a path."""
        return self._at[path]

    def blocked(self) -> tuple[str, ...]:
        """Conditions that are not as the rule wants them and for which no way is found, in written order."""
        found: dict[str, None] = {}
        self._block(self.rule.root, True, found)
        return tuple(found)

    def _block(self, node: Node, wanted: bool, found: dict[str, None]) -> None:
        if self.ways(node, wanted):
            return
        if isinstance(node, Leaf | Attest):
            found[node.path] = None
        elif isinstance(node, Group):
            for child in node.children:
                self._block(child, wanted != (node.kind == "not"), found)
        elif isinstance(node, Points):
            for child, n in zip(node.children, node.points, strict=True):
                self._block(child, (n > 0) == wanted, found)
        else:
            for child in (*node.whens, *node.thens):
                self._block(child, wanted, found)


def _crossed(search: Search, some: Ways, others: Ways) -> Ways:
    if len(some) == 1 and not some[0].asks:
        return others
    if len(others) == 1 and not others[0].asks:
        return some
    return search.best(search.both(one, other) for one in some for other in others)


def _group(search: Search, group: Group, wanted: bool) -> Ways:
    if group.kind == "not":
        return search.ways(group.children[0], not wanted)
    enough = children_needed(group, wanted)
    if 0 < enough < len(group.children) and len(group.children) > MOST_ENTRIES:
        offers = [(1, ways) for child in group.children if (ways := search.ways(child, wanted))]
        return _in_turn(search, offers, enough)
    table: list[Ways] = [[_FREE], *[[] for _ in range(max(enough, 0))]]  # ways for each number of children
    for seen, child in enumerate(group.children, 1):
        mine = search.ways(child, wanted)
        fewest_now = max(enough - (len(group.children) - seen), 1)  # with fewer the rest cannot be enough
        for n in range(min(seen, enough), fewest_now - 1, -1) if mine else ():
            table[n] = search.best([*table[n], *_crossed(search, table[n - 1], mine)])
    return table[-1]


def _points(search: Search, node: Points, wanted: bool) -> Ways:
    """Which entries to take: each brings its points nearer to the threshold, at the price of its steps."""
    points, least = whole_points(node.points, node.least)
    needed = points_needed(points, least, wanted)
    offers = [
        (abs(n), ways)
        for n, child in zip(points, node.children, strict=True)
        if n and (ways := search.ways(child, (n > 0) == wanted))
    ]
    if len(offers) > MOST_ENTRIES:
        return _in_turn(search, offers, needed)
    table: dict[int, list[tuple[int, Way]]] = {0: [(0, _FREE)]}  # by number of steps: points, how
    for gain, ways in offers:
        grown = {count: list(found) for count, found in table.items()}
        for found in table.values():
            for points_now, way in found:
                for one in ways:
                    both = search.both(way, one)
                    if both is not None:
                        grown.setdefault(both.count, []).append((points_now + gain, both))
        table = {count: _richest(found, search.most) for count, found in grown.items()}
    reached = [one for found in table.values() for one in found if one[0] >= needed]
    return search.best(
        way for _, way in sorted(reached, key=lambda one: one[0])
    )  # no more points than are needed


def _richest(found: list[tuple[int, Way]], most: int) -> list[tuple[int, Way]]:
    return sorted(found, key=lambda one: (-one[0], one[1].hard))[: (most + 1) // 2]


def _in_turn(search: Search, offers: Sequence[tuple[int, Ways]], needed: int) -> Ways:
    so_far: Way | None = _FREE
    for gain, ways in sorted(offers, key=lambda offer: (offer[1][0].count, -offer[0])):
        if needed <= 0 or so_far is None:
            break
        both = search.both(so_far, ways[0])
        if both is not None:
            so_far, needed = both, needed - gain
    return [so_far] if so_far is not None and needed <= 0 else []


def _tiers(search: Search, node: Tiers, wanted: bool) -> Ways:
    """From the last tier back: its `when` is met, or is not, or both ways come to the same."""
    after: Ways = [] if wanted else [_FREE]
    for when, then in zip(reversed(node.whens), reversed(node.thens), strict=True):
        met, not_met, mine = search.ways(when, True), search.ways(when, False), search.ways(then, wanted)
        found = [_crossed(search, met, mine), _crossed(search, not_met, after), _crossed(search, mine, after)]
        after = search.best(way for ways in found for way in ways)
    return after


_FORMS: Mapping[type, Callable[[Search, Any, bool], Ways]] = {
    Group: _group,
    Years: _group,
    Points: _points,
    Tiers: _tiers,
}
