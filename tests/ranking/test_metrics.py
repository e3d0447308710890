"""Claims about the figures: bounds, ties, invariance, and intervals."""

from functools import partial
from itertools import permutations
from math import log2

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ranking.metrics import USEFUL, by_group, estimate, metrics_at, ndcg, paired, recall, reciprocal_rank

Rows = list[tuple[int, int]]
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=6)


def arrays(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return np.array([g for g, _ in rows]), np.array([s for _, s in rows], dtype=float)


def test_ndcg_is_that_of_the_textbook() -> None:
    found = 7 / log2(2) + 0 + 3 / log2(4)
    best = 7 / log2(2) + 3 / log2(3)
    assert ndcg(np.array([0, 3, 2]), np.array([0.5, 0.9, 0.1]), 10) == pytest.approx(found / best)


@given(ROWS, st.integers(1, 7))
def test_ties_count_as_the_mean_over_all_their_orders(rows: Rows, k: int) -> None:
    grades, scores = arrays(rows)
    assume(grades.max() >= USEFUL)
    n = len(rows)
    orders = [
        p for p in permutations(range(n)) if all(scores[p[i]] >= scores[p[i + 1]] for i in range(n - 1))
    ]
    strict = [np.array([-order.index(i) for i in range(n)], dtype=float) for order in orders]
    by_k = (partial(metric, k=k) for metric in (ndcg, recall, reciprocal_rank))
    for metric in (*by_k, reciprocal_rank):
        mean = np.mean([metric(grades, each) for each in strict])
        assert metric(grades, scores) == pytest.approx(mean, abs=1e-9)


def test_a_rank_behind_the_cut_counts_as_nothing() -> None:
    grades, scores = np.array([0, 0, 3]), np.array([3.0, 2.0, 1.0])
    assert reciprocal_rank(grades, scores, 3) == pytest.approx(1 / 3)
    assert reciprocal_rank(grades, scores, 2) == 0


@given(ROWS, st.integers(1, 7), st.randoms())
def test_figures_hang_on_no_order_of_rows_and_no_scale_of_scores(rows: Rows, k: int, chance) -> None:
    mixed = chance.sample(rows, len(rows))
    (grades, scores), (grades2, scores2) = arrays(rows), arrays(mixed)
    for metric in metrics_at((k,)).values():
        same = metric(grades2, 7 * scores2 - 3)
        assert metric(grades, scores) == pytest.approx(same, nan_ok=True, abs=1e-12)


@given(ROWS, st.integers(1, 7))
def test_figures_lie_between_nought_and_one_and_the_best_order_has_one(rows: Rows, k: int) -> None:
    grades, scores = arrays(rows)
    assume(grades.max() >= USEFUL)
    assert all(0 <= metric(grades, scores) <= 1 for metric in metrics_at((k,)).values())
    assert ndcg(grades, grades.astype(float), k) == pytest.approx(1)
    assert reciprocal_rank(grades, grades.astype(float)) == 1


@given(st.lists(st.integers(0, 3), min_size=2, max_size=8), st.data())
def test_moving_a_better_one_up_never_lowers_ndcg(grades: list[int], data) -> None:
    at = data.draw(st.integers(0, len(grades) - 2))
    better = grades.copy()
    better[at], better[at + 1] = max(grades[at : at + 2]), min(grades[at : at + 2])
    falling = -np.arange(len(grades), dtype=float)
    assume(any(grades))
    assert ndcg(np.array(better), falling, 5) >= ndcg(np.array(grades), falling, 5) - 1e-12


def test_a_firm_without_an_answer_has_no_figure_and_is_left_out() -> None:
    grades, scores, groups = np.array([0, 0, 3, 0]), np.arange(4.0), np.array([0, 0, 1, 1])
    values = by_group(lambda g, s: ndcg(g, s, 5), grades, scores, groups)
    assert np.isnan(values[0])
    assert estimate(values, 1).groups == 1
    assert estimate(values[:1], 1).rounded() == [None, None, None]


def test_an_interval_is_seeded_and_holds_the_mean() -> None:
    values = np.random.default_rng(3).random(40)
    first = estimate(values, 5)
    assert first == estimate(values, 5)
    assert first.low < first.value < first.high
    assert first.value == pytest.approx(values.mean())


def test_a_paired_difference_is_surer_than_two_intervals() -> None:
    theirs = np.random.default_rng(3).random(40)
    difference = paired(theirs + 0.1, theirs, 5)
    assert (difference.low, difference.high) == (pytest.approx(0.1), pytest.approx(0.1))
