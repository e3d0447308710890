"""Splits what each fact may be into cells in which every leaf of a rule says one thing, and combines them.

What it says is impossible is so on every day and for every profile; past its budget it says nothing.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any, cast

from policies.combining import whole_points
from policies.expressions import Constant, Expr, FactAt
from policies.facts import PLACES, Registry
from policies.known import Known
from policies.nodes import Ago, Area, Attest, Branch, Group, Leaf, Node, Points, Tiers, bounds_of
from policies.operators import verdict_of
from policies.profiles import Profile
from policies.spans import Leaves
from policies.values import Exact, Interval

MET, NOT_MET = 1, 2  # bits: what a node can come to
BOTH = MET | NOT_MET
MOST_STEPS, MOST_TESTS = 20_000, 40_000
_ANY_DAY = date(2026, 1, 1)  # what a leaf says of a profile that knows nothing is the same on every day
_AS_NUMBER = {"before": "lt", "after": "gt", "on_or_before": "lte", "on_or_after": "gte"}
_GRIDS: Mapping[str, Exact] = {"count": 1, "money": Fraction(1, 100)}

Points_of = Callable[[Iterable[Any]], list[Any]]
Kept = Mapping[Hashable, int]


class TooManyCells(Exception):
    """The rule is too large to be looked through; nothing is said of it."""


@dataclass(frozen=True)
class _Atom:
    """A test of the points of one axis: the `number`th of that axis."""

    axis: Hashable
    test: Callable[[Any], bool]
    number: int


@dataclass(frozen=True)
class _Joined:
    """Atoms and what is joined of them; `node` says how."""

    node: Branch
    children: tuple["_Tree", ...]


@dataclass(frozen=True)
class _Fixed:
    """What comes to these bits whatever the facts."""

    bits: int


_Tree = _Atom | _Joined | _Fixed


@dataclass
class _Axis:
    """What one fact may be: how to find points of it between edges, and what is asked of them."""

    points: Points_of
    atoms: list[_Atom] = field(default_factory=list)
    edges: list[Any] = field(default_factory=list)

    def cells(self) -> list[tuple[int, Any]]:
        """One point of each cell, with the atoms that are met there as bits. Raises TooManyCells."""
        points = self.points(self.edges)
        if len(points) * len(self.atoms) > MOST_TESTS:
            raise TooManyCells
        found: dict[int, Any] = {}
        for point in points:
            found.setdefault(sum(1 << atom.number for atom in self.atoms if atom.test(point)), point)
        return list(found.items())


class Cells:
    """One rule over the cells of its facts. `region` is a further border that cells of regions keep to.

    Raises TooManyCells.
    """

    def __init__(self, root: Node, registry: Registry, region: Leaves) -> None:
        self._registry, self._nothing = registry, Known(Profile(), registry, _ANY_DAY)
        self._axes: dict[Hashable, _Axis] = {}
        self._trees: dict[int, _Tree] = {}
        self._steps = 0
        self._root = self._tree(root)
        for fact in self._axes.keys() & set(regions_of(registry)):
            self._places(str(fact), region)
        self._cells = {axis: one.cells() for axis, one in self._axes.items()}
        self._whole = {axis: (1 << len(cells)) - 1 for axis, cells in self._cells.items()}

    def of(self, node: Node) -> int:
        """The bits that a node of the rule can come to. Raises TooManyCells."""
        tree = self._trees[id(node)]
        rough = self._rough(tree, {})
        if rough != BOTH or not self._shared(tree, {}):
            return rough
        return sum(bit for bit in (MET, NOT_MET) if self._can(tree, bit, {}))

    def clash(self, node: Group) -> tuple[Node, Node] | None:
        """The first two children that nobody meets both, though each can be met. Raises TooManyCells."""
        met = [child for child in node.children if self.of(child) & MET]
        for i, later in enumerate(met):
            for earlier in met[:i]:
                both = Group("all", 2, (earlier, later), node.path)
                trees = (self._trees[id(earlier)], self._trees[id(later)])
                if not self._can(_Joined(both, trees), MET, {}):
                    return earlier, later
        return None

    def can_be_met(self, allowed: Mapping[Hashable, Callable[[Any], bool]]) -> bool:
        """Whether the rule can be met by points that these allow of their axes. Raises TooManyCells."""
        kept = {
            axis: sum(1 << i for i, (_, point) in enumerate(self._cells[axis]) if test(point))
            for axis, test in allowed.items()
            if axis in self._axes
        }
        return self._can(self._root, MET, kept)

    def _can(self, tree: _Tree, bit: int, kept: Kept) -> bool:
        """Whether the tree comes to a bit somewhere: cell by cell of what several atoms look at."""
        if not self._rough(tree, kept) & bit:
            return False
        axis = self._shared(tree, kept)
        if axis is None:
            return True
        cells = kept.get(axis, self._whole[axis])
        single = (1 << i for i in range(cells.bit_length()) if cells >> i & 1)
        return any(self._can(tree, bit, {**kept, axis: one}) for one in single)

    def _shared(self, tree: _Tree, kept: Kept) -> Hashable | None:
        """The axis that most atoms look at, if several do, of those that are not down to one cell."""
        counts = Counter(atom.axis for atom in _atoms(tree))
        open_ones = (axis for axis, n in counts.most_common() if n > 1)
        return next((a for a in open_ones if kept.get(a, self._whole[a]).bit_count() > 1), None)

    def _rough(self, tree: _Tree, kept: Kept) -> int:
        """The bits were every atom free of the others: never too few. Raises TooManyCells."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooManyCells
        if isinstance(tree, _Fixed):
            return tree.bits
        if isinstance(tree, _Joined):
            return combined(tree.node, [self._rough(child, kept) for child in tree.children])
        cells, found = kept.get(tree.axis, self._whole[tree.axis]), 0
        for i, (met, _) in enumerate(self._cells[tree.axis]):
            if cells >> i & 1:
                found |= MET if met >> tree.number & 1 else NOT_MET
        return found

    def _tree(self, node: Node) -> _Tree:
        if isinstance(node, Attest):
            tree: _Tree = self._choice(axis_of(node))
        elif isinstance(node, Leaf):
            tree = self._leaf(node)
        else:
            tree = _Joined(node, tuple(self._tree(child) for child in node.children))
        self._trees[id(node)] = tree
        return tree

    def _leaf(self, leaf: Leaf) -> _Tree:
        decided = verdict_of(leaf, self._nothing)
        if decided is not None:
            return _Fixed(MET if decided else NOT_MET)
        bounds = bounds_of(leaf)
        if bounds and all(isinstance(bound, Constant) for bound in bounds):
            return self._number(leaf, [cast(Constant, bound).value for bound in bounds])
        if bounds or not isinstance(leaf.subject, FactAt):
            return self._choice(leaf)
        return self._of_fact(leaf, leaf.subject)

    def _of_fact(self, leaf: Leaf, subject: FactAt) -> _Tree:
        fact, operand = self._registry.facts[subject.fact], leaf.operand
        if isinstance(operand, Area) and fact.type in PLACES:
            return self._places(fact.name, operand.leaves)
        if isinstance(operand, frozenset):
            values = (True, False) if fact.type == "flag" else fact.values or ()
            return self._atom(subject, lambda _: list(values), (), lambda value: value in operand)
        if isinstance(operand, date):
            test = _TESTS[_AS_NUMBER[leaf.operator]]([day := operand.toordinal()])
            return self._atom((subject, "day"), _numbers(Interval(), 1), (day,), test)
        if isinstance(operand, Ago):
            return self._ago(leaf, subject, operand)
        return self._set(leaf, [self._choice(axis) for axis in axes_of(leaf)])

    def _set(self, leaf: Leaf, held: Sequence[_Tree]) -> _Tree:
        needed = len(held) if leaf.operator == "has_all" else 1
        joined = _Joined(Group("at_least", needed, (), ""), tuple(held))
        return _Joined(Group("not", 1, (), ""), (joined,)) if leaf.operator == "has_none" else joined

    def _number(self, leaf: Leaf, bounds: Sequence[Exact]) -> _Tree:
        domain = cast(Interval, leaf.subject.possible(self._nothing))
        points = _numbers(domain, self._grid(leaf.subject))
        return self._atom(leaf.subject, points, bounds, _TESTS[leaf.operator](bounds))

    def _grid(self, subject: Expr) -> Exact | None:
        """The step between two values of a fact, None for numbers of any kind."""
        return _GRIDS.get(self._registry.facts[subject.fact].type) if isinstance(subject, FactAt) else None

    def _ago(self, leaf: Leaf, subject: FactAt, ago: Ago) -> _Tree:
        """Stretches before `as_of`, months and days apart: which is the longer hangs on the day."""
        n = ago.n * 12 if ago.unit == "years" else ago.n
        test = _TESTS["between" if leaf.operator == "within_last" else "lte"]([-n, 0])
        unit = "days" if ago.unit == "days" else "months"
        return self._atom((subject, unit), _numbers(Interval(), None), (-n, 0), test)

    def _places(self, fact: str, area: Leaves) -> _Tree:
        whole = self._registry.tree(self._registry.facts[fact]).everything()
        return self._atom(fact, lambda spans: _borders(spans, whole), area.spans, is_in(area))

    def _choice(self, axis: Hashable) -> _Tree:
        return self._atom(axis, lambda _: [True, False], (), bool)

    def _atom(
        self, axis: Hashable, points: Points_of, edges: Iterable[Any], test: Callable[[Any], bool]
    ) -> _Tree:
        one = self._axes.setdefault(axis, _Axis(points))
        atom = _Atom(axis, test, len(one.atoms))
        one.atoms.append(atom)
        one.edges += edges
        return atom


