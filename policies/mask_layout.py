"""How a book of rules lies in arrays: leaves where they stand, groups by height, `not` as a sign.

Built once for a catalogue and the same for every profile; judges nothing.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.combining import whole_points
from policies.given import answer_key
from policies.nodes import Attest, Branch, Group, Leaf, Node, Points, Tiers, Years

Ints = NDArray[np.int64]
Signs = NDArray[np.int8]
MOST_INT = 2**62
_MET_BITS = 32
_MET_PART = (1 << _MET_BITS) - 1
_UNITS = np.array([0, 1, 1 << _MET_BITS], dtype=np.int64)  # by sign; -1 takes the last


class _Sized:
    """Nodes of one height, each with the children from one of its bounds to the next."""

    bounds: Ints

    @cached_property
    def sizes(self) -> Ints:
        """How many children each has."""
        return np.diff(self.bounds)


@dataclass(frozen=True)
class Level(_Sized):
    """Groups of one height: group i, at `slots[i]`, has the children `edges[bounds[i]:bounds[i + 1]]`.

    It is met when `needs[i]` of them are, not met when more than `spare[i]` are not; `signs` turn a child.
    """

    slots: Ints
    edges: Ints
    signs: Signs
    bounds: Ints
    needs: Ints
    spare: Ints

    def counted(self, children: Signs) -> tuple[Ints, Ints]:
        """How many children of each group are met, and are not met, int64 [planes, groups]."""
        running = np.zeros((len(children), children.shape[1] + 1), dtype=np.int64)
        np.cumsum(_UNITS.take(children), axis=1, out=running[:, 1:])
        ends = running.take(self.bounds, axis=1)
        totals = ends[:, 1:] - ends[:, :-1]
        return totals & _MET_PART, totals >> _MET_BITS


@dataclass(frozen=True)
class PointLevel(_Sized):
    """Points of one height, each `nodes[i]`: `points` for each edge, `least` for each node, whole numbers."""

    slots: Ints
    edges: Ints
    signs: Signs
    bounds: Ints
    points: NDArray[Any]
    least: NDArray[Any]
    nodes: tuple[Branch, ...]


@dataclass(frozen=True)
class TierLevel(_Sized):
    """Tiers of one height, each `nodes[i]`: edges are when and then by turns."""

    slots: Ints
    edges: Ints
    signs: Signs
    bounds: Ints
    nodes: tuple[Branch, ...]


AnyLevel = Level | PointLevel | TierLevel


@dataclass(frozen=True)
class Told:
    """Conditions as written, each with its slot: what stands in for_years is one for all its years."""

    slots: Ints
    turns: Signs
    owners: Ints
    is_attest: NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """The arrays of a book; leaf slots (`columns`, `turns`, `owners`, `is_attest`) before groups.

    `attests` gives the distinct leaf of each attestation by the key of its answer.
    """

    measure_ids: tuple[str, ...]
    distinct: tuple[Leaf | Attest, ...]
    columns: Ints
    turns: Signs
    owners: Ints
    is_attest: NDArray[np.bool_]
    levels: tuple[AnyLevel, ...]
    told: Told
    size: int
    roots: Ints
    root_signs: Signs
    attests: Mapping[str, int]


def lay_out(rules: Sequence[tuple[str, Node]]) -> Layout:
    """The layout of rules given as (measure id, root)."""
    builder = _Builder()
    roots = [builder.rule(i, measure_id, root) for i, (measure_id, root) in enumerate(rules)]
    return builder.finished(tuple(measure_id for measure_id, _ in rules), roots)


@dataclass(frozen=True)
class _Placed:
    """Where a node went: a leaf's number, or ~number of a group; -1 for an odd number of `not` on the way."""

    at: int
    sign: int
    height: int


