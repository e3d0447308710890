"""How verdicts of children become their node's: beside every way in which the unknown ones could turn out.

Nodes here have no real children; only how many they are, and what they weigh, matters.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import gcd
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.combining import children_needed, pivotal, points_needed, together, whole_points
from policies.nodes import Attest, Branch, Group, Points, Tiers

Verdict = bool | None
verdicts = st.sampled_from([True, False, None, None])
amounts = st.sampled_from([-3, -1, 0, 1, 2, Fraction(5, 2), Fraction(1, 3)])


def _children(n: int) -> tuple[Attest, ...]:
    return tuple(Attest(str(i), "情况", f"/{i}") for i in range(n))


def _group(kind: Any, n: int, size: int) -> Group:
    return Group(kind, n, _children(size), "")


def _points(points: Sequence[Any], least: Any) -> Points:
    return Points(_children(len(points)), tuple(points), least, "")


@st.composite
def judged_nodes(draw: st.DrawFn) -> tuple[Branch, list[Verdict]]:
    now = draw(st.lists(verdicts, min_size=1, max_size=5))
    size = len(now)
    weights = draw(st.lists(amounts, min_size=size, max_size=size))
    nodes: list[Branch] = [
        _group("at_least", draw(st.integers(1, size)), size),
        _points(weights, draw(st.one_of(amounts, st.just(4)))),
        Tiers(_children(size), "") if size % 2 == 0 else _group("all", size, size),
    ]
    return draw(st.sampled_from(nodes)), now


def _is_met(node: Branch, met: Sequence[bool]) -> bool:
    if isinstance(node, Points):
        return sum(n for n, one in zip(node.points, met, strict=True) if one) >= node.least
    if isinstance(node, Tiers):
        return next((then for when, then in zip(met[::2], met[1::2], strict=True) if when), False)
    return sum(met) >= node.n


def _ways(now: Sequence[Verdict]) -> Iterator[list[bool]]:
    for ways in product((True, False), repeat=list(now).count(None)):
        way = iter(ways)
        yield [next(way) if one is None else one for one in now]


@given(judged_nodes())
def test_a_node_is_decided_where_every_way_of_the_unknown_agrees(judged: Any) -> None:
    node, now = judged
    found = {_is_met(node, way) for way in _ways(now)}
    assert together(node, now) == (found.pop() if len(found) == 1 else None)


@given(judged_nodes())
def test_a_child_is_pivotal_where_some_way_of_the_others_lets_it_turn_the_node(judged: Any) -> None:
    node, now = judged
    if together(node, now) is not None:
        return
    turns = [
        one is None
        and any(
            _is_met(node, way) != _is_met(node, [*way[:i], not way[i], *way[i + 1 :]]) for way in _ways(now)
        )
        for i, one in enumerate(now)
    ]
    assert pivotal(node, now) == turns


@pytest.mark.parametrize(
    ("now", "turns"),
    [
        ((None, None, None, None), [True, True, True, True]),
        ((False, None, None, None), [False, False, True, True]),
        ((None, True, True, None), [True, False, False, True]),
        ((True, None, None, None), [False, True, False, False]),
        ((None, None, False, True), [True, True, False, False]),
    ],
)
def test_a_tier_turns_the_rest_while_it_is_reached_and_those_after_it_are_open(
    now: Any, turns: list[bool]
) -> None:
    assert pivotal(Tiers(_children(4), ""), now) == turns


@pytest.mark.parametrize(("child", "own"), [(True, False), (False, True), (None, None)])
def test_not_turns_its_child_round(child: Verdict, own: Verdict) -> None:
    assert together(_group("not", 1, 1), [child]) is own


@given(st.lists(amounts, min_size=1, max_size=5), amounts)
def test_whole_points_mean_what_the_written_ones_mean(points: list[Any], least: Any) -> None:
    whole, least_whole = whole_points(tuple(points), least)
    for met in product((True, False), repeat=len(points)):
        written = sum(n for n, one in zip(points, met, strict=True) if one)
        assert (sum(n for n, one in zip(whole, met, strict=True) if one) >= least_whole) == (written >= least)
    assert all(isinstance(n, int) for n in (*whole, least_whole))
    assert gcd(*whole) in (0, 1)


def test_points_of_nothing_are_whole_points_of_nothing() -> None:
    assert whole_points((0, 0), Fraction(1, 2)) == ((0, 0), 1)
    assert whole_points((10, 20), 25) == ((1, 2), 3)


@given(st.lists(st.integers(-3, 5), min_size=1, max_size=5), st.integers(-4, 6), st.booleans())
def test_points_needed_are_what_turns_the_worst_case(points: list[int], least: int, target: bool) -> None:
    needed = points_needed(points, least, target)
    for chosen in product((True, False), repeat=len(points)):
        best = [(n > 0) == target for n in points]
        met = [good if one else not good for good, one in zip(best, chosen, strict=True)]
        gained = sum(abs(n) for n, one in zip(points, chosen, strict=True) if one)
        assert (_is_met(_points(points, least), met) == target) == (gained >= needed)


@given(st.integers(1, 5).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size))), st.booleans())
def test_children_needed_are_as_many_as_decide_the_group(n_of: tuple[int, int], target: bool) -> None:
    n, size = n_of
    group = _group("at_least", n, size)
    needed = children_needed(group, target)
    assert _is_met(group, [target] * needed + [not target] * (size - needed)) == target
    assert _is_met(group, [target] * (needed - 1) + [not target] * (size - needed + 1)) != target


@pytest.mark.parametrize(
    ("points", "least", "now", "turns"),
    [
        ((1, -4, 4), 3, (None, None, None), [False, True, True]),
        ((1, 2, 4), 5, (None, True, None), [False, False, True]),
        ((-1, -4, 4), 3, (None, None, None), [False, True, True]),
        ((1, -4, 4), 1, (None, None, None), [True, True, True]),
    ],
)
def test_a_point_between_the_sums_that_others_can_come_to_turns_nothing(
    points: Any, least: int, now: Any, turns: list[bool]
) -> None:
    assert pivotal(_points(points, least), now) == turns


def test_which_of_far_apart_points_matter_is_told_by_their_range_alone() -> None:
    near, far = _points((1, 10_000, 10_000), 5_000), _points((1, 10_000, 10_001), 5_000)
    assert pivotal(near, [None] * 3) == [False, True, True]
    assert pivotal(far, [None] * 3) == [True, True, True]


@pytest.mark.parametrize(("kinds", "is_exact"), [(20, True), (21, False)])
def test_which_of_very_many_points_matter_is_told_by_their_range_alone(kinds: int, is_exact: bool) -> None:
    points = [1, *[2] * 1_000, *range(3, kinds + 1)]
    now = [None] * 1_001 + [False] * (kinds - 2)
    assert pivotal(_points(points, 1_002), now)[0] is not is_exact  # an odd sum of twos is out of reach
