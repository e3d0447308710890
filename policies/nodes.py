"""The rule language as values: groups, leaves and attestations, each with its place in the rule as written.

Two leaves that mean the same are equal wherever they stand. Nothing here reads JSON or judges.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from policies.expressions import Expr, in_year
from policies.spans import Leaves
from policies.values import Exact

GroupKind = Literal["all", "any", "not", "at_least", "every", "some"]
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


@dataclass(frozen=True, kw_only=True)
class Years(Group):
    """A node taken once for each year, first to last: `children`; `each` is it as written, without a year."""

    years: tuple[int, int]
    each: "Node"


@dataclass(frozen=True)
class Points:
    """Points for each child that is met; met when they come to `least` together."""

    children: tuple["Node", ...]
    points: tuple[Exact, ...]
    least: Exact
    path: str = field(compare=False)
    text: str | None = field(default=None, compare=False)
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Tiers:
    """The first of `whens` that is met decides: its `thens`; where none is, not met. Children by turns."""

    children: tuple["Node", ...]
    path: str = field(compare=False)
    text: str | None = field(default=None, compare=False)
    place: Place | None = field(default=None, compare=False)

    @property
    def whens(self) -> tuple["Node", ...]:
        """What decides which tier it is."""
        return self.children[::2]

    @property
    def thens(self) -> tuple["Node", ...]:
        """What each tier asks for."""
        return self.children[1::2]


Branch = Group | Points | Tiers
Node = Branch | Leaf | Attest


@dataclass(frozen=True)
class Rule:
    """A whole rule and the JSON that it was written as."""

    root: Node
    written: object


def leaves_of(node: Node, turned: bool = False) -> Iterator[tuple[Leaf | Attest, bool]]:
    """Leaves and attestations as written, in order, each with whether an odd number of `not` is above it."""
    return ((leaf, turned) for leaf, turned, _ in _written(node, turned, None))


def leaves_in_years(node: Node) -> Iterator[tuple[Leaf | Attest, Years | None]]:
    """Leaves and attestations as written, in order, each with the for_years that it stands in."""
    return ((leaf, years) for leaf, _, years in _written(node, False, None))


def _written(
    node: Node, turned: bool, years: Years | None
) -> Iterator[tuple[Leaf | Attest, bool, Years | None]]:
    if isinstance(node, Leaf | Attest):
        yield node, turned, years
    elif isinstance(node, Years):
        yield from _written(node.each, turned, node)
    else:
        turned = turned != (isinstance(node, Group) and node.kind == "not")
        for child in node.children:
            yield from _written(child, turned, years)


def judged_leaves_of(node: Node) -> Iterator[Leaf | Attest]:
    """Leaves and attestations in order, inside for_years once for each year."""
    if isinstance(node, Leaf | Attest):
        yield node
    else:
        for child in node.children:
            yield from judged_leaves_of(child)


def placed(node: Node, outer: Place | None = None) -> Node:
    """The node, with each one inside it that says no place of its own at the nearest place around it."""
    place = outer if node.place is None else node.place
    if isinstance(node, Leaf | Attest):
        return replace(node, place=place)
    children = tuple(placed(child, place) for child in node.children)
    if isinstance(node, Years):
        return replace(node, place=place, each=placed(node.each, place), children=children)
    return replace(node, place=place, children=children)


def node_in_year(node: Node, year: int) -> Node:
    """A node of for_years as it is judged in one year."""
    if isinstance(node, Attest):
        return node
    if not isinstance(node, Leaf):
        return replace(node, children=tuple(node_in_year(child, year) for child in node.children))
    operand = node.operand
    if bounds := bounds_of(node):
        operand = tuple(in_year(bound, year) for bound in bounds)
    return replace(node, subject=in_year(node.subject, year), operand=operand)


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