def regions_of(registry: Registry) -> list[str]:
    """The facts that say where an enterprise is: each is an axis of leaves of the tree."""
    return [name for name, fact in registry.facts.items() if fact.type == "region"]


def axis_of(attest: Attest) -> Hashable:
    """The axis of an attestation: true or false."""
    return "attest", attest.key


def axes_of(leaf: Leaf) -> list[Hashable]:
    """The axes of a leaf over a set, one for each code: held or not."""
    return [(leaf.subject.fact, code) for code in codes_of(leaf)] if isinstance(leaf.subject, FactAt) else []


def codes_of(leaf: Leaf) -> tuple[str, ...]:
    """The codes that a leaf asks a set for."""
    operand = leaf.operand if isinstance(leaf.operand, tuple) else ()
    return tuple(code for code in operand if isinstance(code, str))


def combined(node: Branch, bits: Sequence[int]) -> int:
    """What a node can come to when each child can come to its bits whatever the others do."""
    if isinstance(node, Tiers):
        return _tiers(bits)
    can_meet, can_fail = [bool(b & MET) for b in bits], [bool(b & NOT_MET) for b in bits]
    if isinstance(node, Points):
        points, least = whole_points(node.points, node.least)
        pairs = list(zip(points, can_meet, can_fail, strict=True))
        most = sum(max(n if meets else 0, 0 if fails else n) for n, meets, fails in pairs)
        fewest = sum(min(n if meets else 0, 0 if fails else n) for n, meets, fails in pairs)
        met, failed = most >= least, fewest < least
    elif node.kind == "not":
        met, failed = can_fail[0], can_meet[0]
    else:
        met, failed = sum(can_meet) >= node.n, len(bits) - sum(can_fail) < node.n
    return MET * met | NOT_MET * failed


