"""The conditions that decide: as few as possible, checked against every set on small rules.

The verdict stays with the told set alone and with no smaller one.
"""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.combining import together
from policies.decisive import decisive
from policies.nodes import Attest, Leaf, Node, judged_leaves_of
from policies.operators import Verdict, verdict_of
from tests.policies.rule_cases import MEASURE, attests, known, leaves, rule, rules, whole_answers, whole_facts

YES, NO = ({"field": "employees", "gte": n} for n in (5, 50))
OPEN = {"field": "legal_form", "is": "company"}
FACTS = {"employees": 10}

TOLD: list[tuple[Any, tuple[str, ...]]] = [
    (YES, ("",)),
    (OPEN, ()),
    ({"all": []}, ()),
    ({"all": [YES, YES]}, ("/all/0", "/all/1")),
    ({"all": [YES, OPEN, NO, NO]}, ("/all/2",)),
    ({"any": [NO, OPEN, YES, YES]}, ("/any/2",)),
    ({"any": [{"all": [YES, YES]}, YES]}, ("/any/1",)),
    ({"not": {"all": [YES, NO]}}, ("/not/all/1",)),
    ({"at_least": 2, "of": [{"all": [YES, YES]}, YES, OPEN, YES]}, ("/of/1", "/of/3")),
    ({"at_least": 2, "of": [YES, NO, NO]}, ("/of/1", "/of/2")),
    ({"all": [YES, OPEN]}, ()),
]


@pytest.mark.parametrize(("written", "paths"), TOLD)
def test_what_decides_is_told_and_nothing_more(written: Any, paths: tuple[str, ...]) -> None:
    assert decisive(rule(written), known(FACTS), MEASURE) == paths


def worth(node: Node, kept: set[str], profile: Any) -> Verdict:
    if isinstance(node, Leaf | Attest):
        if node.path not in kept:
            return None
        if isinstance(node, Leaf):
            return verdict_of(node, profile)
        return profile.answer(MEASURE, node.key)  # type: ignore[no-any-return]
    return together(node, [worth(child, kept, profile) for child in node.children])


def smallest(node: Node, profile: Any) -> int:
    """The size of a smallest set that keeps the verdict, every set tried."""
    paths = list(dict.fromkeys(leaf.path for leaf in judged_leaves_of(node)))
    verdict = worth(node, set(paths), profile)
    return next(
        size
        for size in range(len(paths) + 1)
        for some in combinations(paths, size)
        if worth(node, set(some), profile) is verdict
    )


SIMPLE = st.one_of(leaves, attests)
POINTS = st.builds(
    lambda whens, points, least: {
        "points": [{"when": when, "points": n} for when, n in zip(whens, points, strict=False)],
        "gte": least,
    },
    st.lists(rules, min_size=1, max_size=4),
    st.lists(st.integers(-3, 3), min_size=4, max_size=4),
    st.integers(-3, 5),
)
_TIERS = st.builds(
    lambda pairs: {"tiers": [{"when": when, "then": then} for when, then in pairs]},
    st.lists(st.tuples(SIMPLE, st.one_of(SIMPLE, st.just({"all": []}))), min_size=1, max_size=3),
)
TIERS = st.one_of(_TIERS, _TIERS.map(lambda one: {"not": one}))


def _small(written: Any) -> bool:
    return len(list(judged_leaves_of(rule(written).root))) <= 9


def _agree(written: Any, facts: Any, answers: Any) -> None:
    read, profile = rule(written), known(facts, answers)
    paths = decisive(read, profile, MEASURE)
    everything = {leaf.path for leaf in judged_leaves_of(read.root)}
    assert worth(read.root, set(paths), profile) is worth(read.root, everything, profile)
    assert len(paths) == smallest(read.root, profile)
    # a condition that stands for several years has one path
    written_order = dict.fromkeys(leaf.path for leaf in judged_leaves_of(read.root))
    assert list(paths) == [path for path in written_order if path in paths]


@settings(deadline=None, max_examples=40)
@given(rules.filter(_small), whole_facts, whole_answers)
def test_no_smaller_set_decides(written: Any, facts: Any, answers: Any) -> None:
    _agree(written, facts, answers)


@settings(deadline=None, max_examples=40)
@given(st.one_of(POINTS, TIERS).filter(_small), whole_facts, whole_answers)
def test_no_smaller_set_decides_points_and_tiers(written: Any, facts: Any, answers: Any) -> None:
    _agree(written, facts, answers)


def test_a_condition_of_several_years_is_named_once() -> None:
    written = {"for_years": [-2, -1], "every": {"any": [{"field": "profit", "gt": 0}, OPEN]}}
    paths = decisive(rule(written), known({"profit": {"2024": 1, "2025": 1}}), MEASURE)
    assert paths == ("/every/any/0",)


def test_a_long_rule_is_quick() -> None:
    whens = [{"when": {"all": [YES] * (1 + i % 2)}, "points": 1 + i % 3} for i in range(500)]
    paths = decisive(rule({"points": whens, "gte": 300}), known(FACTS), MEASURE)
    assert (
        len(paths) == len(set(paths)) == 83 + 26
    )  # all of three points, then of two, each for one condition
