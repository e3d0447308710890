"""Claims about the benchmark of asking: what is counted, and that repeated measures repeat no condition."""

import pytest

from benchmarks.ask import figures, table


@pytest.mark.slow
def test_measures_told_twice_have_no_more_distinct_conditions() -> None:
    found = figures(100, firms=2)
    once, twice, varied = found["catalogues"].values()
    assert twice["measures"] == 2 * once["measures"]
    assert twice["distinct_conditions"] == once["distinct_conditions"] < varied["distinct_conditions"]
    assert min(found["us_a_condition"], found["one_by_one_ms"], once["mask_ms"], once["questions_ms"]) > 0
    assert "each measure twice" in table(found)
