"""What a condition on a number is once others on the same number are told to be so, or not to be so.

Numbers as bounds only, exact; knows no fact and no profile.
"""

from collections.abc import Iterable
from typing import NamedTuple

from policies.expressions import Constant
from policies.nodes import Leaf, bounds_of
from policies.operators import Verdict
from policies.values import Exact

_OTHER = {"gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt"}
_End = tuple[Exact, int]  # a number, and 1 just above it or −1 just below


class _Span(NamedTuple):
    lo: _End | None = None
    hi: _End | None = None

    def and_(self, other: "_Span") -> "_Span":
        los = [end for end in (self.lo, other.lo) if end is not None]
        his = [end for end in (self.hi, other.hi) if end is not None]
        return _Span(max(los, default=None), min(his, default=None))

    @property
    def empty(self) -> bool:
        return self.lo is not None and self.hi is not None and self.lo > self.hi


def follows(leaf: Leaf, told: Iterable[tuple[Leaf, bool]]) -> Verdict:
    """The leaf's verdict where all these are as told; None where it is open or they contradict each other."""
    mine, so_far = _span(leaf, True), _Span()
    for one, wanted in told:
        span = _span(one, wanted)
        if span is not None:
            so_far = so_far.and_(span)
    if mine is None or so_far.empty:
        return None
    both = mine.and_(so_far)
    return False if both.empty else True if both == so_far else None


def _span(leaf: Leaf, wanted: bool) -> _Span | None:
    ends = [bound.value for bound in bounds_of(leaf) if isinstance(bound, Constant)]
    if len(ends) != len(bounds_of(leaf)) or (leaf.operator == "between" and not wanted):
        return None
    if leaf.operator == "between":
        return _Span((ends[0], 0), (ends[1], 0))
    operator = leaf.operator if wanted else _OTHER[leaf.operator]
    end = ends[0], {"gt": 1, "lt": -1}.get(operator, 0)
    return _Span(end, None) if operator in ("gt", "gte") else _Span(None, end)
