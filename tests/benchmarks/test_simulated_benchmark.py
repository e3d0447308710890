"""The simulated world is drawn by its seed, hides from the ranker what it should, and is measured fairly."""

import numpy as np
import pytest

from benchmarks import simulated as benchmark
from benchmarks.simulated import CURVE, exposure, figures, simulated
from benchmarks.simulated_world import LOOKED, PAGE, World, by_formula, newest_first, sessions, world
from policies.facts import china
from ranking.features import COLUMN
from tests.service.asking import LetterEncoder


@pytest.fixture(scope="module")
def made() -> World:
    return world(china(), LetterEncoder(), 5, 18)


def test_the_same_seed_draws_the_same_world_and_the_same_sessions(made: World) -> None:
    again = world(china(), LetterEncoder(), 5, 18)
    np.testing.assert_array_equal(made.grades, again.grades)
    first, second = sessions(made, by_formula(made), 200, 1), sessions(again, by_formula(again), 200, 1)
    np.testing.assert_array_equal(first.rows, second.rows)
    np.testing.assert_array_equal(first.grades, second.grades)


def test_nothing_of_firms_that_judge_and_of_new_measures_is_ever_logged(made: World) -> None:
    log = sessions(made, by_formula(made), 500, 1)
    assert not made.unseen[log.rows].any()
    assert not made.new[log.rows].any()
    assert made.new[made.unseen].any()


def test_no_firm_both_is_logged_and_judges(made: World) -> None:
    assert not set(made.firm[made.unseen]) & set(made.firm[~made.unseen])


def test_a_session_is_one_page_of_one_need_in_the_order_of_the_answer(made: World) -> None:
    log = sessions(made, by_formula(made), 300, 1)
    for session in range(300):
        mine = log.session == session
        rows = log.rows[mine]
        assert log.places[mine].tolist() == list(range(mine.sum()))
        assert len(rows) <= PAGE
        assert len(set(made.need[rows])) == 1
        assert (np.diff(made.x[rows, COLUMN["part"]]) <= 0).all()


def test_pages_of_a_portal_show_the_newest_first_whoever_asks(made: World) -> None:
    log = sessions(made, newest_first(made), 200, 1)
    age = np.nan_to_num(made.x[log.rows, COLUMN["age_days"]], nan=1e6)
    follows = np.diff(log.session) == 0
    assert (np.diff(age)[follows] >= 0).all()


def test_what_is_done_falls_with_the_place_and_rises_with_the_truth(made: World) -> None:
    log = sessions(made, by_formula(made), 20_000, 1)
    opened, truth = log.grades > 0, made.grades[log.rows]
    share = [opened[(log.places == place) & (truth == 1)].mean() for place in (0, 4, 9)]
    assert share == pytest.approx([0.2, 0.04, 0.02], rel=0.3)
    by_grade = [opened[(log.places == 0) & (truth == grade)].mean() for grade in (0, 3)]
    assert by_grade == pytest.approx([0.05, 0.8], rel=0.3)


def test_the_truth_orders_best_and_new_measures_get_no_more_looks_than_there_are(made: World) -> None:
    assert figures(made, made.value, 1)["ndcg@10"] == [1.0, 1.0, 1.0]
    assert ((exposure(made, made.value) >= 0) & (exposure(made, made.value) <= 1)).all()
    assert exposure(made, made.new.astype(np.float64)).mean() > 0.3
    assert LOOKED[0] == 1


def test_every_system_and_every_step_of_the_curve_is_told() -> None:
    found = simulated(5, encoder=LetterEncoder(), curve=(100, 200), rounds=3, firms=18)
    untrained = {"random", "bm25", "dense", "hybrid", "weighted_sum", "formula", "truth"}
    trained = {"trained", "trained_uncorrected"}
    assert set(found) == untrained | trained | {f"{name}_newest_first" for name in trained}
    assert all(len(figure) == 3 for each in found.values() for figure in each.values())
    steps = {f"ndcg@10 after {count}" for count in (0, 100, 200)}
    assert steps <= set(found["trained"]) & set(found["trained_uncorrected"])
    assert found["trained"]["ndcg@10 after 200"] == found["trained"]["ndcg@10"]
    assert "ndcg@10 of the smallest" in found["formula"]
    assert "trained" in benchmark.table(found)
    assert max(CURVE) == 100_000
