"""Claims about the benchmark of the push: all that is published arrives, and both rates are told."""

import pytest

from benchmarks.push import figures, table


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_times_and_both_rates_are_told() -> None:
    found = await figures(["sqlite"], 20, 100, rounds=2)
    one = found["sqlite"]
    assert 0 < one["published"]["first"]["p50_ms"] <= one["published"]["last"]["p99_ms"]
    assert one["drained"]["per_s"] > 0
    assert min(one["drained"]["bare_per_s"]) > 0
    assert "20 enterprises" in table(found)
