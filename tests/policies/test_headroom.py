"""Claims about how near what speaks for a measure is to failing."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.facts import china
from policies.headroom import Headroom
from policies.mask import RuleBook
from tests.policies.rule_cases import MEASURE, known, rule, rules, whole_answers, whole_facts


def headroom(facts: Any, *written: object, as_of: date = date(2026, 11, 24)) -> list[float]:
    book = RuleBook([(f"{MEASURE}{n}", rule(one)) for n, one in enumerate(written)])
    return Headroom(book.layout, china()).of(book.mark(known(facts, as_of=as_of))).tolist()


def staff(**bound: Any) -> dict[str, Any]:
    return {"field": "employees", **bound}


@pytest.mark.parametrize(
    ("written", "room"),
    [
        (staff(gte=20), 0.0),
        (staff(gte=5), 0.75),
        (staff(lte=40), 0.5),
        (staff(between=[10, 25]), 0.2),
        ({"all": [staff(gte=5), staff(lte=40)]}, 0.5),
        ({"not": staff(gte=40)}, 0.5),
        ({"any": [staff(gte=5), staff(gte=1000)]}, 0.75),
    ],
)
def test_the_smallest_relative_distance_of_what_is_met_is_told(written: Any, room: float) -> None:
    assert headroom({"employees": 20}, written) == [pytest.approx(room)]


@pytest.mark.parametrize(
    "written",
    [
        {"all": []},
        staff(gte=21),
        staff(gte={"field": "patents_invention"}),
        {"field": "revenue", "gte": 5},
        {"field": "size", "in": ["micro", "small"]},
        {"field": "staff_disabled", "lte": 3},
    ],
)
def test_what_is_not_met_unknown_no_number_or_about_people_has_none(written: Any) -> None:
    facts = {"employees": 20, "patents_invention": 1, "staff_disabled": 1}
    assert np.isnan(headroom(facts, written)).all()


def test_a_band_counts_from_its_nearest_end() -> None:
    assert headroom({"employees": {"min": 10, "max": 20}}, staff(gte=5), staff(lte=40)) == [0.5, 0.5]


def test_a_date_a_year_from_its_edge_has_half_of_the_headroom() -> None:
    within = {"field": "registered_on", "within_last": {"days": 730}}
    assert headroom({"registered_on": "2025-11-24"}, within) == [pytest.approx(0.5)]
    assert headroom({"registered_on": "2024-11-24"}, within)[0] == pytest.approx(0, abs=0.01)


def test_each_day_has_its_own_edges() -> None:
    within = {"field": "registered_on", "within_last": {"days": 730}}
    book = RuleBook([(MEASURE, rule(within))])
    room = Headroom(book.layout, china())
    days = [date(2026, 11, 24), date(2026, 5, 24), date(2026, 11, 24)]
    told = [room.of(book.mark(known({"registered_on": "2025-11-24"}, as_of=day)))[0] for day in days]
    assert told[0] == told[2] > told[1]


@given(st.lists(rules, min_size=1, max_size=5), whole_facts, whole_answers)
def test_a_rule_has_the_same_headroom_alone_as_in_a_book(written: Any, facts: Any, answers: Any) -> None:
    named = [(f"{MEASURE}{n}" if n else MEASURE, rule(one)) for n, one in enumerate(written)]
    profile = known(facts, answers)

    def of(book: RuleBook) -> Any:
        return Headroom(book.layout, china()).of(book.mark(profile))

    together = of(RuleBook(named))
    np.testing.assert_array_equal(together, np.concatenate([of(RuleBook([one])) for one in named]))
    assert (np.isnan(together) | ((together >= 0) & (together <= 1))).all()
