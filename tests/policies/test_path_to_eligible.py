"""The fewest steps to eligible: taken they are enough, no fewer of them are, and none is bad advice.

Steps are taken by writing their targets into the profile, as an enterprise would.
"""

from datetime import date
from decimal import Decimal
from itertools import combinations
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings

from policies.eligibility import judge
from policies.facts import LANGUAGES
from policies.nodes import judged_leaves_of
from policies.path_to_eligible import Path, path_to_eligible
from policies.steps import Step
from tests.policies.rule_cases import MEASURE, TODAY, known, rule, rules, whole_answers, whole_facts

FACTS: dict[str, Any] = {
    "region": "330106",
    "industry": "I6513",
    "registered_on": "2024-03-01",
    "legal_form": "company",
    "employees": {"2025": 18},
    "revenue": {"2024": 5_200_000, "2025": 6_800_000},
    "rd_expense": {"2025": 100_000},
    "patents_invention": 2,
    "credit_dishonest": True,
    "qualifications": ["tech_sme"],
}


def path(written: Any, facts: Any = None, answers: Any = None, lang: str = "en") -> Path:
    return path_to_eligible(rule(written), known(FACTS if facts is None else facts, answers), MEASURE, lang)


def only(written: Any, facts: Any = None, answers: Any = None) -> Step:
    steps = path(written, facts, answers).steps
    assert steps is not None
    (step,) = steps
    return step


def comes_by_itself(step: Step) -> bool:
    """Whether nothing is to be done but to wait: no figures of a year that is not over."""
    own = step.do == "wait" and step.on is not None and step.target is not None
    return own and (step.year or 0) < TODAY.year


def day_of(steps: Any) -> date:
    """The day on which all that is told is so."""
    return max((step.on for step in steps if step.on is not None), default=TODAY)


def taken(steps: Any, facts: dict[str, Any], answers: dict[str, bool]) -> tuple[Any, Any]:
    """Facts and answers once the steps are taken."""
    facts, answers = dict(facts), dict(answers)
    for step in steps:
        if comes_by_itself(step):
            continue
        if step.attest is not None:
            answers[step.attest] = step.target
        elif step.year is not None:
            facts[step.fact] = {**facts.get(step.fact, {}), str(step.year): step.target}
        elif step.fact in ("qualifications", "zones"):
            facts[step.fact] = _with_titles(facts.get(step.fact, []), step.target)
        else:
            facts[step.fact] = step.target[0] if isinstance(step.target, list) else step.target
    return facts, answers


def _with_titles(given: Any, target: dict[str, list[str]]) -> dict[str, Any]:
    before = {"held": given} if isinstance(given, list) else given
    held = {*before.get("held", []), *target.get("held", [])} - {*target.get("not_held", [])}
    not_held = {*before.get("not_held", []), *target.get("not_held", [])} - held
    return {"held": sorted(held), "not_held": sorted(not_held), "complete": before.get("complete", False)}


def verdict(written: Any, facts: Any, answers: Any, day: date = TODAY) -> str:
    return judge(rule(written), known(facts, answers).on(day), MEASURE).verdict


def _small(written: Any) -> bool:
    return len(list(judged_leaves_of(rule(written).root))) <= 12


@settings(deadline=None, max_examples=60)
@given(rules.filter(_small), whole_facts, whole_answers)
def test_steps_taken_are_enough_and_no_fewer_are(written: Any, facts: Any, answers: Any) -> None:
    steps = path(written, facts, answers).steps
    if steps is None or any(step.target is None for step in steps):
        assert steps != ()
        return
    day, done = day_of(steps), [step for step in steps if not comes_by_itself(step)]
    assert verdict(written, *taken(done, facts, answers), day) == "eligible"
    for size in range(min(len(done), 5)):
        for some in combinations(done, size):
            assert verdict(written, *taken(some, facts, answers), day) != "eligible"


