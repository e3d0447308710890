"""Claims about trained models: what they obey, how they explain, and when they are refused."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ranking.features import COLUMN, FEATURES, NAMES, table
from ranking.model import FormulaRanker, LightGBMRanker, ModelRefused, NullRanker, Ranker
from ranking.report import Report
from tests.ranking.pairs_made import made_candidates

GRID = {"share": np.linspace(0, 1, 25), "yuan": np.geomspace(1, 1e9, 25)}
DIRECTED = [f for f in FEATURES if f.monotone]


@pytest.fixture
def folder(trained: tuple[Path, Report], tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained[0], tmp_path / "model"))


def rewrite(folder: Path, **members: Any) -> None:
    file = folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | members))


@pytest.mark.parametrize("feature", DIRECTED, ids=lambda f: f.name)
def test_a_trained_model_obeys_the_direction_of_each_feature(ranker: LightGBMRanker, feature: Any) -> None:
    grid = GRID.get(feature.unit, np.arange(25.0))
    for row in table(made_candidates(20, seed=9)):
        x = np.repeat(row[None], len(grid), axis=0)
        x[:, COLUMN[feature.name]] = grid
        assert (np.diff(ranker.raw(x)) * feature.monotone >= 0).all()


def test_the_model_learned_what_was_put_into_the_grades(ranker: LightGBMRanker) -> None:
    x = np.repeat(table(made_candidates(1)), 2, axis=0)
    x[:, COLUMN["text"]] = [0.05, 0.95]
    assert np.diff(ranker.score(x))[0] > 0.1


def test_contributions_and_base_sum_to_the_raw_score(ranker: LightGBMRanker) -> None:
    x = table(made_candidates(40, seed=3))
    assert np.allclose(ranker.explain(x).sum(axis=1) + ranker.base, ranker.raw(x), atol=1e-9)


def test_a_row_of_unknowns_has_a_finite_score(ranker: LightGBMRanker) -> None:
    x = np.full((1, len(NAMES)), np.nan)
    assert 0 < ranker.score(x)[0] < 1
    assert np.isfinite(ranker.explain(x)).all()


def test_the_serving_library_agrees_with_the_python_package(ranker: LightGBMRanker, folder: Path) -> None:
    import lightgbm

    x = table(made_candidates(200, seed=4))
    theirs = lightgbm.Booster(model_file=str(folder / f"{ranker.id}.txt"))
    assert np.array_equal(theirs.predict(x, raw_score=True), ranker.raw(x))


@pytest.mark.parametrize("name", ["none", "formula", "lightgbm"])
def test_every_ranker_scores_rows_one_by_one_as_together(name: str, ranker: LightGBMRanker) -> None:
    rankers: dict[str, Ranker] = {r.name: r for r in (NullRanker(), FormulaRanker(), ranker)}
    x, chosen = table(made_candidates(30)), rankers[name]
    together = chosen.score(x)
    assert np.array_equal(together, [chosen.score(row[None])[0] for row in x])
    assert ((together >= 0) & (together <= 1)).all()
    assert chosen.explain(x).shape == x.shape
    assert chosen.score(x[:0]).shape == (0,)
    assert chosen.cold_start
    assert chosen.id


def test_threads_may_score_at_once(ranker: LightGBMRanker) -> None:
    x = table(made_candidates(300))
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda _: ranker.score(x), range(16)))
    assert all(np.array_equal(each, results[0]) for each in results)


def test_a_table_of_another_width_is_an_error(ranker: LightGBMRanker) -> None:
    with pytest.raises(ValueError, match="rows of"):
        ranker.score(np.zeros((2, 3)))


def test_one_altered_byte_of_the_model_is_refused(folder: Path, ranker: LightGBMRanker) -> None:
    file = folder / f"{ranker.id}.txt"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelRefused, match="not the one"):
        LightGBMRanker.load(folder)


def test_a_half_written_model_is_refused(folder: Path, ranker: LightGBMRanker) -> None:
    file = folder / f"{ranker.id}.txt"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ModelRefused):
        LightGBMRanker.load(folder)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"features": "0" * 64}, "another table"),
        ({"id": "../../secret"}, "id"),
        ({"cold_start": 1}, "cold_start"),
        ({"format": 2}, "format"),
        ({"sha256": None}, "sha256"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(folder: Path, members: dict[str, Any], told: str) -> None:
    rewrite(folder, **members)
    with pytest.raises(ModelRefused, match=told):
        LightGBMRanker.load(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_manifest_is_refused(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(ModelRefused):
        LightGBMRanker.load(folder)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused):
        LightGBMRanker.load(tmp_path)


def test_importing_the_module_loads_neither_model_nor_training_library() -> None:
    script = (
        "import sys, ranking.model; print([m for m in ('lightgbm', 'pandas', 'sklearn') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
