"""One rule over many rows: what is cheap goes first, and a settled row is not looked at again.

Knows no facts: how a leaf stands in given rows is handed in. Combines as policies.combining does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policies.column_cells import Ints, Signs
from policies.combining import whole_points
from policies.mask_layout import MOST_INT
from policies.nodes import Attest, Group, Leaf, Node, Points, Tiers, Years


class Stand(NamedTuple):
    """How a node stands in each row, int8: now, and once open attestations are favourable."""

    now: Signs
    favourable: Signs


@dataclass(frozen=True)
class Rows:
    """What is asked of the rows: a leaf's or attestation's verdict in ascending ones, and what that costs."""

    verdicts: Callable[[Leaf | Attest, Ints], Signs]
    cost: Callable[[Leaf | Attest], int]


def stand_of(node: Node, turned: bool, rows: Ints, over: Rows) -> Stand:
    """How the node stands in each of the ascending rows; `turned` after an odd number of `not`."""
    if isinstance(node, Leaf):
        now = over.verdicts(node, rows)
        return Stand(now, now)
    if isinstance(node, Attest):
        now = over.verdicts(node, rows)
        return Stand(now, np.where(now == 0, -1 if turned else 1, now).astype(np.int8))
    if isinstance(node, Group) and node.kind == "not":
        below = stand_of(node.children[0], not turned, rows, over)
        return Stand(-below.now, -below.favourable)
    now, favourable = _FORMS[type(node)](node, turned, rows, over)
    return Stand(now, np.where(now == 0, favourable, now))


def _cost(node: Node, over: Rows) -> int:
    if isinstance(node, Leaf | Attest):
        return over.cost(node)
    return max((_cost(child, over) for child in node.children), default=0)


def _group(group: Group, turned: bool, rows: Ints, over: Rows) -> Sequence[Signs]:
    counts = np.zeros((2, 2, len(rows)), dtype=np.int16)  # now and favourable: met, not met
    needed, spare = group.n, len(group.children) - group.n
    waiting = np.arange(len(rows))
    for child in sorted(group.children, key=lambda one: _cost(one, over)):
        for plane, signs in enumerate(stand_of(child, turned, rows[waiting], over)):
            counts[plane, 0, waiting] += signs == 1
            counts[plane, 1, waiting] += signs == -1
        met, not_met = counts[0][:, waiting]
        waiting = waiting[(met < needed) & (not_met <= spare)]
        if not len(waiting):
            break
    return _decided(counts[:, 0] >= needed, counts[:, 1] > spare)


def _points(node: Points, turned: bool, rows: Ints, over: Rows) -> Sequence[Signs]:
    points, least = whole_points(node.points, node.least)
    exact: Any = np.int64 if abs(least) + sum(map(abs, points)) <= MOST_INT else object
    low, high = np.zeros((2, 2, len(rows)), dtype=exact)
    for child, n in zip(node.children, points, strict=True):
        signs = np.stack(stand_of(child, turned, rows, over))
        low += np.where(signs == 1, n, np.where(signs == 0, min(n, 0), 0))
        high += np.where(signs == 1, n, np.where(signs == 0, max(n, 0), 0))
    return _decided(low >= least, high < least)


def _tiers(node: Tiers, turned: bool, rows: Ints, over: Rows) -> Sequence[Signs]:
    waiting = np.arange(len(rows))
    seen = []
    for when, then in zip(node.whens, node.thens, strict=True):
        whens, thens = np.full((2, len(rows)), -1, np.int8), np.full((2, len(rows)), -1, np.int8)
        whens[:, waiting] = stand_of(when, turned, rows[waiting], over)
        reached = (whens != -1).any(axis=0).nonzero()[0]
        thens[:, reached] = stand_of(then, turned, rows[reached], over)
        seen.append((whens, thens))
        waiting = waiting[(whens[:, waiting] != 1).any(axis=0)]
    after = np.full((2, len(rows)), -1, np.int8)
    for whens, thens in reversed(seen):
        either = np.where(thens == after, thens, 0)
        after = np.select([whens == 1, whens == -1], [thens, after], either).astype(np.int8)
    return list(after)


def _decided(met: NDArray[np.bool_], not_met: NDArray[np.bool_]) -> Sequence[Signs]:
    return list(met.astype(np.int8) - not_met.astype(np.int8))


_FORMS: Mapping[type, Callable[[Any, bool, Ints, Rows], Sequence[Signs]]] = {
    Group: _group,
    Years: _group,
    Points: _points,
    Tiers: _tiers,
}
