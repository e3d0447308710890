"""The next question: worth most first, and never one whose answer can move no measure.

That is checked by answering: some value of the fact, or yes or no, must change a listed measure's part.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.answers import answers_to, cells_of, learning
from policies.eligibility import judge
from policies.facts import china
from policies.faults import Fault
from policies.known import Known
from policies.mask import RuleBook
from policies.nodes import Leaf, judged_leaves_of
from policies.profiles import Changes, changes_reader
from policies.questions import next_questions, worth_of
from policies.windows import STATES
from tests.policies.rule_cases import (
    CODES,
    INDUSTRIES,
    MEASURE,
    REGIONS,
    TODAY,
    YEARS,
    known,
    leaves,
    rule,
    rules,
    whole_answers,
    whole_facts,
)

STAFF = {"field": "employees", "gte": 10}
INCOME = {"field": "revenue", "gte": 1}
COMPANY = {"field": "legal_form", "is": "company"}
SAID = {"attest": "p", "text": "属于重点领域"}


def book_of(*written: object) -> RuleBook:
    return RuleBook([(f"{MEASURE}{i}" if i else MEASURE, rule(one)) for i, one in enumerate(written)])


def asked(*written: object, facts: Any = None, worth: Any = None, lang: str = "zh-Hans") -> Any:
    book = book_of(*written)
    everything = np.ones(len(written), dtype=np.bool_)
    worths = None if worth is None else np.array(worth, np.float64)
    return next_questions(book, book.mark(known(facts)), everything, worths, lang)


def names(questions: Any) -> list[str]:
    return [one.get("fact") or one["attest"] for one in questions]


def unlocks(questions: Any) -> dict[str, int]:
    return {one.get("fact") or one["attest"]: one["unlocks"] for one in questions}


def test_the_fact_that_decides_most_measures_comes_first() -> None:
    questions = asked({"all": [STAFF, INCOME]}, STAFF)
    assert [(q["fact"], q["unlocks"]) for q in questions] == [("employees", 2), ("revenue", 1)]
    assert questions[0]["text"] == china().facts["employees"].question["zh-Hans"]


def test_what_decides_a_measure_worth_more_comes_first() -> None:
    assert names(asked(INCOME, STAFF, COMPANY, worth=[1, 3, 2])) == ["employees", "legal_form", "revenue"]


def test_what_is_left_alone_in_a_measure_comes_before_one_of_several() -> None:
    assert names(asked({"all": [STAFF, INCOME]}, COMPANY))[0] == "legal_form"


def test_an_attestation_is_named_with_its_measure() -> None:
    questions = asked({"all": [SAID, SAID]})
    assert questions == [{"attest": f"{MEASURE}#p", "text": "属于重点领域", "unlocks": 1}]


def test_decided_measures_ask_for_nothing() -> None:
    assert asked({"any": [{"all": []}, STAFF]}, {"all": [STAFF, {"not": {"all": []}}]}) == []


def test_measures_that_are_not_listed_ask_for_nothing() -> None:
    book = book_of(STAFF, INCOME)
    questions = next_questions(book, book.mark(known()), np.array([False, True]))
    assert names(questions) == ["revenue"]


def test_a_checkable_measure_asks_for_attestations_only() -> None:
    assert names(asked({"any": [SAID, STAFF]})) == [f"{MEASURE}#p"]


def test_an_empty_book_asks_for_nothing() -> None:
    assert asked() == []


def test_there_are_five_questions_at_most_and_ties_follow_the_registry() -> None:
    flags = [name for name in china().given if china().facts[name].type == "flag"]
    found = names(asked(SAID, SAID, SAID, *({"field": name, "is": True} for name in reversed(flags))))
    assert found == [*flags, f"{MEASURE}#p", f"{MEASURE}1#p"][:5]


def test_questions_are_asked_in_the_language_that_is_wanted() -> None:
    (question,) = asked(STAFF, lang="en")
    assert question["text"] == china().facts["employees"].question["en"]


def test_unlocks_counts_what_the_answer_moves_by_itself() -> None:
    pair = {"at_least": 2, "of": [STAFF, INCOME, COMPANY]}
    assert unlocks(asked(STAFF, pair)) == {"employees": 1}


def test_where_no_answer_moves_a_measure_alone_what_helps_together_is_asked() -> None:
    both = {"at_least": 2, "of": [STAFF, INCOME, COMPANY]}
    assert unlocks(asked(both)) == {"legal_form": 1, "employees": 1, "revenue": 1}


def test_a_fact_that_can_settle_no_condition_is_not_asked() -> None:
    nothing = {"value": {"div": [{"field": "revenue"}, 0]}, "gte": 1}
    assert asked(nothing) == []
    assert names(asked({"all": [nothing, STAFF]})) == ["employees"]


def test_a_ratio_of_two_unknown_facts_asks_for_both() -> None:
    assert set(names(asked({"field": "rd_ratio", "gte": 1}))) == {"rd_expense", "revenue"}


def test_size_is_asked_by_any_figure_that_settles_it() -> None:
    profile = {"industry": "6513"}
    assert set(names(asked({"field": "size", "is": "micro"}, facts=profile))) == {"employees", "revenue"}


def test_conditions_on_one_fact_that_decide_only_together_are_found() -> None:
    young, old = {"field": "employees", "lt": 10}, {"field": "employees", "gte": 10}
    some = {"at_least": 2, "of": [old, {"field": "employees", "gte": 5}, INCOME, COMPANY, {"not": young}]}
    assert names(asked(some)) == ["employees"]


@pytest.mark.parametrize(
    ("state", "largest", "worth"),
    [
        ("open", np.nan, 1),
        ("rolling", 90_000, 2),
        ("unstated", 0, 0.75),
        ("upcoming", 990_000, 1.5),
        ("closed", 0, 0.25),
    ],
)
def test_worth_is_by_state_and_grows_by_one_for_each_tenfold(
    state: str, largest: float, worth: float
) -> None:
    states = np.array([STATES.index(state)], np.int8)
    assert worth_of(states, np.array([largest]))[0] == pytest.approx(worth)


def parts(book: RuleBook, profile: Known) -> list[str]:
    return [judge(one, profile, name).part for name, one in book.rules]


def changed(profile: Known, answer: Any) -> Known:
    faults: list[Fault] = []
    changes = changes_reader(china(), TODAY).read(answer, "", faults)
    assert isinstance(changes, Changes), faults
    return Known(changes.of(profile.profile), china(), TODAY)


AMOUNTS = (0, 1, 2, 3, 9, 10, 11, 20, 21, 40, 50, 299, 300, 301, 5000, 5001, 100_000, 10**7, 10**9)
DAYS = (
    "1900-01-01", "1987-01-01", "2016-02-28", "2016-02-29", "2016-03-01", "2020-01-01", "2023-11-22",
    "2023-11-23", "2023-11-24", "2023-11-25", "2025-11-24", "2025-11-25", "2025-11-26", "2026-10-30",
    "2026-11-24", "2027-01-01", "2027-01-02", "2090-01-01",
)  # fmt: skip
VALUES: dict[str, tuple[Any, ...]] = {
    "region": (*REGIONS[1:], "820000", "650100"),
    "industry": (*INDUSTRIES, "A", "0111", "L72"),
    "registered_on": DAYS,
    "legal_form": china().facts["legal_form"].values or (),
    "credit_dishonest": (True, False),
    "in_operation": (True, False),
    "qualifications": (
        *({"held": [c], "complete": True} for c in CODES), {"held": list(CODES), "complete": True},
        {"held": [], "complete": True},
    ),
    "zones": ({"held": ["east-park"], "complete": True}, {"held": [], "complete": True}),
}  # fmt: skip


def answered(question: dict[str, Any], book: RuleBook, profile: Known) -> Iterator[Known]:
    """The profile after answers somebody might give: typical ones, then those at the edges of conditions."""
    if "attest" in question:
        for yes in (True, False):
            yield changed(profile, {"answers": {question["attest"]: yes}})
        return
    fact = china().facts[question["fact"]]
    for value in VALUES.get(fact.name, AMOUNTS):
        yield changed(profile, {"facts": {fact.name: dict.fromkeys(YEARS, value) if fact.by_year else value}})
    leaves = [
        [leaf for leaf in judged_leaves_of(one.root) if isinstance(leaf, Leaf)] for _, one in book.rules
    ]
    every = cells_of(chain.from_iterable(leaves), profile.registry)
    for found in leaves:
        for answer in answers_to(fact.name, found, profile):
            yield learning(profile, {fact.name: answer}, every)


def moving(written: Any, facts: Any, said: Any) -> list[bool]:
    """For each question whether one of its answers moves a measure."""
    book, profile = book_of(*written), known(facts, said)
    before = parts(book, profile)
    questions = next_questions(book, book.mark(profile), np.ones(len(written), dtype=np.bool_))
    return [
        any(parts(book, after) != before for after in answered(each, book, profile)) for each in questions
    ]


FLAT = st.builds(
    lambda form, nodes: {form: nodes},
    st.sampled_from(["all", "any"]),
    st.lists(leaves, min_size=1, max_size=4),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(st.lists(rules, min_size=1, max_size=4), whole_facts, whole_answers)
def test_some_answer_to_every_question_moves_a_measure_or_none_moves_any(
    written: Any, facts: Any, said: Any
) -> None:
    moves = moving(written, facts, said)
    assert all(moves) or not any(moves)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(FLAT, rules), min_size=1, max_size=4), whole_facts, whole_answers, st.data())
def test_every_fact_asked_is_named_by_a_listed_measure(
    written: Any, facts: Any, said: Any, data: Any
) -> None:
    book, profile = book_of(*written), known(facts, said)
    listed = np.array([data.draw(st.booleans()) for _ in written])
    judged_ones = [
        judge(one, profile, name) for (name, one), yes in zip(book.rules, listed, strict=True) if yes
    ]
    open_ones = [one for one in judged_ones if one.part in ("checkable", "undecided")]
    wanted = {name for one in open_ones for name in one.missing}
    for question in next_questions(book, book.mark(profile), listed):
        assert "attest" in question or question["fact"] in wanted
        assert 1 <= question["unlocks"] <= len(open_ones)
