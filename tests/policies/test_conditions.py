"""What a reader sees of each condition: its words, value, source, place, distance and what is still missing.

Inside for_years one condition speaks for all its years.
"""

from decimal import Decimal
from typing import Any

import pytest

from policies.eligibility import judge, part_of, to_learn
from policies.nodes import Leaf
from tests.policies.rule_cases import MEASURE, judged, known, rule

STAFF = {"field": "employees", "gte": 10}
SAID = {"attest": "p", "text": "属于重点领域"}
OLD = {"field": "registered_on", "before": "2020-01-01"}
GROWN = {"employees": {"2023": 4, "2024": 7, "2025": 9}}


def _shown(written: Any, facts: Any = None, answers: Any = None) -> Any:
    (condition,) = judged(written, facts, answers).conditions
    return condition


def _in_years(kind: str, written: Any, first: int = -3) -> dict[str, Any]:
    return {"for_years": [first, -1], kind: written}


@pytest.mark.parametrize(("kind", "distance"), [("every", 6), ("some", 1)])
def test_the_distance_of_every_year_is_the_farthest_and_of_some_year_the_nearest(
    kind: str, distance: int
) -> None:
    condition = _shown(_in_years(kind, STAFF), GROWN)
    assert (condition.verdict, condition.distance) == ("not_met", distance)
    assert condition.missing == ()


@pytest.mark.parametrize(("kind", "verdict"), [("every", "unknown"), ("some", "met")])
def test_what_is_met_or_unknown_over_the_years_has_no_distance(kind: str, verdict: str) -> None:
    condition = _shown(_in_years(kind, STAFF), {"employees": {"2025": 70}})
    assert (condition.verdict, condition.distance) == (verdict, None)
    assert _shown(_in_years("some", STAFF), {"employees": {"2024": 4, "2025": 70}}).distance is None


def test_codes_have_no_distance_in_any_year() -> None:
    branch = {"field": "legal_form", "is": "branch"}
    condition = _shown(_in_years("every", branch), {"legal_form": "company"})
    assert (condition.verdict, condition.distance, condition.value) == ("not_met", None, "company")


def test_a_decided_condition_misses_nothing_though_one_of_its_years_is_unknown() -> None:
    assert _shown(_in_years("some", STAFF), {"employees": {"2025": 70}}).missing == ()
    assert _shown(_in_years("every", STAFF), {"employees": {"2025": 7}}).missing == ()
    assert _shown(_in_years("every", STAFF), {"employees": {"2025": 70}}).missing == ("employees",)


