"""Behaviour as lessons: the furthest deed grades, the place is kept, and no label knows what came later."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.clicks import (
    DISMISSED_WEIGHT,
    LAST_PLACE,
    ClickTable,
    Deed,
    NothingLearned,
    Shown,
    click_table,
)
from ranking.features import NAMES, table_hash


def shown(name: str, at: int, *measures: str, first: int = 1, features: str | None = None) -> Shown:
    x = np.arange(len(measures) * len(NAMES), dtype=np.float64).reshape(len(measures), -1) + at
    return Shown(name, at, first, measures, x, features or table_hash())


def two(*deeds: Deed) -> ClickTable:
    """One answer that is learned from, at 100, with these deeds, and one that judges, at 1000."""
    requests = [shown("r-1", 100, "a", "b", "c"), shown("r-2", 1_000, "a", "b")]
    return click_table(requests, [*deeds, Deed("r-2", "b", "opened", 1_001)])


def grades(found: ClickTable, request: str = "r-1") -> list[int]:
    rows = [name == request for name in found.table.firms]
    return [int(grade) for grade in found.table.grades[rows]]


@pytest.mark.parametrize(
    ("kinds", "grade"),
    [
        (["opened"], 1),
        (["opened", "saved"], 2),
        (["saved", "opened"], 2),
        (["applied"], 3),
        (["granted", "opened"], 3),
        (["refused"], 1),
        (["applied", "refused"], 3),
        (["opened", "dismissed"], 0),
        (["dismissed", "applied"], 3),
    ],
)
def test_the_furthest_deed_grades_and_a_dismissal_undoes_all_but_applying(
    kinds: list[str], grade: int
) -> None:
    found = two(*(Deed("r-1", "b", kind, 101) for kind in kinds), Deed("r-1", "c", "opened", 102))
    assert grades(found) == [0, grade, 1]


def test_a_dismissal_weighs_more_than_being_passed_over() -> None:
    found = two(Deed("r-1", "b", "dismissed", 101), Deed("r-1", "c", "opened", 102))
    assert found.table.weights is not None
    assert found.table.weights[:3].tolist() == [1.0, DISMISSED_WEIGHT, 1.0]


def test_what_came_after_the_cut_grades_nothing_that_is_learned_from() -> None:
    before, after = Deed("r-1", "a", "opened", 999), Deed("r-1", "b", "granted", 1_000)
    assert grades(two(before, after)) == [1, 0, 0]


def test_the_last_answers_judge_and_are_graded_by_all_that_came() -> None:
    found = two(Deed("r-1", "a", "opened", 101))
    assert found.table.unseen.tolist() == [False] * 3 + [True] * 2
    assert grades(found, "r-2") == [0, 1]


def test_an_answer_that_nothing_became_of_in_time_is_left_out() -> None:
    requests = [shown(f"r-{n}", n, "a", "b") for n in range(10)]
    deeds = [Deed(f"r-{n}", "a", "opened", n) for n in (2, 5, 9)]
    found = click_table(requests, deeds)
    assert (set(found.table.firms), found.without_deed) == ({"r-2", "r-5", "r-9"}, 7)


def test_places_are_kept_from_0_and_far_ones_are_one_place() -> None:
    requests = [shown("r-1", 1, "a", "b", first=21), shown("r-2", 2, "a", first=500)]
    deeds = [Deed("r-1", "a", "opened", 1), Deed("r-2", "a", "opened", 2)]
    positions = click_table(requests, deeds).table.positions
    assert positions is not None
    assert positions.tolist() == [20, 21, LAST_PLACE]


def test_features_of_another_table_are_not_mixed_in() -> None:
    requests = [shown(f"r-{n}", n, "a", features="old" if n == 1 else None) for n in range(3)]
    found = click_table(requests, [Deed(f"r-{n}", "a", "opened", n) for n in range(3)])
    assert (found.other_features, set(found.table.firms)) == (1, {"r-0", "r-2"})


def test_a_deed_of_a_measure_that_was_not_shown_grades_nothing() -> None:
    assert grades(two(Deed("r-1", "z", "granted", 101), Deed("r-1", "a", "opened", 101))) == [1, 0, 0]


def test_the_features_are_the_logged_ones() -> None:
    found = two(Deed("r-1", "a", "opened", 101))
    np.testing.assert_array_equal(found.table.x[:3], shown("r-1", 100, "a", "b", "c").x)


@pytest.mark.parametrize("deeds", [[], [Deed("r-1", "a", "opened", 5_000)]])
def test_a_log_without_lessons_on_both_sides_of_the_cut_is_refused(deeds: list[Deed]) -> None:
    with pytest.raises(NothingLearned):
        two(*deeds)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40), st.sampled_from(["opened", "granted"]))),
    st.permutations(range(10)),
)
def test_no_later_event_ever_changes_what_is_learned_from(
    drawn: list[tuple[int, int, str]], order: list[int]
) -> None:
    requests = [shown(f"r-{n}", n * 2, "a", "b", "c") for n in order]
    always = [Deed(f"r-{n}", "a", "opened", n * 2) for n in range(10)]
    deeds = [Deed(f"r-{n}", "b", kind, n * 2 + late) for n, late, kind in drawn]
    found = click_table(requests, [*always, *deeds]).table
    cut = found.at[found.unseen].min()  # type: ignore[index]
    known = click_table(requests, [*always, *(d for d in deeds if d.at < cut)]).table
    learned = ~found.unseen
    assert found.grades[learned].tolist() == known.grades[~known.unseen].tolist()
