"""How a book of rules lies in arrays: leaves where they stand, groups by height, `not` as a sign.

Built once for a catalogue and the same for every profile; judges nothing.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from policies.given import answer_key
from policies.nodes import Attest, Group, Leaf, Node

Ints = NDArray[np.int64]
Signs = NDArray[np.int8]


@dataclass(frozen=True)
class Level:
    """Groups of one height: group i, at `slots[i]`, has the children `edges[bounds[i]:bounds[i + 1]]`.

    It is met when `needs[i]` of them are, not met when more than `spare[i]` are not; `signs` turn a child.
    """

    slots: Ints
    edges: Ints
    signs: Signs
    bounds: Ints
    needs: Ints
    spare: Ints


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
    levels: tuple[Level, ...]
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
    groups: list[tuple[int, int, list[_Placed]]] = field(default_factory=list)
    attests: dict[str, int] = field(default_factory=dict)

    def rule(self, owner: int, measure_id: str, root: Node) -> _Placed:
        """Lays out one rule."""
        return self._node(root, owner, measure_id, 1)

    def _node(self, node: Node, owner: int, measure_id: str, turn: int) -> _Placed:
        if not isinstance(node, Group):
            return self._leaf(node, owner, measure_id, turn)
        if node.kind == "not":
            child = self._node(node.children[0], owner, measure_id, -turn)
            return _Placed(child.at, -child.sign, child.height)
        children = [self._node(child, owner, measure_id, turn) for child in node.children]
        height = 1 + max((child.height for child in children), default=0)
        self.groups.append((height, node.n, children))
        return _Placed(~(len(self.groups) - 1), 1, height)

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
        columns, turns, owners, is_attest = zip(*self.leaves, strict=True) if self.leaves else ((),) * 4
        return Layout(
            measure_ids=measure_ids,
            distinct=tuple(self.distinct),
            columns=np.array(columns, dtype=np.int64),
            turns=np.array(turns, dtype=np.int8),
            owners=np.array(owners, dtype=np.int64),
            is_attest=np.array(is_attest, dtype=np.bool_),
            levels=self._levels(),
            size=len(self.leaves) + len(self.groups),
            roots=np.array([self._slot(root) for root in roots], dtype=np.int64),
            root_signs=np.array([root.sign for root in roots], dtype=np.int8),
            attests=self.attests,
        )

    def _slot(self, placed: _Placed) -> int:
        return placed.at if placed.at >= 0 else len(self.leaves) + ~placed.at

    def _levels(self) -> tuple[Level, ...]:
        by_height: dict[int, list[int]] = {}
        for number, (height, _, _) in enumerate(self.groups):
            by_height.setdefault(height, []).append(number)
        return tuple(self._level(by_height[height]) for height in sorted(by_height))

    def _level(self, numbers: Sequence[int]) -> Level:
        needs = np.array([self.groups[number][1] for number in numbers], dtype=np.int64)
        below = [self.groups[number][2] for number in numbers]
        sizes = np.array([len(children) for children in below], dtype=np.int64)
        edges = [child for children in below for child in children]
        return Level(
            slots=np.array(numbers, dtype=np.int64) + len(self.leaves),
            edges=np.array([self._slot(child) for child in edges], dtype=np.int64),
            signs=np.array([child.sign for child in edges], dtype=np.int8),
            bounds=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            needs=needs,
            spare=sizes - needs,
        )
