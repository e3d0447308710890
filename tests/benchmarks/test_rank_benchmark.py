"""Claims about the benchmark of ranking: what is timed, and that the peers score the same rows alike."""

import numpy as np
import pytest

from benchmarks.rank import figures, shown
from benchmarks.trees_to_onnx import onnx_of
from ranking.features import NAMES, table
from ranking.model import BUNDLED, LightGBMRanker, model_file
from tests.ranking.pairs_made import made_candidates


@pytest.mark.slow
def test_features_and_score_are_timed_beside_two_peers_that_agree() -> None:
    found = figures(firms=2, rounds=1)
    assert found["candidates"] == 200
    assert {"features", "score", "features + score", "lightgbm Booster.predict", "ONNX Runtime"} <= set(
        found["ms"]
    )
    assert min(found["ms"].values()) > 0
    assert found["largest difference of raw scores"]["lightgbm Booster.predict"] == 0
    assert found["largest difference of raw scores"]["ONNX Runtime"] < 1e-5
    assert "features + score" in shown(found)


def test_trees_as_onnx_score_unknown_values_as_lightgbm_does() -> None:
    import lightgbm
    import onnxruntime

    model = LightGBMRanker.load(BUNDLED)
    booster = lightgbm.Booster(model_file=str(BUNDLED / model_file(model.id)))
    session = onnxruntime.InferenceSession(onnx_of(booster.dump_model(), len(NAMES)).SerializeToString())
    x = table(made_candidates(300, seed=11))
    x[::3] = np.nan
    np.testing.assert_allclose(session.run(None, {"x": x})[0][:, 0], model.raw(x), atol=1e-5)
