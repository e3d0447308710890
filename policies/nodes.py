"""The rule language as values: groups, leaves and attestations, each with its place in the rule as written.

Two leaves that mean the same are equal wherever they stand. Nothing here reads JSON or judges.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from policies.expressions import Expr
from policies.spans import Leaves

GroupKind = Literal["all", "any", "not", "at_least"]
Place = Mapping[str, Any]


@dataclass(frozen=True)
class Area:
    """Codes of one tree, those in force that were meant, and the finest codes below them."""

    codes: tuple[str, ...]
    leaves: Leaves = field(compare=False)


@dataclass(frozen=True)
class Ago:
    """A stretch of time before `as_of`."""

    unit: Literal["days", "months", "years"]
    n: int


# Codes or values (sorted for sets of codes), bounds, a day, or a stretch of time.
Operand = Area | frozenset[str | bool] | tuple[str, ...] | tuple[Expr, ...] | date | Ago


@dataclass(frozen=True)
class Leaf:
    """One condition over facts."""

    subject: Expr
    operator: str
    operand: Operand
    path: str = field(compare=False)
    text: str | None = field(default=None, compare=False)
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Attest:
    """What no fact can say: unknown until the enterprise answers."""

    key: str
    text: str
    path: str = field(compare=False)
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Group:
    """Nodes taken together; `n` of them must be met (all of them, one of them, n of them)."""

    kind: GroupKind
    n: int
    children: tuple["Node", ...]
    path: str = field(compare=False)
    text: str | None = field(default=None, compare=False)
    place: Place | None = field(default=None, compare=False)


Node = Group | Leaf | Attest


@dataclass(frozen=True)
class Rule:
    """A whole rule and the JSON that it was written as."""

    root: Node
    written: object


def leaves_of(node: Node, turned: bool = False) -> Iterator[tuple[Leaf | Attest, bool]]:
    """Leaves and attestations in written order, each with whether an odd number of `not` is above it."""
    if isinstance(node, Group):
        for child in node.children:
            yield from leaves_of(child, turned != (node.kind == "not"))
    else:
        yield node, turned


def facts_of(rule: Rule) -> frozenset[str]:
    """The names of all facts that the rule mentions, derived ones as written."""
    leaves = (leaf for leaf, _ in leaves_of(rule.root) if isinstance(leaf, Leaf))
    operands = (part for leaf in leaves for part in (leaf.subject, *bounds_of(leaf)))
    return frozenset(fact for part in operands for fact, _ in part.facts())


def bounds_of(leaf: Leaf) -> tuple[Expr, ...]:
    """The numbers that a leaf compares with; empty for operators that compare with none."""
    if not isinstance(leaf.operand, tuple):
        return ()
    return tuple(part for part in leaf.operand if not isinstance(part, str))
