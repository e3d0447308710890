"""How the verdicts of a node's children become its own, and which of them can still turn it.

The one place that says so for every form with children; looks at no fact and no profile.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import ceil, gcd, lcm
from typing import Any

from policies.nodes import Branch, Group, Points, Tiers, Years
from policies.operators import Verdict
from policies.values import Exact

MOST_STEPS, MOST_SPREAD = 20_000, 20_000  # past these, which points matter is told by their range alone


def together(node: Branch, verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict of a node from those of its children, in their order."""
    return _FORMS[type(node)][0](node, verdicts)


def pivotal(node: Branch, verdicts: Sequence[Verdict]) -> list[bool]:
    """For each child of an undecided node: whether it is unknown and can turn it by some way of others."""
    return _FORMS[type(node)][1](node, verdicts)


def whole_points(points: tuple[Exact, ...], least: Exact) -> tuple[tuple[int, ...], int]:
    """Points and their threshold as the smallest whole numbers that mean the same."""
    return _whole_points(points, least)


@lru_cache(1_024)
def _whole_points(points: tuple[Exact, ...], least: Exact) -> tuple[tuple[int, ...], int]:
    scale = lcm(*(one.denominator for one in points))
    whole = [int(one * scale) for one in points]
    shared = gcd(*whole) or 1
    return tuple(one // shared for one in whole), ceil(least * scale / shared)


def children_needed(group: Group, target: bool) -> int:
    """How many children make a group but `not` met, or not met, by being so themselves."""
    return group.n if target else len(group.children) - group.n + 1


def points_needed(points: Sequence[int], least: int, target: bool) -> int:
    """How many points, all else at its worst, make whole points reach the threshold, or stay below it."""
    worst = sum(min(n, 0) if target else max(n, 0) for n in points)
    return least - worst if target else worst - least + 1


def _group(group: Group, verdicts: Sequence[Verdict]) -> Verdict:
    if group.kind == "not":
        return None if verdicts[0] is None else not verdicts[0]
    met = verdicts.count(True)
    if met >= group.n:
        return True
    return False if met + verdicts.count(None) < group.n else None


def _unknown(_: Group, verdicts: Sequence[Verdict]) -> list[bool]:
    return [verdict is None for verdict in verdicts]


def _points(node: Points, verdicts: Sequence[Verdict]) -> Verdict:
    points, least = whole_points(node.points, node.least)
    low, high = _range(points, verdicts)
    return True if low >= least else False if high < least else None


def _range(points: Sequence[int], verdicts: Sequence[Verdict]) -> tuple[int, int]:
    sure = sum(n for n, verdict in zip(points, verdicts, strict=True) if verdict)
    waiting = [n for n, verdict in zip(points, verdicts, strict=True) if verdict is None]
    return sure + sum(n for n in waiting if n < 0), sure + sum(n for n in waiting if n > 0)


def _pivotal_points(node: Points, verdicts: Sequence[Verdict]) -> list[bool]:
    points, least = whole_points(node.points, node.least)
    turns: dict[int, bool] = {}
    found = []
    for i, (n, verdict) in enumerate(zip(points, verdicts, strict=True)):
        if verdict is None and n not in turns:
            others = [*verdicts[:i], False, *verdicts[i + 1 :]]
            turns[n] = n != 0 and _can_turn(points, others, least - max(n, 0), least - min(n, 0))
        found.append(verdict is None and turns[n])
    return found


def _can_turn(points: Sequence[int], others: Sequence[Verdict], first: int, end: int) -> bool:
    """Whether the others may come to at least `first` and less than `end`."""
    low, high = _range(points, others)
    if not (first <= high and low < end):
        return False
    steps = [abs(n) for n, verdict in zip(points, others, strict=True) if verdict is None and n]
    if len(steps) * len(set(points)) > MOST_STEPS or high - low > MOST_SPREAD:
        return True
    sums = 1  # bit i: a sum of low + i can be reached
    for step in steps:
        sums |= sums << step
    wanted = (1 << max(0, end - low)) - (1 << max(0, first - low))
    return bool(sums & wanted)


def _tiers(_: Tiers, verdicts: Sequence[Verdict]) -> Verdict:
    return suffixes(verdicts)[0]


def suffixes(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """For each tier what it and those after it come to; `verdicts` are of when and then by turns."""
    found: list[Verdict] = [False]
    for when, then in zip(reversed(verdicts[::2]), reversed(verdicts[1::2]), strict=True):
        after = found[-1]
        either = then if then == after else None
        found.append(either if when is None else then if when else after)
    return found[::-1]


def _pivotal_tiers(_: Tiers, verdicts: Sequence[Verdict]) -> list[bool]:
    found = []
    here = True  # whether this tier is reached and not yet decided
    for when, then, after in zip(verdicts[::2], verdicts[1::2], suffixes(verdicts)[1:], strict=True):
        found += [here and when is None, here and when is not False and then is None]
        here = here and when is not True and after is None
    return found


_FORMS: Mapping[type, tuple[Callable[[Any, Any], Verdict], Callable[[Any, Any], list[bool]]]] = {
    Group: (_group, _unknown),
    Years: (_group, _unknown),
    Points: (_points, _pivotal_points),
    Tiers: (_tiers, _pivotal_tiers),
}
