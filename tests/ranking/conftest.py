"""One model trained from made-up pairs, shared by the tests of ranking."""

from pathlib import Path

import pytest

from ranking.lessons import GradedTable
from ranking.model import LightGBMRanker
from ranking.report import Report
from tests.ranking.pairs_made import made_pairs, trained_in


@pytest.fixture(scope="session")
def pairs() -> GradedTable:
    return made_pairs()


@pytest.fixture(scope="session")
def trained(pairs: GradedTable, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    folder = tmp_path_factory.mktemp("trained")
    return folder, trained_in(pairs, folder, 7)


@pytest.fixture(scope="session")
def ranker(trained: tuple[Path, Report]) -> LightGBMRanker:
    return LightGBMRanker.load(trained[0])
