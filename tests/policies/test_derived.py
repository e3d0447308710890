"""Derived facts: the 2017 size classes, age, R&D ratio and small low profit as sets of possible values."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.facts import china
from policies.profiles import Known, read_profile
from policies.size_classes import SIZES
from policies.values import Interval

REGISTRY = china()
AS_OF = date(2026, 11, 24)
SCOPES = REGISTRY.codes.size_scopes


def seen(**facts):
    return Known(read_profile({"facts": facts}, REGISTRY, today=AS_OF), REGISTRY, AS_OF)


def sizes(**facts):
    return set(seen(**facts).possible("size", None))


def test_the_table_has_sixteen_scopes_and_thirty_lines():
    assert len(SCOPES.scopes) == 16
    assert sum(len(scope.bounds) for scope in SCOPES.scopes) == 30
    assert all(list(bounds) == sorted(bounds) for scope in SCOPES.scopes for bounds in scope.bounds.values())


def test_no_industry_has_two_scopes_and_129_classes_have_none():
    industries = REGISTRY.codes.industries
    classes = [code for code in industries.in_force() if industries.level(code) == 4]
    counts = [SCOPES.of(industries.leaves([code])) for code in classes]
    assert all(len(found) == 1 for found in counts)
    assert counts.count([None]) == 129


@pytest.mark.parametrize(
    ("industry", "figures", "size"),
    [
        ("I65", {"employees": 300, "revenue": 100_000_000}, "large"),
        ("I65", {"employees": 299, "revenue": 100_000_000}, "medium"),
        ("I65", {"employees": 100, "revenue": 10_000_000}, "medium"),
        ("I65", {"employees": 99, "revenue": 10_000_000_000}, "small"),
        ("I65", {"employees": 10, "revenue": 500_000}, "small"),
        ("I65", {"employees": 9, "revenue": 10_000_000_000}, "micro"),
        ("I65", {"employees": 5000, "revenue": 0}, "micro"),
        ("C3741", {"employees": 1000, "revenue": 400_000_000}, "large"),
        ("A0111", {"revenue": 4_999_999}, "small"),
        ("E47", {"revenue": 60_000_000, "total_assets": 49_999_999}, "small"),
        ("L72", {"employees": 100, "total_assets": 80_000_000}, "medium"),
        ("G5910", {"employees": 200, "revenue": 300_000_000}, "small"),
        ("G5920", {"employees": 200, "revenue": 300_000_000}, "large"),
        ("M73", {"employees": 300}, "large"),
        ("K701", {"revenue": 2_000_000_000, "total_assets": 100_000_000}, "large"),
    ],
)
def test_known_figures_give_one_size(industry, figures, size):
    assert sizes(industry=industry, **figures) == {size}


def test_eighteen_people_in_software_are_micro_or_small_and_revenue_is_missing():
    known = seen(industry="I6513", employees=18)
    assert known.possible("size", None) == {"micro", "small"}
    assert known.shown("size", None) == ["micro", "small"]
    assert known.to_learn("size", None) == ("revenue",)


def test_a_figure_that_cannot_change_the_size_need_not_be_learned():
    assert seen(industry="I65", employees=5).to_learn("size", None) == ()
    assert seen(industry="I65", employees=18, revenue={"min": 500_000}).to_learn("size", None) == ()
    assert seen(industry="I65").to_learn("size", None) == ("revenue", "employees")


@pytest.mark.parametrize("industry", ["J66", "P83", "K7040", "Q84", "S", "T", "G53"])
def test_an_industry_without_a_scope_leaves_all_sizes_possible_and_nothing_missing(industry):
    known = seen(industry=industry, employees=5, revenue=1)
    assert known.possible("size", None) == set(SIZES)
    assert known.to_learn("size", None) == ()
    assert known.shown("size", None) is None


def test_a_coarse_industry_counts_every_scope_below_it():
    known = seen(industry="I", employees=150, revenue=20_000_000)
    assert known.possible("size", None) == {"medium"}
    assert sizes(industry="I", employees=400, revenue=200_000_000) == {"medium", "large"}
    assert seen(industry="I", employees=400, revenue=200_000_000).to_learn("size", None) == ("industry",)


def test_an_unknown_industry_leaves_all_sizes_possible():
    known = seen(employees=5, revenue=1)
    assert known.possible("size", None) == set(SIZES)
    assert known.to_learn("size", None) == ("industry",)
    assert seen().to_learn("size", None) == ("industry", "revenue", "total_assets", "employees")


def test_figures_of_another_year_do_not_count():
    assert sizes(industry="I65", employees={"2024": 5}, revenue={"2025": 10**9}) == set(SIZES)


def age(registered_on):
    return seen(registered_on=registered_on).possible("age_months", None)


def test_the_age_of_a_band_of_dates_is_a_band_of_months():
    assert age({"min": "2021-03-01", "max": "2022-03-31"}) == Interval(55, 68)
    assert age({"min": "2021-03-01"}) == Interval(None, 68)
    assert age("2027-01-01") == Interval(-2, -2)
    assert seen().to_learn("age_months", None) == ("registered_on",)
    assert seen(registered_on="2021-03-01").to_learn("age_months", None) == ()


@pytest.mark.parametrize(
    ("spent", "revenue", "ratio"),
    [
        (1_900_000, 6_800_000, Interval(Fraction(19, 68), Fraction(19, 68))),
        (3, 1, Interval(3, 3)),
        (0, 5, Interval(0, 0)),
        (5, 0, Interval(0, None)),
        (5, {"max": 10}, Interval(0, None)),
        (5, None, Interval(0, None)),
        (None, 5, Interval(0, None)),
        (5, {"min": 10, "max": 20}, Interval(Fraction(1, 4), Fraction(1, 2))),
        (5, {"min": 10}, Interval(0, Fraction(1, 2))),
        ({"min": 1, "max": 2}, 4, Interval(Fraction(1, 4), Fraction(1, 2))),
    ],
)
def test_the_rd_ratio_is_the_exact_quotient_of_what_is_possible(spent, revenue, ratio):
    assert seen(rd_expense=spent, revenue=revenue).possible("rd_ratio", -1) == ratio


@pytest.mark.parametrize(
    ("spent", "revenue", "learn"),
    [
        (None, None, ("revenue", "rd_expense")),
        (5, None, ("revenue",)),
        (None, 5, ("rd_expense",)),
        (5, 10, ()),
        (None, 0, ()),
    ],
)
def test_the_rd_ratio_names_what_can_still_narrow_it(spent, revenue, learn):
    assert seen(rd_expense=spent, revenue=revenue).to_learn("rd_ratio", -1) == learn


@pytest.mark.parametrize(
    ("income", "employees", "assets", "possible", "learn"),
    [
        (3_000_000, 300, 50_000_000, {True}, ()),
        (-5, 0, 0, {True}, ()),
        ("3000000.01", 300, 50_000_000, {False}, ()),
        (None, 301, None, {False}, ()),
        (None, None, 50_000_001, {False}, ()),
        (None, 300, {"max": 50_000_000}, {True, False}, ("taxable_income",)),
        (None, None, None, {True, False}, ("total_assets", "taxable_income", "employees")),
    ],
)
def test_small_low_profit_compares_three_figures(income, employees, assets, possible, learn):
    from decimal import Decimal

    income = Decimal(income) if isinstance(income, str) else income
    known = seen(taxable_income=income, employees=employees, total_assets=assets)
    assert known.possible("small_low_profit", None) == possible
    assert known.to_learn("small_low_profit", None) == learn


CLASSES = [code for code in REGISTRY.codes.industries.in_force() if len(code) == 5]
NEAR_BOUNDS = sorted(
    {
        max(0, bound + step)
        for s in SCOPES.scopes
        for b in s.bounds.values()
        for bound in b
        for step in (-1, 0, 1)
    }
)
FIGURE = st.sampled_from(NEAR_BOUNDS)
FULL = st.fixed_dictionaries(
    {
        "industry": st.sampled_from(CLASSES),
        "employees": FIGURE.filter(lambda n: n <= 10**9),
        "revenue": FIGURE,
        "total_assets": FIGURE,
        "rd_expense": FIGURE,
        "taxable_income": FIGURE,
        "registered_on": st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(date.isoformat),
    }
)


@st.composite
def partly_known(draw):
    """A complete profile and one that says less of the same enterprise."""
    full = draw(FULL)
    less = {}
    for name, value in full.items():
        how = draw(st.sampled_from(["absent", "vague", "known"]))
        if how == "known":
            less[name] = value
        elif how == "vague" and name == "industry":
            less[name] = value[: draw(st.sampled_from([1, 3, 4]))]
        elif how == "vague":
            ends = {"min": value, "max": value}
            if name != "registered_on":
                ends = {"min": max(0, value - draw(FIGURE)), "max": value + draw(FIGURE)}
                ends["max"] = min(ends["max"], 10**9 if name == "employees" else 10**15)
            ends.pop(draw(st.sampled_from(["min", "max", ""])), None)
            less[name] = ends
    return full, less


def inside(part, whole):
    if isinstance(part, frozenset):
        return part <= whole
    low = whole.lo is None or (part.lo is not None and part.lo >= whole.lo)
    return low and (whole.hi is None or (part.hi is not None and part.hi <= whole.hi))


@given(partly_known())
def test_no_completion_gives_a_derived_fact_outside_what_was_possible(profiles):
    full, less = (seen(**facts) for facts in profiles)
    for name, year in [("size", None), ("age_months", None), ("rd_ratio", -1), ("small_low_profit", None)]:
        assert inside(full.possible(name, year), less.possible(name, year)), name


@given(partly_known())
def test_learning_what_is_named_makes_size_age_and_small_low_profit_exact(profiles):
    full, less = profiles
    known = seen(**less)
    for name in ("size", "age_months", "small_low_profit"):
        learned = seen(**{**less, **{fact: full[fact] for fact in known.to_learn(name, None)}})
        if name != "size" or None not in SCOPES.of(learned.possible("industry", None)):
            assert learned.to_learn(name, None) == ()
            assert learned.possible(name, None) == seen(**full).possible(name, None)


@given(st.sampled_from(CLASSES), st.tuples(FIGURE, FIGURE), st.tuples(FIGURE, FIGURE))
def test_every_possible_size_is_reached_by_some_completion(industry, people, money):
    people, money = sorted(people), sorted(money)
    leaves = REGISTRY.codes.industries.leaves([industry])
    figures = {"employees": Interval(*people), "revenue": Interval(*money), "total_assets": Interval(7, 7)}
    reached = {
        size
        for n in {*people, *(b for b in NEAR_BOUNDS if people[0] <= b <= people[1])}
        for y in {*money, *(b for b in NEAR_BOUNDS if money[0] <= b <= money[1])}
        for size in SCOPES.possible(
            leaves, {**figures, "employees": Interval(n, n), "revenue": Interval(y, y)}
        )
    }
    assert reached == SCOPES.possible(leaves, figures)
