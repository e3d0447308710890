"""Possible values: exact numbers, holdings on a day, months between days."""

from calendar import monthrange
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.values import Holding, Interval, Stay, exactly, months_between, shown_number


@pytest.mark.parametrize(
    ("number", "exact"),
    [(18, 18), (Decimal("18.0"), 18), (Decimal("0.05"), Fraction(1, 20)), (Decimal("0E+999999"), 0)],
)
def test_numbers_become_exact(number, exact):
    assert exactly(number) == exact
    assert isinstance(exactly(number), type(exact))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(19, 68), "0.279412"),
        (Fraction(1, 2_000_000), "0"),
        (Fraction(3, 2_000_000), "0.000002"),
        (Fraction(1, 2), "0.5"),
        (Fraction(4, 2), "2"),
        (Fraction(-1, 3), "-0.333333"),
        (10**15, "1000000000000000"),
    ],
)
def test_quotients_are_shown_half_even_to_six_decimals(value, shown):
    assert f"{shown_number(value)}" == shown


def test_an_interval_of_one_value_is_exact():
    assert Interval(3, 3).exact
    assert not Interval(3, None).exact
    assert not Interval().exact


def test_a_code_is_held_on_the_days_of_any_of_its_stays():
    holding = Holding(
        {"a": (Stay(date(2020, 1, 1), date(2020, 12, 31)), Stay(date(2022, 1, 1)))}, frozenset("b")
    )
    assert holding.on("a", date(2020, 12, 31)) is True
    assert holding.on("a", date(2021, 6, 1)) is False
    assert holding.on("a", date(2030, 1, 1)) is True
    assert holding.on("b", date(2020, 1, 1)) is False
    assert holding.on("c", date(2020, 1, 1)) is None


def test_a_complete_list_leaves_nothing_unknown():
    assert Holding({}, complete=True).on("anything", date(2020, 1, 1)) is False


def counted_back(day, n):
    year, month = divmod(day.year * 12 + day.month - 1 - n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))


@given(DAYS, DAYS)
def test_an_age_is_the_most_whole_months_counted_back(registered, day):
    n = months_between(registered, day)
    assert registered <= counted_back(day, n)
    assert registered > counted_back(day, n + 1)


@pytest.mark.parametrize(
    ("registered", "day", "months"),
    [
        ("2021-03-01", "2026-11-24", 68),
        ("2024-02-29", "2025-02-28", 11),
        ("2024-01-31", "2024-02-29", 0),
        ("2026-11-25", "2026-11-24", -1),
        ("2026-11-24", "2026-11-24", 0),
        ("2024-02-29", "2024-03-31", 1),
    ],
)
def test_ages_by_hand(registered, day, months):
    assert months_between(date.fromisoformat(registered), date.fromisoformat(day)) == months
