"""Verdicts with reasons: Kleene's logic, the four parts, and exactly what is still worth learning.

The oracle here works on the rule as written and tries every way the open leaves could turn out.
"""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policies.eligibility import Judgement
from tests.policies.rule_cases import (
    attests,
    for_years,
    judged,
    leaves,
    less_known,
    rules,
    rules_over,
    whole_answers,
    whole_facts,
)

Verdict = bool | None
WORDS = {"met": True, "not_met": False, "unknown": None}
by_condition = rules_over(for_years(leaves))  # where the verdict of for_years is that of its condition
STAFF = {"field": "employees", "gte": 10}
INCOME = {"field": "revenue", "gte": 1_000_000}
SAID = {"attest": "p", "text": "属于重点领域"}


def kleene(node: Any, at: str, verdicts: dict[str, Verdict]) -> Verdict:
    """The verdict of a written node from those of its leaves, by path."""
    if "not" in node:
        inner = kleene(node["not"], f"{at}/not", verdicts)
        return None if inner is None else not inner
    if "points" in node or "tiers" in node:
        return weighed(node, at, verdicts)
    key = next((key for key in ("all", "any", "of") if key in node), None)
    if key is None:
        return verdicts[at if "for_years" not in node else f"{at}/{'every' if 'every' in node else 'some'}"]
    below = [kleene(child, f"{at}/{key}/{i}", verdicts) for i, child in enumerate(node[key])]
    needed = {"all": len(below), "any": 1}.get(key, node.get("at_least"))
    if below.count(True) >= needed:
        return True
    return False if below.count(True) + below.count(None) < needed else None


def weighed(node: Any, at: str, verdicts: dict[str, Verdict]) -> Verdict:
    """Points and tiers: by every way in which what is unknown could turn out."""
    form = "points" if "points" in node else "tiers"
    keys = ("when",) if form == "points" else ("when", "then")
    below = [
        kleene(entry[key], f"{at}/{form}/{i}/{key}", verdicts)
        for i, entry in enumerate(node[form])
        for key in keys
    ]
    found = set()
    for ways in product((True, False), repeat=below.count(None)):
        way = iter(ways)
        settled = [next(way) if one is None else one for one in below]
        if form == "points":
            got = sum(one["points"] for one, met in zip(node[form], settled, strict=True) if met)
            found.add(got >= node["gte"])
        else:
            pairs = zip(settled[::2], settled[1::2], strict=True)
            found.add(next((then for when, then in pairs if when), False))
    return found.pop() if len(found) == 1 else None


def open_paths(written: Any, judgement: Judgement) -> set[str]:
    """Paths of unknown conditions of which some way of the others lets them turn the verdict."""
    verdicts = {c.path: WORDS[c.verdict] for c in judgement.conditions}
    unknown = [path for path, verdict in verdicts.items() if verdict is None]
    assume(len(unknown) <= 7)
    found = set()
    for ways in product((True, False), repeat=len(unknown)):
        guess = {**verdicts, **dict(zip(unknown, ways, strict=True))}
        for path in unknown:
            turned = {**guess, path: not guess[path]}
            if kleene(written, "", guess) != kleene(written, "", turned):
                found.add(path)
    return found


@given(by_condition, whole_facts, whole_answers)
def test_the_verdict_is_kleenes_over_the_leaves(written: Any, facts: Any, answers: Any) -> None:
    judgement = judged(written, facts, answers)
    verdicts = {c.path: WORDS[c.verdict] for c in judgement.conditions}
    words = {True: "eligible", False: "ineligible", None: "unknown"}
    assert judgement.verdict == words[kleene(written, "", verdicts)]


@settings(max_examples=150)
@given(rules, whole_facts, whole_answers, st.data())
def test_learning_never_turns_a_decided_verdict(written: Any, facts: Any, answers: Any, data: Any) -> None:
    before = judged(written, *data.draw(less_known(facts, answers)))
    after = judged(written, facts, answers)
    if before.verdict != "unknown":
        assert after.verdict == before.verdict
    for early, late in zip(before.conditions, after.conditions, strict=True):
        assert early.verdict in ("unknown", late.verdict)


@given(by_condition, whole_facts, whole_answers)
def test_missing_names_exactly_what_can_still_turn_the_verdict(
    written: Any, facts: Any, answers: Any
) -> None:
    judgement = judged(written, facts, answers)
    still_open = open_paths(written, judgement)
    conditions = [c for c in judgement.conditions if c.path in still_open]
    keys = {c.attest for c in conditions if c.attest}
    names = {name for c in conditions for name in c.missing}
    assert {key for key, _ in judgement.attests} == keys
    assert set(judgement.missing) == (names if judgement.part == "undecided" else set())


@given(by_condition, whole_facts, whole_answers)
def test_checkable_is_what_favourable_attestations_alone_would_decide(
    written: Any, facts: Any, answers: Any
) -> None:
    judgement = judged(written, facts, answers)
    favourable = {c.path: WORDS[c.verdict] for c in judgement.conditions}
    for condition in judgement.conditions:
        if condition.attest and condition.verdict == "unknown":
            turns = condition.path.split("/").count("not")
            favourable[condition.path] = turns % 2 == 0
    would_be = kleene(written, "", favourable)
    assert (judgement.part == "checkable") == (judgement.verdict == "unknown" and would_be is True)


