"""Claims about the benchmark of audiences: both ways agree, and each size is told."""

import pytest

from benchmarks.audience import figures, table


@pytest.mark.slow
def test_columns_and_the_loop_agree_on_every_firm() -> None:
    found = figures([30, 90])
    assert [one["differ"] for one in found["sizes"].values()] == [0, 0]
    assert all(
        one[way]["p50_ms"] > 0 for one in found["sizes"].values() for way in ("first", "again", "loop")
    )
    assert "90" in table(found)
