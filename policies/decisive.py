"""The smallest set of conditions that decides: with all others unknown the verdict would be the same.

One function for each form of node, exact wherever its children share no condition. Judges no fact itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from policies.combining import children_needed, points_needed, together, whole_points
from policies.known import Known
from policies.nodes import Attest, Group, Leaf, Node, Points, Rule, Tiers, judged_leaves_of
from policies.operators import Verdict, verdict_of

MOST_TRIED = 10  # conditions among which every set is tried; past them one after the other is left out
Way = tuple[str, ...] | None  # paths that settle a node, None where nothing does


def decisive(rule: Rule, known: Known, measure_id: str) -> tuple[str, ...]:
    """Paths of a smallest set that decides, in written order; of equal ones the earlier, () for unknown."""
    order: dict[str, int] = {}
    verdicts: dict[int, Verdict] = {}
    for leaf in judged_leaves_of(rule.root):
        order.setdefault(leaf.path, len(order))
        answer = known.answer(measure_id, leaf.key) if isinstance(leaf, Attest) else verdict_of(leaf, known)
        verdicts[id(leaf)] = answer
    search = _Search(verdicts)
    for target in (True, False):
        way = search.way(rule.root, target)
        if way is not None:
            return tuple(sorted(way, key=order.__getitem__))
    return ()


class _Search:
    """The ways of one rule's nodes; each is worked out once."""

    def __init__(self, verdicts: Mapping[int, Verdict]) -> None:
        self.verdicts = verdicts
        self._ways: dict[tuple[int, bool], Way] = {}

    def way(self, node: Node, target: bool) -> Way:
        """A smallest set of paths that makes the node `target` whatever the rest is."""
        if isinstance(node, Leaf | Attest):
            return (node.path,) if self.verdicts[id(node)] is target else None
        key = (id(node), target)
        if key not in self._ways:
            self._ways[key] = _FORMS.get(type(node), _tried)(self, node, target)
        return self._ways[key]


def _group(search: _Search, group: Group, target: bool) -> Way:
    if group.kind == "not":
        return search.way(group.children[0], not target)
    enough = children_needed(group, target)
    ways = [search.way(child, target) for child in group.children]
    found = sorted((way for way in ways if way is not None), key=len)[: max(enough, 0)]
    return _joined(found) if len(found) >= enough else None


def _points(search: _Search, node: Points, target: bool) -> Way:
    """Which children to know: each brings its points nearer to the threshold, at the price of its paths."""
    points, least = whole_points(node.points, node.least)
    needed = points_needed(points, least, target)
    offers = [
        (abs(n), way)
        for n, child in zip(points, node.children, strict=True)
        if n and (way := search.way(child, (n > 0) == target)) is not None
    ]
    return _cheapest(offers, needed)


def _cheapest(offers: Sequence[tuple[int, tuple[str, ...]]], needed: int) -> Way:
    """The fewest paths whose offers come to `needed`; of equal ones the earlier."""
    if sum(gain for gain, _ in offers) < needed:
        return None
    best = [[0]]  # best[-1 - i][c]: the most that offers from i on bring for at most c paths
    for gain, way in reversed(offers):
        after, cost = best[-1], len(way)
        rest = [*after, *[after[-1]] * cost]
        best.append([max(n, after[min(c - cost, len(after) - 1)] + gain if c >= cost else 0)
                     for c, n in enumerate(rest)])  # fmt: skip
    left = next(c for c, gain in enumerate(best[-1]) if gain >= needed)
    chosen: list[tuple[str, ...]] = []
    for i, (gain, way) in enumerate(offers):
        after, rest_of = best[-2 - i], left - len(way)
        if rest_of >= 0 and needed > 0 and after[min(rest_of, len(after) - 1)] >= needed - gain:
            chosen.append(way)
            left, needed = rest_of, needed - gain
    return _joined(chosen)


def _tiers(search: _Search, node: Tiers, target: bool) -> Way:
    """From the last tier back: its `when` is met, or is not, or both ways come to the same."""
    after: Way = None if target else ()
    for when, then in zip(reversed(node.whens), reversed(node.thens), strict=True):
        met, not_met, mine = search.way(when, True), search.way(when, False), search.way(then, target)
        ways = [_both(met, mine), _both(not_met, after), _both(mine, after)]
        after = min((way for way in ways if way is not None), key=len, default=None)
    return after


def _tried(search: _Search, node: Any, target: bool) -> Way:
    """Any node, its children may share conditions: every set by size, or one left out after the other."""
    paths = tuple(dict.fromkeys(leaf.path for leaf in judged_leaves_of(node)))
    if _worth(search, node, frozenset(paths)) is not target:
        return None
    if len(paths) <= MOST_TRIED:
        sets: Iterable[tuple[str, ...]] = (
            some for size in range(len(paths) + 1) for some in combinations(paths, size)
        )
        return next(some for some in sets if _worth(search, node, frozenset(some)) is target)
    kept = dict.fromkeys(paths)
    for path in reversed(paths):
        fewer = kept.keys() - {path}
        if _worth(search, node, frozenset(fewer)) is target:
            del kept[path]
    return tuple(kept)


def _worth(search: _Search, node: Node, kept: frozenset[str]) -> Verdict:
    """The node's verdict when only the conditions of these paths are known."""
    if isinstance(node, Leaf | Attest):
        return search.verdicts[id(node)] if node.path in kept else None
    return together(node, [_worth(search, child, kept) for child in node.children])


def _both(one: Way, other: Way) -> Way:
    return None if one is None or other is None else one + other


def _joined(ways: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(path for way in ways for path in way)


_FORMS: Mapping[type, Callable[[_Search, Any, bool], Way]] = {Group: _group, Points: _points, Tiers: _tiers}
