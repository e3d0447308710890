"""One model trained from made-up pairs, shared by the tests of ranking."""

from pathlib import Path

import pytest

from ranking.model import LightGBMRanker
from ranking.pairs import GradedTable
from ranking.report import Report
from ranking.training import train_and_save
from tests.ranking.pairs_made import made_pairs


@pytest.fixture(scope="session")
def pairs() -> GradedTable:
    return made_pairs()


@pytest.fixture(scope="session")
def trained(pairs: GradedTable, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    folder = tmp_path_factory.mktemp("trained")
    return folder, train_and_save(pairs, folder, 7, lambda _done, _total: None)


@pytest.fixture(scope="session")
def ranker(trained: tuple[Path, Report]) -> LightGBMRanker:
    return LightGBMRanker.load(trained[0])
