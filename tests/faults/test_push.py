"""The push under load while processes are killed, by seed; a seed that ever failed stays here."""

import pytest

from tests.faults.arrangement import ROOT
from tests.faults.push import push
from tests.faults.shown import SHOWN

KILLS = 5


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("seed", "database"), [(15, "sqlite"), (16, "postgresql")])
async def test_whatever_is_killed_nothing_is_lost_doubled_or_changed(seed: int, database: str) -> None:
    found = await push(KILLS, seed, database)
    assert {claim: wrong for claim, wrong in found.wrong.items() if wrong} == {}
    assert found.counts["kills"] == KILLS
    assert found.counts["notifications"] > 0


@pytest.mark.parametrize("name", SHOWN)
def test_each_fault_is_shown_by_tests_that_exist(name: str) -> None:
    _, *places = SHOWN[name]
    for place in places:
        file, _, test = place.partition("::")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), place