@dataclass
class _Builder:
    numbers: dict[Hashable, int] = field(default_factory=dict)
    distinct: list[Leaf | Attest] = field(default_factory=list)
    leaves: list[tuple[int, int, int, bool]] = field(default_factory=list)
    groups: list[tuple[int, int | Points | Tiers, list[_Placed]]] = field(default_factory=list)
    told: list[tuple[int, int, int, bool]] = field(default_factory=list)
    attests: dict[str, int] = field(default_factory=dict)

    def rule(self, owner: int, measure_id: str, root: Node) -> _Placed:
        """Lays out one rule."""
        return self._node(root, owner, measure_id, 1)

    def _node(self, node: Node, owner: int, measure_id: str, turn: int) -> _Placed:
        if isinstance(node, Leaf | Attest):
            placed = self._leaf(node, owner, measure_id, turn)
            self.told.append((placed.at, *self.leaves[placed.at][1:]))
            return placed
        if isinstance(node, Group) and node.kind == "not":
            child = self._node(node.children[0], owner, measure_id, -turn)
            return _Placed(child.at, -child.sign, child.height)
        first_leaf, first_told = len(self.leaves), len(self.told)
        children = [self._node(child, owner, measure_id, turn) for child in node.children]
        if isinstance(node, Years):
            del self.told[first_told:]
            self._tell_years(node, first_leaf)
        return self._group(node.n if isinstance(node, Group) else node, children)

    def _group(self, form: int | Points | Tiers, children: list[_Placed]) -> _Placed:
        height = 1 + max((child.height for child in children), default=0)
        self.groups.append((height, form, children))
        return _Placed(~(len(self.groups) - 1), 1, height)

    def _tell_years(self, node: Years, first: int) -> None:
        """Each leaf inside as one condition over its years, which lie behind each other from `first` on."""
        step = (len(self.leaves) - first) // len(node.children)
        for leaf in range(first, first + step):
            years = [_Placed(one, 1, 0) for one in range(leaf, len(self.leaves), step)]
            self.told.append((self._group(node.n, years).at, *self.leaves[leaf][1:]))

    def _leaf(self, leaf: Leaf | Attest, owner: int, measure_id: str, turn: int) -> _Placed:
        is_attest = isinstance(leaf, Attest)
        key: Hashable = (measure_id, leaf.key) if isinstance(leaf, Attest) else leaf
        column = self.numbers.setdefault(key, len(self.distinct))
        if column == len(self.distinct):
            self.distinct.append(leaf)
            if isinstance(leaf, Attest):
                self.attests[answer_key(measure_id, leaf.key)] = column
        self.leaves.append((column, turn, owner, is_attest))
        return _Placed(len(self.leaves) - 1, 1, 0)

    def finished(self, measure_ids: tuple[str, ...], roots: Sequence[_Placed]) -> Layout:
        """The arrays."""
        columns, turns, owners, is_attest = _arrays(self.leaves)
        told = Told(*_arrays([(self._slot(at), *rest) for at, *rest in self.told]))
        return Layout(
            measure_ids=measure_ids,
            distinct=tuple(self.distinct),
            columns=columns,
            turns=turns,
            owners=owners,
            is_attest=is_attest,
            levels=self._levels(),
            told=told,
            size=len(self.leaves) + len(self.groups),
            roots=np.array([self._slot(root.at) for root in roots], dtype=np.int64),
            root_signs=np.array([root.sign for root in roots], dtype=np.int8),
            attests=self.attests,
        )

    def _slot(self, at: int) -> int:
        return at if at >= 0 else len(self.leaves) + ~at

    def _levels(self) -> tuple[AnyLevel, ...]:
        alike: dict[tuple[int, type], list[int]] = {}
        for number, (height, form, _) in enumerate(self.groups):
            alike.setdefault((height, type(form)), []).append(number)
        in_order = sorted(alike, key=lambda key: key[0])
        return tuple(self._level(kind, alike[height, kind]) for height, kind in in_order)

    def _level(self, kind: type, numbers: Sequence[int]) -> AnyLevel:
        forms: list[Any] = [self.groups[number][1] for number in numbers]
        below = [self.groups[number][2] for number in numbers]
        sizes = np.array([len(children) for children in below], dtype=np.int64)
        edges = [child for children in below for child in children]
        where: tuple[Ints, Ints, Signs, Ints] = (
            np.array(numbers, dtype=np.int64) + len(self.leaves),
            np.array([self._slot(child.at) for child in edges], dtype=np.int64),
            np.array([child.sign for child in edges], dtype=np.int8),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        )
        if kind is Points:
            return PointLevel(*where, *_weights(forms), nodes=tuple(forms))
        if kind is Tiers:
            return TierLevel(*where, nodes=tuple(forms))
        needs = np.array(forms, dtype=np.int64)
        return Level(*where, needs=needs, spare=sizes - needs)


def _arrays(rows: Sequence[tuple[Any, ...]]) -> tuple[Ints, Signs, Ints, NDArray[np.bool_]]:
    """Slots or columns, turns, owners, and whether it is an attestation."""
    first, turns, owners, is_attest = zip(*rows, strict=True) if rows else ((),) * 4
    return (
        np.array(first, dtype=np.int64),
        np.array(turns, dtype=np.int8),
        np.array(owners, dtype=np.int64),
        np.array(is_attest, dtype=np.bool_),
    )


def _weights(nodes: Sequence[Points]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Points of each edge and the threshold of each node; Python's own numbers where they are large."""
    whole = [whole_points(node.points, node.least) for node in nodes]
    largest = max(abs(least) + sum(abs(n) for n in points) for points, least in whole)
    dtype = np.int64 if largest <= MOST_INT else object
    return (
        np.array([n for points, _ in whole for n in points], dtype=dtype),
        np.array([least for _, least in whole], dtype=dtype),
    )