@given(st.lists(rules, min_size=1, max_size=4), whole_facts, st.randoms())
def test_the_order_inside_all_does_not_matter(nodes: Any, facts: Any, random: Any) -> None:
    shuffled = random.sample(nodes, len(nodes))
    one, other = judged({"all": nodes}, facts), judged({"all": shuffled}, facts)
    assert (one.verdict, one.part, one.missing) == (other.verdict, other.part, other.missing)


@given(rules, whole_facts, whole_answers)
def test_not_not_changes_no_verdict_and_no_part(written: Any, facts: Any, answers: Any) -> None:
    one = judged(written, facts, answers)
    other = judged({"not": {"not": written}}, facts, answers)
    assert (one.verdict, one.part, one.missing) == (other.verdict, other.part, other.missing)
    assert [c.path for c in other.conditions] == [f"/not/not{c.path}" for c in one.conditions]


@given(st.one_of(leaves, attests), whole_facts)
def test_a_single_condition_stands_at_the_root(written: Any, facts: Any) -> None:
    (condition,) = judged(written, facts).conditions
    assert condition.path == ""
    assert condition.missing == () or condition.verdict == "unknown"


@pytest.mark.parametrize(
    ("written", "answers", "part"),
    [
        ({"all": []}, {}, "certain"),
        (STAFF, {}, "undecided"),
        (SAID, {}, "checkable"),
        (SAID, {"p": True}, "certain"),
        (SAID, {"p": False}, "excluded"),
        ({"not": SAID}, {}, "checkable"),
        ({"not": SAID}, {"p": True}, "excluded"),
        ({"any": [SAID, STAFF]}, {}, "checkable"),
        ({"all": [SAID, STAFF]}, {}, "undecided"),
        ({"all": [SAID, {"not": {"all": []}}]}, {}, "excluded"),
        ({"at_least": 2, "of": [SAID, STAFF, {"all": []}]}, {}, "checkable"),
        ({"points": [{"when": SAID, "points": 3}, {"when": STAFF, "points": 2}], "gte": 3}, {}, "checkable"),
        ({"points": [{"when": SAID, "points": 3}, {"when": STAFF, "points": 2}], "gte": 4}, {}, "undecided"),
        ({"points": [{"when": SAID, "points": -1}], "gte": 0}, {}, "undecided"),
        ({"not": {"points": [{"when": SAID, "points": -1}], "gte": 0}}, {}, "undecided"),
        ({"points": [{"when": STAFF, "points": -1}], "gte": -1}, {}, "certain"),
        ({"points": [{"when": STAFF, "points": -1}], "gte": 1}, {}, "excluded"),
        ({"tiers": [{"when": SAID, "then": {"all": []}}]}, {}, "checkable"),
        ({"tiers": [{"when": {"not": SAID}, "then": {"all": []}}]}, {}, "checkable"),
        ({"tiers": [{"when": STAFF, "then": SAID}]}, {}, "undecided"),
        ({"tiers": [{"when": STAFF, "then": SAID}, {"when": {"all": []}, "then": SAID}]}, {}, "checkable"),
        ({"tiers": [{"when": {"not": {"all": []}}, "then": {"all": []}}]}, {}, "excluded"),
        (
            {"tiers": [{"when": STAFF, "then": {"all": []}}, {"when": {"all": []}, "then": {"all": []}}]},
            {},
            "certain",
        ),
        (
            {"tiers": [{"when": {"all": []}, "then": {"all": []}}, {"when": {"all": []}, "then": STAFF}]},
            {},
            "certain",
        ),
        ({"for_years": [-2, -1], "every": SAID}, {}, "checkable"),
    ],
)
def test_parts_follow_from_open_attestations_and_facts(written: Any, answers: Any, part: str) -> None:
    assert judged(written, {}, answers).part == part


def test_conditions_stand_in_written_order_with_their_pointer() -> None:
    written = {"at_least": 1, "of": [STAFF, {"not": {"any": [INCOME, SAID]}}]}
    paths = [c.path for c in judged(written).conditions]
    assert paths == ["/of/0", "/of/1/not/any/0", "/of/1/not/any/1"]


def test_not_turns_the_rule_but_not_the_words_of_the_leaf() -> None:
    judgement = judged({"not": STAFF}, {"employees": 18})
    assert (judgement.verdict, judgement.conditions[0].verdict) == ("ineligible", "met")


def test_missing_follows_the_registry_and_leaves_out_what_no_longer_matters() -> None:
    written = {"all": [{"any": [STAFF, {"all": []}]}, INCOME, {"field": "region", "within": ["330100"]}]}
    judgement = judged(written)
    assert judgement.missing == ("region", "revenue")
    assert judgement.conditions[0].missing == ("employees",)


