"""Where a measure stands on a day: windows, validity, budgets."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.faults import Refused
from policies.reading import read
from policies.windows import Budget, Recurring, Window, standing, window_reader


@dataclass(frozen=True)
class Paper:
    in_force: str = "stated_until"
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True)
class Offer:
    windows: tuple[Window | Recurring, ...] | None = None
    budget: Budget | None = None


def day(text: str) -> date:
    return date.fromisoformat(text)


def stands(on: str, *windows: Window | Recurring, paper: Paper = Paper(), budget: Budget | None = None):
    return standing(paper, Offer(windows, budget), day(on))


SPRING = Window(day("2026-03-01"), day("2026-09-30"))
OVER_NEW_YEAR = Recurring("11-15", "02-29")


@pytest.mark.parametrize(
    ("on", "state", "left"),
    [
        ("2026-02-28", "upcoming", None),
        ("2026-03-01", "open", 213),
        ("2026-09-30", "open", 0),
        ("2026-10-01", "closed", None),
    ],
)
def test_first_and_last_day_of_a_window_are_inside(on: str, state: str, left: int | None) -> None:
    found = stands(on, SPRING)
    assert (found.state, found.days_left) == (state, left)
    assert found.window() == {"opens": "2026-03-01", "closes": "2026-09-30", "days_left": left}


def test_no_windows_is_rolling_and_absent_ones_are_unstated() -> None:
    assert standing(Paper(), Offer(()), day("2026-01-01")).state == "rolling"
    assert standing(Paper(), Offer(None), day("2026-01-01")).state == "unstated"
    assert standing(Paper(), Offer(()), day("2026-01-01")).window() is None


def test_an_unbounded_end_never_closes_and_has_no_days_left() -> None:
    found = stands("2031-01-01", Window(day("2026-03-01"), None))
    assert found.state == "open"
    assert found.window() == {"opens": "2026-03-01", "closes": None, "days_left": None}


@pytest.mark.parametrize(
    ("on", "state", "opens", "closes"),
    [
        ("2026-11-14", "upcoming", "2026-11-15", "2027-02-28"),
        ("2026-11-15", "open", "2026-11-15", "2027-02-28"),
        ("2027-02-28", "open", "2026-11-15", "2027-02-28"),
        ("2028-02-29", "open", "2027-11-15", "2028-02-29"),
        ("2028-03-01", "upcoming", "2028-11-15", "2029-02-28"),
    ],
)
def test_a_yearly_window_runs_over_new_year_and_ends_with_february(on, state, opens, closes) -> None:
    found = stands(on, OVER_NEW_YEAR)
    assert (found.state, found.round) == (state, Window(day(opens), day(closes)))


def test_of_several_open_windows_the_one_that_closes_last_shows() -> None:
    longer = Window(day("2026-04-01"), day("2026-12-31"))
    assert stands("2026-05-01", SPRING, longer).round == longer


def test_of_several_windows_ahead_the_next_shows() -> None:
    assert stands("2026-01-01", Window(day("2027-01-01"), None), SPRING).round == SPRING


def test_a_repealed_document_is_closed_whatever_its_windows() -> None:
    assert stands("2026-05-01", SPRING, paper=Paper("repealed")).state == "closed"


def test_windows_count_only_inside_the_documents_validity() -> None:
    paper = Paper(effective_from=day("2026-05-01"), effective_to=day("2026-06-30"))
    found = stands("2026-06-01", SPRING, paper=paper)
    assert found.window() == {"opens": "2026-05-01", "closes": "2026-06-30", "days_left": 29}
    assert stands("2026-07-01", SPRING, paper=paper).state == "closed"
    assert stands("2026-04-01", SPRING, paper=paper).state == "upcoming"


def test_a_yearly_window_ends_with_its_document() -> None:
    paper = Paper(effective_to=day("2026-12-31"))
    found = stands("2028-01-01", Recurring("03-01", "04-30"), paper=paper)
    assert (found.state, found.round) == ("closed", Window(day("2026-03-01"), day("2026-04-30")))


def test_without_windows_validity_alone_decides() -> None:
    paper = Paper(effective_from=day("2026-05-01"), effective_to=day("2026-06-30"))
    states = [standing(paper, Offer(()), day(d)).state for d in ("2026-04-30", "2026-06-30", "2026-07-01")]
    assert states == ["upcoming", "rolling", "closed"]


def test_spent_money_exhausts_from_the_day_it_is_known() -> None:
    spent = Budget("exhausted", day("2026-05-01"))
    assert stands("2026-04-30", SPRING, budget=spent).state == "open"
    assert stands("2026-05-01", SPRING, budget=spent).state == "exhausted"
    assert stands("2026-10-01", SPRING, budget=spent).state == "closed"


def test_spent_money_does_not_exhaust_a_round_that_opens_later() -> None:
    yearly = Recurring("03-01", "04-30")
    assert stands("2026-12-01", yearly, budget=Budget("exhausted", day("2026-05-01"))).state == "upcoming"
    assert stands("2026-02-01", yearly, budget=Budget("exhausted", day("2026-01-01"))).state == "upcoming"
    fixed = Window(day("2026-03-01"), day("2026-04-30"))
    assert stands("2026-02-01", fixed, budget=Budget("exhausted", day("2026-02-01"))).state == "upcoming"
    assert standing(Paper(), Offer((), Budget("exhausted", day("2026-01-01"))), day("2026-02-01")).state == (
        "exhausted"
    )


def test_a_budget_may_leave_out_its_state_or_its_day() -> None:
    rolling = Offer((), Budget("exhausted", None))
    assert standing(Paper(), rolling, day("2026-02-01")).state == "exhausted"
    assert standing(Paper(), Offer((), Budget(None, None)), day("2026-02-01")).state == "rolling"
    later = Window(day("2026-03-01"), None)
    assert stands("2026-02-01", later, budget=Budget("exhausted", None)).state == "upcoming"


@given(st.dates(day("2000-01-01"), day("2090-01-01")), st.integers(0, 800))
def test_a_window_is_open_on_exactly_its_days(opens: date, length: int) -> None:
    window = Window(opens, opens + timedelta(length))
    for offset, state in ((-1, "upcoming"), (0, "open"), (length, "open"), (length + 1, "closed")):
        assert standing(Paper(), Offer((window,)), opens + timedelta(offset)).state == state


@pytest.mark.parametrize(
    ("window", "code", "at"),
    [
        ({"opens": "2026-03-02", "closes": "2026-03-01"}, "bad_range", "/closes"),
        ({"opens": "2026-02-30"}, "bad_date", "/opens"),
        ({"recurs": "yearly", "opens": "03-01"}, "missing_member", "/closes"),
        ({"recurs": "yearly", "opens": "02-30", "closes": "04-01"}, "bad_date", "/opens"),
        ({"recurs": "weekly", "opens": "03-01", "closes": "04-01"}, "unknown_code", "/recurs"),
        ({"opens": 1}, "wrong_type", "/opens"),
    ],
)
def test_a_faulty_window_is_refused_with_its_place(window: object, code: str, at: str) -> None:
    with pytest.raises(Refused) as refused:
        read(window_reader(), window)
    assert [(f.code, f.pointer) for f in refused.value.faults] == [(code, at)]
