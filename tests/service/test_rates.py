"""Rates by measure, kind and size: smoothed towards their like, corrected for where they were shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.learning.rates import LAST_PLACE, WEIGHT, Request, Tally

KINDS = np.array([0, 0, 1], np.int8)
IDS = ("a", "b", "c")


def requests(count: int, *measures: str, size: str | None = "micro", first: int = 1) -> list[Request]:
    return [Request(f"{size}-{measures}-{n}", size, first, measures) for n in range(count)]


def events(shown: list[Request], measure: str, kind: str, count: int) -> list[tuple[str, str, str]]:
    return [(one.id, measure, kind) for one in shown[:count]]


def rates(tally: Tally, size: str | None = "micro") -> dict[str, list[float]]:
    found = tally.rates(IDS, KINDS, size)
    assert found is not None
    return {name: getattr(found, name).round(6).tolist() for name in ("opened", "applied", "dismissed")}


def test_before_anything_was_shown_there_are_no_rates() -> None:
    assert Tally.of([], []).rates(IDS, KINDS, "micro") is None
    assert Tally.of([], [("r", "a", "opened")]).rates(IDS, KINDS, None) is None


def test_a_rate_is_the_mean_of_a_beta_distribution_three_steps_deep() -> None:
    shown = requests(100, "a")
    tally = Tally.of(shown, events(shown, "a", "applied", 50))
    overall = 0.5
    segment = (50 + WEIGHT * overall) / (100 + WEIGHT)
    own = (50 + WEIGHT * segment) / (100 + WEIGHT)
    assert rates(tally)["applied"] == pytest.approx([own, segment, overall])


def test_a_new_measure_starts_as_its_like_among_firms_of_that_size() -> None:
    micro, large = requests(200, "a"), requests(200, "a", size="large")
    tally = Tally.of([*micro, *large], events(micro, "a", "opened", 100))
    assert rates(tally)["opened"][1] > rates(tally, "large")["opened"][1]


def test_of_a_firm_whose_size_is_not_known_every_size_is_its_like() -> None:
    micro, large = requests(200, "a"), requests(200, "a", size="large")
    tally = Tally.of([*micro, *large], events(micro, "a", "opened", 100))
    low, middle, high = (rates(tally, size)["opened"][1] for size in ("large", None, "micro"))
    assert low < middle < high


def test_who_applied_saved_or_was_granted_has_opened_also_when_nobody_told_so() -> None:
    shown = requests(90, "a", "b")
    told = [event for kind in ("saved", "applied", "granted") for event in events(shown, "a", kind, 30)]
    found = rates(Tally.of(shown, told))
    assert found["opened"][0] > found["applied"][0] * 0.99 > 0
    assert found["dismissed"] == [0, 0, 0]


def test_one_event_told_twice_counts_once() -> None:
    shown = requests(10, "a", "b")
    once = events(shown, "a", "opened", 3)
    assert rates(Tally.of(shown, once)) == rates(Tally.of(shown, once * 2))


def test_what_is_opened_as_often_further_down_has_the_higher_rate() -> None:
    first, second = requests(300, "a", "b"), requests(300, "b", "a", size="small")
    top = requests(300, "c", "x", size="large")
    told = [*events(first, "a", "opened", 150), *events(second, "b", "opened", 150)]
    told += [*events(first, "b", "opened", 60), *events(top, "c", "opened", 60)]
    found = rates(Tally.of([*first, *second, *top], told), None)["opened"]
    assert found[1] > found[0]
    assert found[2] < found[0]


def test_places_far_down_are_one_place() -> None:
    shown = requests(5, "a", first=LAST_PLACE + 500)
    assert rates(Tally.of(shown, events(shown, "a", "opened", 1)))["opened"][0] > 0


def test_what_everybody_opens_where_nobody_looks_is_a_share_still() -> None:
    shown = [Request(f"r-{n}", "micro", 1, ("a", *"defghi", "b")) for n in range(5_000)]
    deep = [Request(f"s-{n}", "micro", 8, ("c",)) for n in range(200)]
    told = [*events(shown, "a", "opened", 5_000), *events(deep, "c", "opened", 200)]
    found = rates(Tally.of([*shown, *deep], told))
    assert found["opened"][2] == 1.0


def test_an_event_of_a_measure_that_was_not_shown_counts_nothing() -> None:
    shown = requests(5, "a")
    assert rates(Tally.of(shown, [(shown[0].id, "b", "opened")]))["opened"] == [0, 0, 0]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["opened", "dismissed", "granted"]))),
    st.sampled_from(["micro", "large", None, "nonsense"]),
)
def test_a_rate_is_a_share_whatever_was_told(told: list[tuple[int, str]], size: str | None) -> None:
    shown = [*requests(20, "a", "b", "c"), *requests(11, "c", "a", size=None)]
    tally = Tally.of(shown, [(shown[n].id, "a", kind) for n, kind in told])
    found = tally.rates(IDS, KINDS, size)
    assert found is not None
    for rate in (found.opened, found.applied, found.dismissed):
        assert ((rate >= 0) & (rate <= 1)).all()
