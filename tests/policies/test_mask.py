"""All rules at once agree with one rule at a time, on every rule and profile.

The speed of it is benchmarked elsewhere; here stands only that it grows with distinct leaves.
"""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from policies.eligibility import PARTS, judge, part_of, to_learn
from policies.mask import RuleBook
from policies.nodes import Attest, Leaf
from tests.policies.rule_cases import MEASURE, attests, known, rule, rules, whole_answers, whole_facts


def book_of(*written: object) -> tuple[RuleBook, list[tuple[str, Any]]]:
    named = [(f"{MEASURE}{i}" if i else MEASURE, rule(one)) for i, one in enumerate(written)]
    return RuleBook(named), named


@given(st.lists(rules, max_size=6), whole_facts, whole_answers)
def test_parts_of_the_book_are_those_of_single_judgements(written: Any, facts: Any, answers: Any) -> None:
    book, named = book_of(*written)
    profile = known(facts, answers)
    parts = [PARTS[part] for part in book.parts(profile)]
    assert parts == [judge(one, profile, name).part for name, one in named]
    assert parts == [part_of(one, profile, name) for name, one in named]


@given(st.lists(rules, min_size=1, max_size=6), whole_facts, whole_answers)
def test_relevant_leaves_wait_for_what_single_judgements_name(written: Any, facts: Any, answers: Any) -> None:
    book, named = book_of(*written)
    profile = known(facts, answers)
    marks, layout = book.mark(profile), book.layout
    matters = marks.relevant(np.ones(len(named), dtype=np.bool_))
    for i, (name, one) in enumerate(named):
        judgement = judge(one, profile, name)
        slots = np.flatnonzero(matters & (layout.owners == i))
        found = [layout.distinct[column] for column in layout.columns[slots]]
        said = {leaf.key for leaf in found if isinstance(leaf, Attest)}
        facts_of_it = {fact for leaf in found if isinstance(leaf, Leaf) for fact in to_learn(leaf, profile)}
        assert said == {key for key, _ in judgement.attests}
        assert judgement.part != "undecided" or facts_of_it == set(judgement.missing)


@given(st.lists(rules, min_size=1, max_size=6), whole_facts, whole_answers)
def test_an_attestation_that_moves_its_rule_alone_moves_it_when_answered(
    written: Any, facts: Any, answers: Any
) -> None:
    book, named = book_of(*written)
    profile = known(facts, answers)
    marks, layout = book.mark(profile), book.layout
    moves = marks.moving(np.ones(len(named), dtype=np.bool_)) & layout.is_attest
    for row, yes in enumerate((True, False)):
        for slot in np.flatnonzero(moves[row]):
            name, one = named[layout.owners[slot]]
            attest = layout.distinct[layout.columns[slot]]
            assert isinstance(attest, Attest)
            after = profile.supposing({}, {f"{name}#{attest.key}": yes})
            assert part_of(one, after, name) != part_of(one, profile, name)


@given(st.lists(rules, max_size=6), whole_facts, whole_answers)
def test_counts_are_those_of_the_conditions(written: Any, facts: Any, answers: Any) -> None:
    book, named = book_of(*written)
    counts = book.counts(profile := known(facts, answers))
    for i, (name, one) in enumerate(named):
        conditions = judge(one, profile, name).conditions
        unknown = [c for c in conditions if c.verdict == "unknown"]
        assert counts.leaves[i] == len(conditions)
        assert counts.unknown[i] == len(unknown)
        assert counts.attests[i] == sum(c.attest is not None for c in unknown)


def test_a_leaf_under_not_counts_as_met_when_it_is_not_met() -> None:
    leaf = {"field": "credit_dishonest", "is": True}
    book, _ = book_of({"not": leaf}, leaf)
    assert book.counts(known({"credit_dishonest": False})).met.tolist() == [1, 0]


def test_equal_leaves_of_different_rules_are_judged_once() -> None:
    leaf = {"field": "employees", "gte": 10}
    book, _ = book_of(leaf, {"all": [leaf, {"not": {**leaf, "text": "人数", "year": -1}}]})
    assert len(book.layout.distinct) == 1


def test_attestations_of_different_measures_are_answered_apart() -> None:
    written = {"attest": "p", "text": "情况"}
    book, _ = book_of(written, written)
    assert [PARTS[part] for part in book.parts(known(answers={"p": True}))] == ["certain", "checkable"]


def test_an_empty_book_has_no_parts() -> None:
    book, _ = book_of()
    assert len(book) == 0
    assert book.parts(known()).tolist() == []
    assert book.mark(known()).moving(np.zeros(0, dtype=np.bool_)).shape == (2, 0)


@given(attests)
def test_a_rule_of_everybody_is_certain(written: Any) -> None:
    book, _ = book_of({"all": []}, {"any": [written, {"all": []}]})
    assert book.parts(known()).tolist() == [0, 0]