def _tiers(bits: Sequence[int]) -> int:
    after = NOT_MET
    for when, then in zip(reversed(bits[::2]), reversed(bits[1::2]), strict=True):
        after = (then if when & MET else 0) | (after if when & NOT_MET else 0)
    return after


def _atoms(tree: _Tree) -> Iterator[_Atom]:
    if isinstance(tree, _Atom):
        yield tree
    elif isinstance(tree, _Joined):
        for child in tree.children:
            yield from _atoms(child)


def is_in(area: Leaves) -> Callable[[Any], bool]:
    """Whether a leaf of the tree lies in the area."""
    return lambda leaf: area.covers(Leaves(((leaf, leaf + 1),)))


def _borders(spans: Iterable[tuple[int, int]], whole: Leaves) -> list[int]:
    """A leaf of each stretch between the ends of spans."""
    inside = is_in(whole)
    return sorted({end for span in (*spans, *whole.spans) for end in span if inside(end)})


def _numbers(domain: Interval, grid: Exact | None) -> Points_of:
    """A number at each edge, between any two, and past the last on either side, as far as there are any."""

    def points(edges: Iterable[Exact]) -> list[Exact]:
        stops = sorted({*edges, *(end for end in (domain.lo, domain.hi) if end is not None)})
        found = {*stops, _before(stops[0], grid), _after(stops[-1], grid)}
        for low, high in pairwise(stops):
            between = Fraction(low + high) / 2 if grid is None else _after(low, grid)
            found |= {between} if between < high else set()
        return [one for one in sorted(found) if _is_one(one, domain, grid)]

    return points


def _before(stop: Exact, grid: Exact | None) -> Exact:
    return stop - 1 if grid is None else (ceil(Fraction(stop) / grid) - 1) * grid


def _after(stop: Exact, grid: Exact | None) -> Exact:
    return stop + 1 if grid is None else (floor(Fraction(stop) / grid) + 1) * grid


def _is_one(number: Exact, domain: Interval, grid: Exact | None) -> bool:
    above = domain.lo is None or domain.lo <= number
    below = domain.hi is None or number <= domain.hi
    return above and below and (grid is None or not number % grid)


_TESTS: Mapping[str, Callable[[Sequence[Exact]], Callable[[Any], bool]]] = {
    "gt": lambda bounds: lambda x: bool(x > bounds[0]),
    "gte": lambda bounds: lambda x: bool(x >= bounds[0]),
    "lt": lambda bounds: lambda x: bool(x < bounds[0]),
    "lte": lambda bounds: lambda x: bool(x <= bounds[0]),
    "between": lambda bounds: lambda x: bool(bounds[0] <= x <= bounds[1]),
}
