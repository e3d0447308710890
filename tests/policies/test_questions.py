"""The simplest questions: what most undecided and checkable measures wait for, five at most.

Never one that no listed measure names.
"""

from policies.facts import china
from policies.questions import Wanted, simplest, wanted_by
from tests.policies.rule_cases import MEASURE, judged

STAFF = {"field": "employees", "gte": 10}
INCOME = {"field": "revenue", "gte": 1}
SAID = {"attest": "p", "text": "属于重点领域"}


def test_the_fact_that_most_measures_name_comes_first() -> None:
    judgements = [(f"{MEASURE}1", judged({"all": [STAFF, INCOME]})), (f"{MEASURE}2", judged(STAFF))]
    questions = simplest(wanted_by(judgements), china())
    assert [(q["fact"], q["unlocks"]) for q in questions] == [("employees", 2), ("revenue", 1)]
    assert questions[0]["text"] == china().facts["employees"].question["zh-Hans"]


def test_an_attestation_is_named_with_its_measure() -> None:
    questions = simplest(wanted_by([(MEASURE, judged({"all": [SAID, SAID]}))]), china())
    assert questions == [{"attest": f"{MEASURE}#p", "text": "属于重点领域", "unlocks": 1}]


def test_decided_measures_ask_for_nothing() -> None:
    decided = judged({"any": [{"all": []}, STAFF]})
    assert simplest(wanted_by([(MEASURE, decided)]), china()) == []


def test_a_checkable_measure_asks_for_attestations_only() -> None:
    questions = simplest(wanted_by([(MEASURE, judged({"any": [SAID, STAFF]}))]), china())
    assert [q.get("attest") for q in questions] == [f"{MEASURE}#p"]


def test_there_are_five_questions_at_most_and_ties_follow_the_registry() -> None:
    registry = china()
    wanted = Wanted(dict.fromkeys(reversed(registry.given), 3), {f"{MEASURE}#p": ("情况", 1)})
    assert [q["fact"] for q in simplest(wanted, registry)] == list(registry.given)[:5]


def test_questions_are_asked_in_the_language_that_is_wanted() -> None:
    (question,) = simplest(Wanted({"employees": 1}), china(), "en")
    assert question["text"] == china().facts["employees"].question["en"]
