"""Claims about the documented formula."""

import numpy as np
import pytest

from ranking.features import COLUMN, FEATURES, NAMES, table
from ranking.formula import TERMS, contributions, formula_id
from ranking.model import FormulaRanker, NullRanker
from tests.ranking.pairs_made import made_candidates

DIRECTIONS = {f.name: f.monotone for f in FEATURES}
GRID = {"share": np.linspace(0, 1, 21), "yuan": np.geomspace(1, 1e10, 21)}


@pytest.mark.parametrize("term", TERMS, ids=lambda t: t.feature)
def test_a_term_never_goes_against_the_direction_of_its_feature(term: object) -> None:
    assert hasattr(term, "feature")
    feature = FEATURES[COLUMN[term.feature]]
    x = np.full((21, len(NAMES)), np.nan)
    x[:, COLUMN[feature.name]] = GRID.get(feature.unit, np.arange(21))
    steps = np.diff(FormulaRanker().score(x))
    assert feature.monotone == 0 or (steps * feature.monotone >= 0).all()


def test_every_term_names_a_feature_once_and_says_why() -> None:
    named = [term.feature for term in TERMS]
    assert len(set(named)) == len(named)
    assert set(named) <= set(NAMES)
    assert all(len(term.reason) > 20 for term in TERMS)


def test_what_is_unknown_adds_nothing() -> None:
    x = np.full((1, len(NAMES)), np.nan)
    assert not contributions(x).any()
    assert FormulaRanker().score(x)[0] == 0.5


def test_contributions_sum_to_the_score() -> None:
    x, formula = table(made_candidates(50)), FormulaRanker()
    raw = formula.explain(x).sum(axis=1)
    assert np.allclose(1 / (1 + np.exp(-raw)), formula.score(x), atol=1e-12)


def test_scores_lie_between_nought_and_one() -> None:
    scores = FormulaRanker().score(table(made_candidates(500)))
    assert ((scores > 0) & (scores < 1)).all()


def test_a_title_held_already_ranks_below_the_same_one_not_held() -> None:
    x = np.repeat(table(made_candidates(1)), 2, axis=0)
    x[:, COLUMN["held"]] = [0, 1]
    fresh, held = FormulaRanker().score(x)
    assert fresh > held


def test_the_id_is_short_and_stands_for_the_weights() -> None:
    assert len(formula_id()) == 12
    assert FormulaRanker().id == formula_id()


def test_no_ranker_prefers_nothing_and_explains_nothing() -> None:
    x, null = table(made_candidates(5)), NullRanker()
    assert null.score(x).tolist() == [0.5] * 5
    assert not null.explain(x).any()
