"""One rule over many profiles at once says of each what it says of that profile alone.

How fast that is belongs to the benchmarks.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.columns import Audience, Columns, said_by
from policies.demo import demo_enterprises
from policies.documents import Measure, read_document
from policies.eligibility import PARTS, part_of
from policies.facts import china
from policies.given import Profile
from policies.known import Known
from policies.profiles import read_profile
from policies.yaml_reading import read_yaml
from tests.policies.rule_cases import MEASURE, TODAY, less_known, rule, rules, whole_answers, whole_facts

SIZE_EDGES = (0, 9, 10, 11, 99, 100, 101, 299, 300, 301, 999, 1000)
MONEY_EDGES = (0, 499_999, 500_000, 500_001, 3_000_000, 3_000_001, 20_000_000, 50_000_000, 50_000_001)


def profile_of(facts: Any, answers: Any = None) -> Profile:
    named = {f"{MEASURE}#{key}": value for key, value in (answers or {}).items()}
    return read_profile({"facts": facts, "answers": named}, china(), today=TODAY)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    return profile_of(*draw(less_known(draw(whole_facts), draw(whole_answers))))


def columns_of(firms: Mapping[str, Profile], **sizes: int) -> Columns:
    columns = Columns(china(), **sizes)
    for name, profile in firms.items():
        columns.put(name, said_by(profile), profile.answers)
    return columns


def parts_in(audience: Audience) -> dict[str, str]:
    return {name: part for part in PARTS for name in audience.names(part)}


def alone(written: object, firms: Mapping[str, Profile], day: date) -> dict[str, str]:
    one = rule(written)
    return {name: part_of(one, Known(firm, china(), day), MEASURE) for name, firm in firms.items()}


def told(columns: Columns, written: object, day: date = TODAY) -> dict[str, str]:
    return parts_in(columns.audience(rule(written), MEASURE, day))


many = st.lists(profiles(), max_size=6).map(lambda firms: {f"f{i}": firm for i, firm in enumerate(firms)})
sizes = st.sampled_from([{"size": 1, "most_apart": 0}, {"size": 2, "most_apart": 2}, {}])


@given(rules, many, sizes, st.sampled_from([0, 1, 40, 400]))
def test_each_profile_has_the_part_that_it_has_alone(
    written: Any, firms: dict[str, Profile], how: dict[str, int], days: int
) -> None:
    day = TODAY + timedelta(days)
    assert told(columns_of(firms, **how), written, day) == alone(written, firms, day)


@given(
    st.lists(rules, min_size=1, max_size=3), many, many, st.sets(st.sampled_from(["f0", "f2", "f3"])), sizes
)
def test_changed_and_dropped_profiles_are_as_if_they_had_come_so(
    written: list[Any],
    before: dict[str, Profile],
    after: dict[str, Profile],
    gone: set[str],
    how: dict[str, int],
) -> None:
    columns = columns_of(before, **how)
    for one in written:
        told(columns, one)
    for name in gone & columns.names():
        columns.drop(name)
    for name, profile in after.items():
        columns.put(name, said_by(profile), profile.answers)
    now = {**{name: firm for name, firm in before.items() if name not in gone}, **after}
    assert columns.names() == now.keys()
    for one in written:
        assert told(columns, one) == alone(one, now, TODAY)


def _edge(edges: tuple[int, ...]) -> st.SearchStrategy[Any]:
    number = st.sampled_from(edges)
    band = st.lists(number, min_size=2, max_size=2).map(lambda ends: {"min": min(ends), "max": max(ends)})
    return st.one_of(number, band, number.map(lambda n: {"min": n}), number.map(lambda n: {"max": n}))


_at_edges = st.fixed_dictionaries(
    {},
    optional={
        "industry": st.sampled_from(["I65", "C", "F51", "A", "E47", "S", "3911"]),
        "employees": _edge(SIZE_EDGES),
        "revenue": _edge(MONEY_EDGES),
        "total_assets": _edge(MONEY_EDGES),
        "taxable_income": _edge(MONEY_EDGES),
    },
)


@given(st.lists(_at_edges, min_size=1, max_size=8))
def test_derived_facts_change_only_at_the_numbers_that_they_name(facts: list[dict[str, Any]]) -> None:
    firms = {f"f{i}": profile_of(one) for i, one in enumerate(facts)}
    columns = columns_of(firms, size=1, most_apart=0)
    for size in ("micro", "small", "medium", "large"):
        in_class = {"field": "size", "is": size}
        assert told(columns, in_class) == alone(in_class, firms, TODAY)
    low = {"field": "small_low_profit", "is": True}
    assert told(columns, low) == alone(low, firms, TODAY)


@pytest.mark.parametrize("revenue", [10**15, 10**15 - 1])
def test_the_largest_amounts_are_told_apart(revenue: int) -> None:
    firms = {"a": profile_of({"revenue": {"2025": revenue}})}
    written = {"field": "revenue", "gte": 10**15}
    assert told(columns_of(firms, size=1, most_apart=0), written) == alone(written, firms, TODAY)


def test_a_share_of_many_places_is_no_other_share() -> None:
    shares = ("0.1", "0.10000000000000000001", "0.09999999999999999999")
    firms = {one: profile_of({"staff_laid_off_ratio": {"2025": Decimal(one)}}) for one in shares}
    written = {"field": "staff_laid_off_ratio", "lte": Decimal("0.1")}
    found = told(columns_of(firms, size=1, most_apart=0), written)
    assert found == {
        "0.1": "certain",
        "0.10000000000000000001": "excluded",
        "0.09999999999999999999": "certain",
    }


def test_one_profile_of_every_year_makes_no_arrays() -> None:
    years = {str(year): 1 for year in range(1949, 2099)}
    columns = columns_of({"a": profile_of({"revenue": years, "employees": years})})
    assert columns.arrays == 0


@cache
def catalogue() -> tuple[Measure, ...]:
    folder = Path(str(files("policies").joinpath("catalogue")))
    paths = (path for path in sorted(folder.glob("*.yaml")) if ".cases." not in path.name)
    documents = (read_document(read_yaml(path.read_bytes()).value, china()) for path in paths)
    return tuple(measure for document in documents for measure in document.measures)


@pytest.mark.parametrize("most_apart", [0, 10_000])
def test_every_measure_of_the_catalogue_has_the_demo_enterprises_where_they_are(most_apart: int) -> None:
    plain = {one["id"]: {key: one[key] for key in one if key != "id"} for one in demo_enterprises(china())}
    firms = {name: read_profile(one, china(), today=TODAY) for name, one in plain.items()}
    columns = columns_of(firms, most_apart=most_apart)
    known = {name: Known(firm, china(), TODAY) for name, firm in firms.items()}
    for measure in catalogue():
        audience = columns.audience(measure.rule, measure.id, TODAY)
        assert parts_in(audience) == {n: part_of(measure.rule, k, measure.id) for n, k in known.items()}
        assert sum(audience.counts().values()) == len(firms)