@pytest.mark.parametrize(
    ("written", "facts", "value"),
    [
        (STAFF, GROWN, {"min": 4, "max": 9}),
        (STAFF, {"employees": {"2023": 5, "2024": 5, "2025": 5}}, 5),
        (STAFF, {"employees": {"2023": {"min": 3, "max": 6}, "2024": 9, "2025": 5}}, {"min": 3, "max": 9}),
        (STAFF, {"employees": {"2023": {"min": 3}, "2024": 9, "2025": 5}}, {"min": 3, "max": None}),
        (STAFF, {"employees": {"2024": 9, "2025": 5}}, None),
        (STAFF, {}, None),
        (OLD, {"registered_on": "2021-05-06"}, "2021-05-06"),
        ({"field": "in_operation", "is": True}, {"in_operation": False}, False),
        (
            {"field": "profit", "gte": 1},
            {"profit": {"2023": {"max": 3}, "2024": {"max": 5}, "2025": 4}},
            {"min": None, "max": 5},
        ),
        (
            {"field": "profit", "gte": 1},
            {"profit": {"2023": {"max": 3}, "2024": {"min": 5}, "2025": 4}},
            None,
        ),
        ({"field": "rd_ratio", "gte": 1}, {"rd_expense": GROWN["employees"]}, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_one_value_stands_for_those_of_all_years(written: Any, facts: Any, value: Any) -> None:
    assert _shown(_in_years("every", written), facts).value == value


@pytest.mark.parametrize(("kind", "word"), [("every", "每年"), ("some", "至少一年")])
def test_a_condition_over_years_names_its_years_in_the_readers_language(kind: str, word: str) -> None:
    read = rule(_in_years(kind, STAFF))
    told = {
        lang: judge(read, known(), MEASURE, lang).conditions[0].text for lang in ("zh-Hans", "zh-Hant", "en")
    }
    assert told["zh-Hans"] == f"近3个年度{word}：职工人数不低于10人"
    assert told["zh-Hant"].endswith("職工人數不低於10人")
    assert told["en"].endswith("mployees at least 10 people")


def test_conditions_are_told_in_the_language_that_is_asked_for_and_else_in_simplified_chinese() -> None:
    read = rule(STAFF)
    assert judge(read, known(), MEASURE).conditions[0].text == "上一年度职工人数不低于10人"
    english = judge(read, known(), MEASURE, "en").conditions[0].text
    assert english == "Employees in the last full year at least 10 people"


@pytest.mark.parametrize(("answer", "verdict"), [(True, "met"), (False, "not_met"), (None, "unknown")])
def test_an_attestation_shows_its_answer_its_key_and_its_place(answer: bool | None, verdict: str) -> None:
    written = {**SAID, "place": {"page": 3}}
    condition = _shown(written, {}, {} if answer is None else {"p": answer})
    assert (condition.value, condition.verdict, condition.attest) == (answer, verdict, "p")
    assert (condition.text, condition.place, condition.path) == ("属于重点领域", {"page": 3}, "")
    assert (condition.origin, condition.missing, condition.distance) == (None, (), None)


def test_a_condition_over_facts_has_no_key_of_an_attestation() -> None:
    condition = _shown({**STAFF, "place": {"page": 3}}, {"employees": 4})
    assert (condition.attest, condition.distance, condition.place) == (None, 6, {"page": 3})
    assert _shown(STAFF, {"employees": 14}).distance is None


def test_answers_count_for_their_own_measure_alone() -> None:
    read, profile = rule(SAID), known({}, {"p": True})
    assert (judge(read, profile, MEASURE).part, part_of(read, profile, MEASURE)) == ("certain", "certain")
    other = "cn-2026-other"
    assert (judge(read, profile, other).part, part_of(read, profile, other)) == ("checkable", "checkable")


REGISTERED = {"value": 5, "source": "registry", "as_of": "2026-10-01"}
ORIGIN = {"source": "registry", "as_of": "2026-10-01"}


def test_a_formula_over_one_fact_has_the_source_of_that_fact() -> None:
    twice = {"value": {"add": [{"field": "revenue"}, {"field": "revenue"}]}, "gte": 1}
    assert _shown(twice, {"revenue": REGISTERED}).origin == ORIGIN
    both = {"value": {"add": [{"field": "revenue"}, {"field": "tax_paid"}]}, "gte": 1}
    assert _shown(both, {"revenue": REGISTERED, "tax_paid": REGISTERED}).origin is None


def test_a_formula_of_which_no_fact_is_known_shows_nothing() -> None:
    both = {"value": {"add": [{"field": "revenue"}, {"field": "tax_paid"}]}, "gte": 1}
    assert (_shown(both).value, _shown(both).origin) == (None, None)
    assert _shown(both, {"revenue": 5}).value == {"min": 5, "max": None}
    assert _shown({"value": {"add": [1, Decimal("0.5")]}, "gte": 1}).value == Decimal("1.5")


def test_a_fact_of_a_year_shows_the_value_of_that_year() -> None:
    assert _shown({**STAFF, "year": -2}, GROWN).value == 7


def test_what_can_be_learned_of_a_leaf_is_behind_its_number_and_its_bounds() -> None:
    leaf = rule({"value": {"field": "profit"}, "gte": {"mul": [2, {"field": "revenue"}]}}).root
    assert isinstance(leaf, Leaf)
    assert to_learn(leaf, known()) == ("revenue", "profit")
    assert to_learn(leaf, known({"revenue": 5})) == ("profit",)
    assert to_learn(leaf, known({"revenue": 5, "profit": {"min": 3}})) == ("profit",)
    assert to_learn(leaf, known({"revenue": 5, "profit": 3})) == ()


def test_missing_facts_are_told_for_what_is_undecided_alone() -> None:
    either = {"any": [SAID, STAFF]}
    assert (judged(either).part, judged(either).missing) == ("checkable", ())
    assert judged(either, {}, {"p": False}).missing == ("employees",)
    assert judged(either).attests == (("p", "属于重点领域"),)


def test_an_attestation_is_asked_for_in_the_words_of_its_first_place() -> None:
    other = {"attest": "p", "text": "另一种说法"}
    assert judged({"all": [SAID, {"attest": "q", "text": "其他"}, other]}).attests == (
        ("p", "属于重点领域"),
        ("q", "其他"),
    )
