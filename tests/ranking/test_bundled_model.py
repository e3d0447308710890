"""Claims about the very model that is served: it obeys sense, fits its table and is the better of two."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.features import COLUMN, FEATURES, NAMES, table
from ranking.model import BUNDLED, REPORT_PAGE, LightGBMRanker
from tests.ranking.pairs_made import made_candidates

MODEL = LightGBMRanker.load(BUNDLED)
DIRECTED = [f for f in FEATURES if f.monotone]
GRID = {"share": np.linspace(0, 1, 41), "yuan": np.geomspace(1, 1e10, 41)}


@pytest.mark.parametrize("feature", DIRECTED, ids=lambda f: f.name)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_more_of_what_is_good_never_ranks_lower_all_else_equal(feature: Any, seed: int) -> None:
    grid = GRID.get(feature.unit, np.arange(41.0))
    for row in table(made_candidates(5, seed=seed)):
        x = np.repeat(row[None], len(grid), axis=0)
        x[:, COLUMN[feature.name]] = grid
        assert (np.diff(MODEL.raw(x)) * feature.monotone >= 0).all()


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), times=st.floats(1, 1000))
def test_more_money_and_fewer_unknowns_together_never_rank_lower(seed: int, times: float) -> None:
    x = table(made_candidates(30, seed=seed))
    better = x.copy()
    better[:, [COLUMN["worth"], COLUMN["worth_share"]]] *= times
    better[:, COLUMN["unknown"]] = np.maximum(better[:, COLUMN["unknown"]] - 1, 0)
    assert (MODEL.score(better) >= MODEL.score(x)).all()


def test_the_directions_it_was_trained_with_are_those_of_the_table() -> None:
    assert MODEL.manifest["parameters"]["monotone_constraints"] == [f.monotone for f in FEATURES]


def test_its_report_stands_beside_it_as_page_text_and_figures() -> None:
    told = json.loads((BUNDLED / "report.json").read_text())
    assert told["model"] == MODEL.id
    assert set(told["importance"]) == set(NAMES)
    assert set(told["segments"]) == {"size", "region", "industry"}
    assert MODEL.id in (BUNDLED / REPORT_PAGE).read_text()
