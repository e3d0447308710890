"""An amount in grades: the first case that applies says how it is worked out, as laws with rates by size do.

Exact intervals like any number; a case left open counts as possible. Reads nothing and decides no verdict.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from policies.combining import together
from policies.expressions import Expr
from policies.known import Known
from policies.nodes import Attest, Leaf, Node, bounds_of, leaves_of
from policies.operators import Verdict, verdict_of
from policies.values import Interval

NOTHING = Interval(0, 0)


@dataclass(frozen=True)
class Graded:
    """The first of `whens` that is met decides: its `thens`; where none is, nothing is given."""

    whens: tuple[Node, ...]
    thens: tuple[Expr, ...]

    def possible(self, known: Known) -> Interval:
        """From the least to the most that a case still possible gives."""
        found: list[Interval] = []
        for when, then in zip(self.whens, self.thens, strict=True):
            verdict = _verdict(when, known)
            if verdict is not False:
                found.append(cast(Interval, then.possible(known)))
            if verdict:
                return _hull(found)
        return _hull([*found, NOTHING])


Amount = Expr | Graded


def numbers_in(node: Node) -> Iterator[Expr]:
    """Every number that the conditions of a node look at or compare with."""
    for leaf, _ in leaves_of(node):
        if isinstance(leaf, Leaf):
            yield from (leaf.subject, *bounds_of(leaf))


def _verdict(node: Node, known: Known) -> Verdict:
    if isinstance(node, Attest):
        return None
    if isinstance(node, Leaf):
        return verdict_of(node, known)
    return together(node, [_verdict(child, known) for child in node.children])


def _hull(intervals: Sequence[Interval]) -> Interval:
    lows, highs = [each.lo for each in intervals], [each.hi for each in intervals]
    known_lows, known_highs = [lo for lo in lows if lo is not None], [hi for hi in highs if hi is not None]
    return Interval(
        min(known_lows) if len(known_lows) == len(lows) else None,
        max(known_highs) if len(known_highs) == len(highs) else None,
    )