def test_nothing_is_missing_once_the_verdict_is_decided() -> None:
    judgement = judged({"all": [STAFF, SAID, {"field": "in_operation", "is": True}]}, {"in_operation": False})
    assert (judgement.verdict, judgement.missing, judgement.attests) == ("ineligible", (), ())


def test_a_derived_fact_is_never_missing_what_it_is_made_of_is() -> None:
    ratio = {"field": "rd_ratio", "gte": 1}
    assert judged(ratio, {"rd_expense": 5}).missing == ("revenue",)


def test_nothing_can_be_learned_of_a_division_by_a_known_zero() -> None:
    ratio = {"value": {"div": [1, {"field": "revenue"}]}, "gte": 1}
    judgement = judged(ratio, {"revenue": 0})
    assert (judgement.part, judgement.missing) == ("undecided", ())


def test_an_attestation_asked_twice_is_named_once() -> None:
    judgement = judged({"all": [SAID, {"any": [SAID, STAFF]}]})
    assert judgement.attests == (("p", "属于重点领域"),)


def test_a_condition_shows_its_value_its_source_and_its_place() -> None:
    written = {**STAFF, "place": {"article": "第三条"}, "text": "人数不少于十人"}
    facts = {"employees": {"value": 18, "source": "registry", "as_of": "2026-10-01"}}
    (condition,) = judged(written, facts).conditions
    assert (condition.value, condition.place, condition.text) == (18, {"article": "第三条"}, "人数不少于十人")
    assert condition.origin == {"source": "registry", "as_of": "2026-10-01"}


def test_the_value_of_a_formula_is_its_interval_rounded_for_showing() -> None:
    share = {"value": {"div": [{"field": "rd_expense"}, {"field": "revenue"}]}, "gte": 1}
    exact = judged(share, {"rd_expense": 1, "revenue": 3}).conditions[0]
    band = judged(share, {"rd_expense": {"min": 1, "max": 2}, "revenue": 4}).conditions[0]
    assert exact.value == Decimal("0.333333")
    assert band.value == {"min": Decimal("0.25"), "max": Decimal("0.5")}
    assert judged(share).conditions[0].value is None


def test_an_answer_is_the_value_of_its_condition() -> None:
    (condition,) = judged(SAID, {}, {"p": False}).conditions
    assert (condition.value, condition.verdict, condition.attest) == (False, "not_met", "p")


RATIO = {"field": "rd_ratio", "gte": Decimal("0.05")}
GROWING = {"for_years": [-3, -1], "every": RATIO}
SPENT = {"rd_expense": {"2023": 5, "2024": 6, "2025": 9}, "revenue": {"2023": 100, "2024": 100, "2025": 100}}


def test_every_year_of_a_range_is_judged_and_told_as_one_condition() -> None:
    judgement = judged(GROWING, SPENT)
    (condition,) = judgement.conditions
    assert (judgement.verdict, condition.path, condition.verdict) == ("eligible", "/every", "met")
    assert condition.value == {"min": Decimal("0.05"), "max": Decimal("0.09")}
    assert condition.text == "近3个年度每年：研发费用占营业收入的比例不低于5%"


def test_one_year_that_is_not_met_or_unknown_counts_in_every_and_not_in_some() -> None:
    lately = {"rd_expense": {"2025": 9}, "revenue": {"2025": 100}}
    assert judged(GROWING, lately).missing == ("revenue", "rd_expense")
    assert judged({"for_years": [-3, -1], "some": RATIO}, lately).verdict == "eligible"
    assert judged(GROWING, {**SPENT, "rd_expense": {"2023": 4, "2024": 6}}).verdict == "ineligible"


def test_several_conditions_are_asked_for_in_one_and_the_same_year() -> None:
    both = {"all": [{"field": "revenue", "gte": 10}, {"field": "employees", "gte": 10}]}
    facts = {"revenue": {"2024": 10, "2025": 0}, "employees": {"2024": 0, "2025": 10}}
    judgement = judged({"for_years": [-2, -1], "some": both}, facts)
    assert (judgement.verdict, [c.verdict for c in judgement.conditions]) == ("ineligible", ["met", "met"])


def test_numbers_in_for_years_take_their_facts_from_the_same_year() -> None:
    share = {"div": [{"field": "rd_expense"}, {"field": "revenue"}]}
    every = {"for_years": [-3, -1], "every": {"value": share, "gte": Decimal("0.05")}}
    assert judged(every, SPENT).verdict == "eligible"
    assert judged({**every, "every": {"value": share, "gt": Decimal("0.05")}}, SPENT).verdict == "ineligible"


def test_points_that_cannot_turn_the_sum_are_not_missing() -> None:
    entries = [{"when": STAFF, "points": 1}, {"when": INCOME, "points": 3}]
    assert judged({"points": entries, "gte": 3}).missing == ("revenue",)


def test_what_stands_behind_the_tier_that_decides_is_not_missing() -> None:
    tiers = [{"when": {"all": []}, "then": STAFF}, {"when": INCOME, "then": INCOME}]
    assert judged({"tiers": tiers}).missing == ("employees",)
