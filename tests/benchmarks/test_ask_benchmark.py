"""Claims about the benchmark of asking: what is counted, and that repeated measures repeat no condition."""

import pytest

from benchmarks.ask import figures, table


@pytest.mark.slow
def test_measures_told_twice_have_no_more_distinct_conditions() -> None:
    found = figures(100, [(50, 40), (100, 40), (50, 80)], firms=2)
    once, twice, varied = found["catalogues"].values()
    assert twice["measures"] == 2 * once["measures"]
    assert twice["distinct_conditions"] == once["distinct_conditions"] < varied["distinct_conditions"]
    assert min(found["us_a_condition"], found["one_by_one_ms"], once["mask_ms"], once["questions_ms"]) > 0
    assert "each measure twice" in table(found)


@pytest.mark.slow
def test_made_catalogues_have_as_many_measures_and_distinct_conditions_as_asked_for() -> None:
    sizes = [(50, 40), (100, 40), (50, 80)]
    growth = figures(20, sizes, firms=1)["growth"]
    assert [(one["measures"], one["distinct_conditions"]) for one in growth] == sizes
    assert all(one["mask_ms"] > 0 for one in growth)
