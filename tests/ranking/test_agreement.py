"""Two gradings agree as their figures say: by hand, at the ends, and whatever the order of pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.agreement import agreement, weighted_kappa

FIRMS = ["a", "a", "b", "b", "c", "c"]


def test_the_same_grades_agree_wholly() -> None:
    grades = np.array([0, 1, 2, 3, 3, 0])
    found = agreement(grades, grades, FIRMS, seed=1)
    assert (found.kappa.value, found.same.value, found.within_one.value) == (1.0, 1.0, 1.0)
    assert found.kappa.groups == 3


def test_kappa_is_what_cohens_formula_gives_by_hand() -> None:
    # Seen: distances 0, 1, 1, 1 squared = 3. By chance, every first beside every second, over four pairs:
    # (0+1+4+1) twice for the two zeros, (1+0+1+0) for the one, (4+1+0+1) for the two: 20 / 4 = 5.
    first, second = np.array([0, 0, 1, 2]), np.array([0, 1, 2, 1])
    found = agreement(first, second, ["a", "b", "c", "d"], seed=1)
    assert found.kappa.value == pytest.approx(1 - 3 / 5)
    assert found.same.value == 0.25
    assert found.within_one.value == 1.0


def test_opposite_grades_disagree_more_than_chance_and_far_apart_is_not_within_one() -> None:
    found = agreement(np.array([0, 3, 0, 3, 0, 3]), np.array([3, 0, 3, 0, 3, 0]), FIRMS, seed=1)
    assert found.kappa.value == pytest.approx(-1.0)
    assert found.within_one.value == 0.0


def test_one_grade_for_everything_has_no_kappa() -> None:
    assert np.isnan(weighted_kappa(np.diag([5, 0, 0, 0])))


def test_an_interval_holds_its_figure_and_the_seed_fixes_it() -> None:
    rng = np.random.default_rng(3)
    first = rng.integers(0, 4, 200)
    second = np.clip(first + rng.integers(-1, 2, 200), 0, 3)
    firms = [f"firm-{n % 40}" for n in range(200)]
    found = agreement(first, second, firms, seed=5)
    for each in (found.kappa, found.same, found.within_one):
        assert each.low <= each.value <= each.high
    assert found.kappa == agreement(first, second, firms, seed=5).kappa
    assert int(found.counts.sum()) == 200


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_no_figure_hangs_on_which_grading_was_first(pairs: list[tuple[int, int]]) -> None:
    counts = np.zeros((4, 4), dtype=np.int64)
    for first, second in pairs:
        counts[first, second] += 1
    kappa = weighted_kappa(counts)
    if not np.isnan(kappa):
        assert kappa == pytest.approx(weighted_kappa(counts.T))
        assert kappa <= 1.0
