"""Claims about the models of an installation: which serves, which steps in, and what a choice changes."""

import json
import shutil
from pathlib import Path

import pytest

from ranking.formula import formula_id
from ranking.lessons import GradedTable
from ranking.model import BUNDLED, LightGBMRanker, ModelRefused, read_manifest
from ranking.registry import CHOICES, FORMULA, Models
from ranking.report import Report
from tests.ranking.pairs_made import trained_in

AT = "2026-11-29T10:00:00+00:00"


@pytest.fixture(scope="session")
def two(
    pairs: GradedTable, trained: tuple[Path, Report], tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    other = tmp_path_factory.mktemp("other")
    trained_in(pairs, other, 8)
    return [trained[0], other]


@pytest.fixture
def models(tmp_path: Path) -> Models:
    return Models(tmp_path / "models")


def added(models: Models, folder: Path) -> str:
    def make(into: Path) -> None:
        shutil.copytree(folder, into)

    return models.add(make, AT)


def spoil(models: Models, name: str) -> None:
    file = models.folder_of(name) / f"{name}.txt"
    file.write_bytes(file.read_bytes()[:-100])


def test_without_any_choice_the_better_of_bundled_model_and_formula_serves(models: Models) -> None:
    figures = read_manifest(BUNDLED)["metrics"]["ndcg@10"]
    better = figures["trained"][0] >= figures["formula"][0]
    assert models.serving().ranker.name == ("lightgbm" if better else "formula")
    assert models.serving().refused == {}
    assert models.stamp() is None


def test_a_bundled_model_that_is_worse_than_the_formula_does_not_serve(tmp_path: Path) -> None:
    worse = Path(shutil.copytree(BUNDLED, tmp_path / "bundled"))
    manifest = json.loads((worse / "manifest.json").read_text())
    manifest["metrics"]["ndcg@10"]["trained"][0] = manifest["metrics"]["ndcg@10"]["formula"][0] - 0.001
    (worse / "manifest.json").write_text(json.dumps(manifest))
    models = Models(tmp_path / "models", worse)
    assert (models.serving().ranker.name, models.serving().refused) == ("formula", {})
    assert models.promote(manifest["id"]) == models.serving().ranker.id == manifest["id"]


def test_a_new_model_scores_in_shadow_and_serves_once_promoted(models: Models, two: list[Path]) -> None:
    before = models.serving().ranker.id
    name = added(models, two[0])
    assert (models.serving().ranker.id, models.choices().shadow) == (before, name)
    assert models.promote(name) == name
    assert (models.serving().ranker.id, models.choices().shadow) == (name, None)
    assert models.choices().added == {name: AT}
    assert sorted(file.name for file in (models.folder / name).iterdir()) == sorted(
        file.name for file in two[0].iterdir()
    )


def test_rolling_back_goes_one_promotion_back_until_the_default(models: Models, two: list[Path]) -> None:
    default = models.serving().ranker.id
    first, second = (added(models, folder) for folder in two)
    models.promote(first)
    models.promote(second)
    assert [models.rollback(), models.rollback()] == [first, default]
    with pytest.raises(ModelRefused, match="nothing to go back to"):
        models.rollback()


def test_promoting_what_serves_already_is_no_second_promotion(models: Models, two: list[Path]) -> None:
    default, name = models.serving().ranker.id, added(models, two[0])
    models.promote(name)
    models.promote(name)
    assert models.rollback() == default


def test_the_formula_can_be_promoted_by_name_or_id(models: Models) -> None:
    assert models.promote(FORMULA) == formula_id()
    assert models.serving().ranker.name == "formula"
    assert models.promote(formula_id()) == formula_id()


def test_a_damaged_model_gives_way_to_the_one_before_it(models: Models, two: list[Path]) -> None:
    first, second = (added(models, folder) for folder in two)
    models.promote(first)
    models.promote(second)
    spoil(models, second)
    assert models.serving().ranker.id == first
    assert list(models.serving().refused) == [second]
    spoil(models, first)
    assert list(models.serving().refused) == [second, first]
    assert models.serving().ranker.id == Models(models.folder / "none").serving().ranker.id


def test_with_every_model_damaged_the_formula_serves(tmp_path: Path) -> None:
    bundled = Path(shutil.copytree(BUNDLED, tmp_path / "bundled"))
    (bundled / "manifest.json").write_text("{}")
    models = Models(tmp_path / "models", bundled)
    assert models.serving().ranker.name == "formula"
    assert list(models.serving().refused.values()) == ["there is no model trained"]


def test_a_damaged_model_is_not_promoted_and_nothing_changes(models: Models, two: list[Path]) -> None:
    name = added(models, two[0])
    spoil(models, name)
    before = (models.folder / CHOICES).read_bytes()
    with pytest.raises(ModelRefused):
        models.promote(name)
    with pytest.raises(ModelRefused, match="there is no model"):
        models.promote("0123456789ab")
    assert (models.folder / CHOICES).read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"[]", b'{"promoted": [1], "shadow": null, "added": {}}', b"\xff"])
def test_damaged_choices_leave_the_default_and_are_told(models: Models, content: bytes) -> None:
    default = models.serving().ranker.id
    models.folder.mkdir()
    (models.folder / CHOICES).write_bytes(content)
    assert models.serving().ranker.id == default
    assert list(models.serving().refused) == [CHOICES]


def test_a_model_that_fails_its_trial_is_refused(tmp_path: Path, two: list[Path]) -> None:
    def slow(_: LightGBMRanker) -> None:
        raise ModelRefused("too slow")

    models = Models(tmp_path / "models", trial=slow)
    with pytest.raises(ModelRefused, match="too slow"):
        models.promote(added(models, two[0]))
    assert models.serving().ranker.name == "formula"


def test_training_that_fails_leaves_nothing_behind(models: Models) -> None:
    def fails(into: Path) -> None:
        into.mkdir()
        (into / "half").write_text("…")
        raise ValueError("no pairs")

    with pytest.raises(ValueError, match="no pairs"):
        models.add(fails, AT)
    assert list(models.folder.iterdir()) == []


def test_a_choice_changes_the_stamp_that_a_service_watches(models: Models, two: list[Path]) -> None:
    stamps = [models.stamp()]
    name = added(models, two[0])
    stamps.append(models.stamp())
    models.promote(name)
    stamps.append(models.stamp())
    models.rollback()
    stamps.append(models.stamp())
    assert len(set(stamps)) == 4


def test_the_same_model_again_is_one_model(models: Models, two: list[Path]) -> None:
    assert added(models, two[0]) == added(models, two[0])
    assert len(models.installed()) == 1
    assert added(models, BUNDLED) == models.bundled_id()
    assert len(models.installed()) == 1
