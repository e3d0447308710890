"""The next question: worth most first, and never one whose answer can change no verdict.

That is checked by answering: some value of the fact, or yes or no, must decide a listed measure.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.eligibility import judge
from policies.facts import china
from policies.faults import Fault
from policies.known import Known
from policies.mask import RuleBook
from policies.profiles import Changes, changes_reader
from policies.questions import next_questions, weights
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
    worth = None if worth is None else weights(np.array(worth, np.float64))
    return next_questions(book, book.mark(known(facts)), everything, worth, lang)


def names(questions: Any) -> list[str]:
    return [one.get("fact") or one["attest"] for one in questions]


def test_the_fact_that_decides_most_measures_comes_first() -> None:
    questions = asked({"all": [STAFF, INCOME]}, STAFF)
    assert [(q["fact"], q["unlocks"]) for q in questions] == [("employees", 2), ("revenue", 1)]
    assert questions[0]["text"] == china().facts["employees"].question["zh-Hans"]


def test_what_decides_a_measure_of_more_money_comes_first() -> None:
    assert names(asked(INCOME, STAFF, COMPANY, worth=[np.nan, 1e7, 1e5])) == [
        "employees", "legal_form", "revenue",
    ]  # fmt: skip


def test_an_attestation_is_named_with_its_measure() -> None:
    questions = asked({"all": [SAID, SAID]})
    assert questions == [{"attest": f"{MEASURE}#p", "text": "属于重点领域", "unlocks": 1}]


def test_decided_measures_ask_for_nothing() -> None:
    assert asked({"any": [{"all": []}, STAFF]}, {"all": [STAFF, {"not": {"all": []}}]}) == []


def test_a_checkable_measure_asks_for_attestations_only() -> None:
    assert names(asked({"any": [SAID, STAFF]})) == [f"{MEASURE}#p"]


def test_unlocks_counts_what_the_answer_alone_can_decide() -> None:
    two_ways = {"any": [{"all": [STAFF, COMPANY]}, {"all": [INCOME, COMPANY]}]}
    assert [(q["fact"], q["unlocks"]) for q in asked(two_ways, COMPANY)] == [("legal_form", 2)]


def test_where_nothing_decides_alone_what_most_wait_for_is_asked() -> None:
    two_of_three = {"at_least": 2, "of": [STAFF, INCOME, COMPANY]}
    assert names(asked(two_of_three)) == ["legal_form", "revenue", "employees"]


def test_there_are_five_questions_at_most_and_ties_follow_the_registry() -> None:
    written = [{"field": name, "gte": 1} for name in reversed(china().given) if china().facts[name].number]
    numbers = [name for name in china().given if china().facts[name].number]
    assert names(asked(*written)) == numbers[:5]


def test_questions_are_asked_in_the_language_that_is_wanted() -> None:
    (question,) = asked(STAFF, lang="en")
    assert question["text"] == china().facts["employees"].question["en"]


def test_what_is_known_is_not_asked() -> None:
    assert asked(STAFF, facts={"employees": 12}) == []


def test_only_listed_measures_are_asked_for() -> None:
    book = book_of(STAFF, INCOME)
    questions = next_questions(book, book.mark(known()), np.array([False, True]))
    assert names(questions) == ["revenue"]


VALUES: dict[str, list[Any]] = {
    "region": list(REGIONS[1:]),
    "industry": [*INDUSTRIES, "A0111", "E4710", "F5111", "I6513", "K7010"],
    "legal_form": list(china().facts["legal_form"].values or ()),
    "registered_on": [f"{year}-{day}" for year in range(1990, 2029) for day in ("01-31", "06-15", "11-24")],
    "zones": [["east-park"], {"held": [], "complete": True}],
    "qualifications": [{"held": [], "complete": True}, list(CODES), *([code] for code in CODES)],
    "credit_dishonest": [True, False],
    "in_operation": [True, False],
}
AMOUNTS = (0, 1, 2, 3, 9, 10, 11, 20, 21, 300, 301, 5000, 5001, 100_000, 10**7, 10**9)


def answers(question: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Answers somebody might give to a question."""
    if "attest" in question:
        yield from ({"answers": {question["attest"]: yes}} for yes in (True, False))
        return
    fact = china().facts[question["fact"]]
    for value in VALUES.get(fact.name, AMOUNTS):
        yield {"facts": {fact.name: dict.fromkeys(YEARS, value) if fact.by_year else value}}


def verdicts(book: RuleBook, profile: Known) -> list[str]:
    return [judge(one, profile, name).verdict for name, one in book.rules]


def changed(profile: Known, answer: Any) -> Known:
    faults: list[Fault] = []
    changes = changes_reader(china(), TODAY).read(answer, "", faults)
    assert isinstance(changes, Changes), faults
    return Known(changes.of(profile.profile), china(), TODAY)


def deciding(written: Any, facts: Any, said: Any) -> list[bool]:
    """For each question whether one of its answers decides a measure."""
    book, profile = book_of(*written), known(facts, said)
    before = verdicts(book, profile)
    questions = next_questions(book, book.mark(profile), np.ones(len(written), dtype=np.bool_))
    return [
        any(verdicts(book, changed(profile, one)) != before for one in answers(each)) for each in questions
    ]


ONE_FACT = leaves.filter(
    lambda leaf: leaf.get("field", "size") not in ("size", "small_low_profit", "rd_ratio")
)
PLAIN = ONE_FACT.filter(lambda leaf: not any(isinstance(operand, dict) and "days" not in operand and
    "months" not in operand and "years" not in operand for operand in leaf.values()))  # fmt: skip
FLAT = st.builds(
    lambda form, nodes: {form: nodes},
    st.sampled_from(["all", "any"]),
    st.lists(PLAIN, min_size=1, max_size=4),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(FLAT, min_size=1, max_size=4), whole_facts, whole_answers)
def test_some_answer_to_every_question_decides_a_measure(written: Any, facts: Any, said: Any) -> None:
    assert all(deciding(written, facts, said))


@settings(deadline=None, max_examples=40)
@given(st.lists(rules, min_size=1, max_size=4), whole_facts, whole_answers)
def test_what_decides_nothing_alone_is_asked_only_where_nothing_does(
    written: Any, facts: Any, said: Any
) -> None:
    decide = deciding(written, facts, said)
    assert all(decide) or not any(decide)


@settings(deadline=None, max_examples=40)
@given(st.lists(leaves, min_size=1, max_size=4), whole_facts)
def test_nothing_is_asked_when_everything_is_decided(written: Any, facts: Any) -> None:
    book, profile = book_of(*written), known(facts)
    questions = next_questions(book, book.mark(profile), np.ones(len(written), dtype=np.bool_))
    assert not questions or "unknown" in verdicts(book, profile)


@pytest.mark.parametrize(("largest", "worth"), [(np.nan, 1), (0, 1), (90_000, 2), (990_000, 3)])
def test_worth_grows_by_one_for_each_tenfold(largest: float, worth: float) -> None:
    assert weights(np.array([largest]))[0] == pytest.approx(worth)