@settings(deadline=None, max_examples=40)
@given(rules.filter(_small), whole_facts, whole_answers)
def test_nothing_unchangeable_is_advice(written: Any, facts: Any, answers: Any) -> None:
    seen = known(facts, answers)
    for step in path_to_eligible(rule(written), seen, MEASURE).steps or ():
        if step.do != "change":
            assert step.do in ("learn", "confirm", "wait", "move")
        elif step.fact is not None:
            assert seen.registry.facts[step.fact].change == "free"
            assert step.year is None or step.year >= TODAY.year


@settings(deadline=None, max_examples=60)
@given(rules.filter(_small), whole_facts, whole_answers)
def test_where_nothing_is_known_and_no_way_is_found_nobody_is_eligible(
    written: Any, facts: Any, answers: Any
) -> None:
    if path(written, {}).steps is None:
        assert verdict(written, facts, answers) != "eligible"


OLD, MORE = {"max": "2023-11-24"}, {"min": 6_000_000}
FIELD_STEPS: list[tuple[Any, str, Any, Any, date | None]] = [
    ({"field": "patents_invention", "gte": 5}, "change", {"min": 5}, 3, None),
    ({"field": "patents_invention", "lt": 1}, "change", {"max": 0}, 2, None),
    ({"field": "software_copyrights", "gte": 5}, "learn", {"min": 5}, None, None),
    ({"field": "employees", "gte": 50}, "wait", {"min": 50}, 32, date(2027, 1, 1)),
    ({"field": "revenue", "year": -2, "gte": 6_000_000}, "wait", MORE, None, date(2027, 1, 1)),
    ({"field": "age_months", "gte": 36}, "wait", OLD, 97, date(2027, 3, 1)),
    ({"field": "registered_on", "at_least_ago": {"years": 3}}, "wait", OLD, 97, date(2027, 3, 1)),
    ({"field": "credit_dishonest", "is": False}, "wait", False, None, None),
    ({"field": "region", "within": ["110000"]}, "move", "110000", None, None),
    ({"field": "legal_form", "in": ["partnership"]}, "move", "partnership", None, None),
    ({"field": "qualifications", "has_any": ["high_tech"]}, "learn", {"held": ["high_tech"]}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("written", "do", "target", "distance", "on"), FIELD_STEPS)
def test_each_kind_of_fact_has_its_kind_of_step(
    written: Any, do: str, target: Any, distance: Any, on: date | None
) -> None:
    step = only(written)
    assert (step.do, step.target, step.distance, step.on) == (do, target, distance, on)


@pytest.mark.parametrize(
    "written",
    [
        {"field": "registered_on", "after": "2025-01-01"},
        {"field": "registered_on", "before": "2020-01-01"},
        {"field": "age_months", "lte": 12},
        {"field": "registered_on", "within_last": {"years": 1}},
        {"not": {"field": "qualifications", "has_any": ["tech_sme"]}},
        {"not": {"all": []}},
    ],
)
def test_what_only_gets_worse_has_no_way(written: Any) -> None:
    assert path(written).steps is None


def test_where_there_is_no_way_the_conditions_that_block_are_named() -> None:
    late = {"field": "registered_on", "after": "2025-01-01"}
    found = path({"all": [{"field": "patents_invention", "gte": 5}, late]})
    assert (found.steps, found.blocked_by) == (None, ("/all/1",))


def test_who_is_eligible_has_no_steps() -> None:
    assert path({"field": "employees", "gte": 10}).steps == ()


def test_a_title_that_runs_out_is_waited_for() -> None:
    titles = {"qualifications": [{"code": "high_tech", "until": "2027-06-30"}]}
    step = only({"field": "qualifications", "has_none": ["high_tech"]}, titles)
    assert (step.do, step.on) == ("wait", date(2027, 7, 1))


def test_attestations_are_confirmed_or_must_become_so() -> None:
    attest = {"attest": "p", "text": "in the key list"}
    assert (only(attest).do, only(attest).target) == ("confirm", True)
    assert (only({"not": attest}).do, only({"not": attest}).target) == ("confirm", False)
    assert only(attest, answers={"p": False}).do == "change"


def test_the_fewest_steps_come_first_and_of_as_many_the_easiest() -> None:
    region, patents = {"field": "region", "within": ["110000"]}, {"field": "patents_invention", "gte": 9}
    copyrights = {"field": "software_copyrights", "gte": 1}
    assert only({"any": [region, patents, {"all": [copyrights, patents]}]}).fact == "patents_invention"
    assert only({"any": [{"all": [copyrights, patents]}, region]}).fact == "region"


def test_one_change_that_meets_two_conditions_is_one_step() -> None:
    step = only({"all": [{"field": "patents_invention", "gte": n} for n in (3, 9)]})
    assert step.target == {"min": 9}


def test_what_is_met_stays_met() -> None:
    few = {"field": "patents_invention", "lte": 5}
    assert only({"all": [few, {"field": "patents_invention", "gte": 4}]}).target == {"min": 4, "max": 5}
    assert path({"all": [few, {"field": "patents_invention", "gte": 6}]}).steps is None


def test_points_take_as_few_entries_as_reach_the_bound() -> None:
    whens = [{"when": {"field": "patents_invention", "gte": n}, "points": 10} for n in (1, 5, 20)]
    assert only({"points": whens, "gte": 20}).target == {"min": 5}
    other = {"when": {"field": "software_copyrights", "gte": 1}, "points": 30}
    assert only({"points": [*whens, other], "gte": 40}).fact == "software_copyrights"


def test_tiers_are_tried_each_way() -> None:
    big: Any = {"field": "employees", "gte": 10}
    small: Any = {"all": []}
    tiers = [
        {"when": big, "then": {"field": "patents_invention", "gte": 9}},
        {"when": small, "then": {"field": "region", "within": ["110000"]}},
    ]
    assert only({"tiers": tiers}).target == {"min": 9}


def test_the_size_asks_for_one_figure_or_to_be_known() -> None:
    large = {**FACTS, "employees": {"2025": 500}, "revenue": {"2025": 200_000_000}}
    step = only({"field": "size", "in": ["micro", "small", "medium"]}, large)
    assert (step.fact, step.target) == ("employees", {"max": 299}) or step.fact == "revenue"
    unknown = only({"field": "size", "is": "small"}, {"employees": 18})
    assert (unknown.do, unknown.target) == ("learn", None)
    assert {"industry", "revenue"} <= set(unknown.facts)


def test_a_bound_beside_a_round_number_is_told_by_the_number() -> None:
    step = only({"not": {"field": "registered_capital", "gte": 1_000_000}})
    assert step.target == {"max": Decimal("999999.99")}
    assert step.text.endswith("Registered capital below 1,000,000 yuan")


def test_a_ratio_of_a_year_to_come_is_told_as_the_ratio_as_neither_of_its_figures_is_known() -> None:
    step = only({"field": "rd_ratio", "gte": Decimal("0.1")})
    assert (step.do, step.target, step.on) == ("wait", None, date(2027, 1, 1))
    assert step.facts == ("revenue", "rd_expense")
    assert step.text.endswith("at least 10%")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("written", [case[0] for case in FIELD_STEPS])
def test_every_step_has_its_sentence(written: Any, lang: str) -> None:
    (step,) = path(written, lang=lang).steps or ()
    assert step.text
    assert "{" not in step.text


def test_numbers_of_which_several_must_become_others_are_one_step() -> None:
    both = {"value": {"add": [{"field": "patents_invention"}, {"field": "software_copyrights"}]}}
    step = only({**both, "lt": 3}, {"patents_invention": 3})
    assert (step.do, step.target) == ("change", None)
    assert step.facts == ("patents_invention", "software_copyrights")
    ratio = only({"field": "rd_ratio", "gte": Decimal("0.1")}, {"revenue": 0})
    assert (ratio.do, ratio.facts, ratio.on) == ("wait", ("revenue", "rd_expense"), date(2027, 1, 1))


def test_what_stands_below_a_line_of_division_has_its_bound() -> None:
    ratio = {"field": "rd_ratio", "gte": Decimal("0.1")}
    step = only(ratio, {"rd_expense": 50})
    assert (step.do, step.fact, step.target) == ("learn", "revenue", {"min": Decimal("0.01"), "max": 500})
    assert only({"not": ratio}, {"rd_expense": 50}).target == {"min": Decimal("500.01")}
    micro = {"field": "size", "is": "micro"}
    assert only({"all": [micro, ratio]}, {"rd_expense": 50, "industry": "I6513"}).fact == "revenue"


def test_what_is_so_may_be_left_where_another_condition_needs_it() -> None:
    neither = {"not": {"any": [{"field": "size", "is": "micro"}, {"field": "size", "is": "small"}]}}
    steps = path(neither, {"employees": 0, "industry": "I6513"}).steps or ()
    assert [(step.fact, step.target["min"]) for step in steps] == [
        ("employees", 100),
        ("revenue", 10_000_000),
    ]


def test_a_quotient_whose_number_another_condition_changes_is_asked_for_as_a_whole() -> None:
    both = [{"field": "rd_ratio", "gte": Decimal("0.1")}, {"field": "revenue", "gte": 1_000_000}]
    steps = path({"all": both}, {"revenue": 100}).steps or ()
    assert [(step.do, step.path, step.target) for step in steps] == [
        ("wait", "/all/0", None),
        ("wait", "/all/1", {"min": 1_000_000}),
    ]


def test_one_of_two_numbers_is_enough_where_the_other_can_only_add() -> None:
    both = {"value": {"add": [{"field": "patents_invention"}, {"field": "software_copyrights"}]}}
    assert only({"all": [{**both, "gte": 3}, {**both, "gt": 0}]}, {}).target == {"min": 3}


def test_a_size_that_is_asked_for_twice_is_to_be_known_once() -> None:
    small, micro = {"field": "size", "in": ["micro", "small"]}, {"field": "size", "is": "micro"}
    assert only({"all": [small, micro]}, {"employees": 5}).path == "/all/1"
    assert path({"all": [micro, {"not": small}]}, {"employees": 5}).steps is None


def test_numbers_that_can_never_be_so_have_no_way() -> None:
    both = {"value": {"add": [{"field": "patents_invention"}, {"field": "software_copyrights"}]}}
    assert path({**both, "lt": 0}, {"patents_invention": 3}).steps is None
    assert path({"field": "employees", "lt": 0}).steps is None


def test_what_must_not_be_so_is_asked_for_as_not_so() -> None:
    size = {"field": "size", "is": "small"}
    step = only({"not": size}, {"employees": 18})
    assert (step.do, step.path, step.target) == ("learn", "/not", None)
    told = only(size, {"employees": 18}).text.removeprefix("To be known, and needed: ")
    assert step.text.startswith("To be known, and needed: Not the following:")
    assert told in step.text


def test_a_long_rule_is_bounded() -> None:
    leaves = [{"field": "patents_invention", "gte": n} for n in range(1, 60)]
    whens = [{"when": leaf, "points": 1} for leaf in leaves]
    assert only({"all": [*leaves, {"points": whens, "gte": 50}]}).target == {"min": 59}


@pytest.mark.slow
def test_the_largest_rules_are_answered_in_time() -> None:
    attests = [{"attest": f"k{n}", "text": "x"} for n in range(900)]
    entries = [{"when": attest, "points": 1 + n % 7} for n, attest in enumerate(attests)]
    for written in (
        {"at_least": 450, "of": attests},
        {"all": attests},
        {"points": entries, "gte": 1_500},
        {"all": [{"at_least": 5, "of": attests[n : n + 10]} for n in range(0, 900, 10)]},
    ):
        began = perf_counter()
        assert path(written, {}).steps
        assert perf_counter() - began < 10
