"""What `huiqi model` and `huiqi train` say and leave behind, on a folder of models; no service runs."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ranking.clicks import Deed, Shown
from ranking.features import table_hash
from ranking.model import BUNDLED, read_manifest
from ranking.registry import Models
from service.settings import Settings
from tests.ranking.pairs_made import made_clicks, small_model
from tests.service.test_cli import Run, huiqi, installed

__all__ = ["huiqi", "installed"]
AT = "2026-11-24T12:00:00+08:00"


@pytest.fixture
def models(installed: Run) -> Models:
    return Models(Settings().model_folder)


def add(models: Models, seed: int) -> str:
    return models.add(lambda into: small_model(into, seed), AT)


def listed(run: Run) -> dict[str, Any]:
    status, lines = run("model", "list", "--json")
    assert status == 0
    return {row["id"]: row for row in json.loads("\n".join(lines))}


def serving(run: Run) -> str:
    (name,) = [name for name, row in listed(run).items() if "serving" in row["states"]]
    return name


def test_the_list_names_the_one_that_serves_first(huiqi: Run) -> None:
    bundled = read_manifest(BUNDLED)
    status, lines = huiqi("model", "list")
    assert status == 0
    assert lines[1].split()[0] == serving(huiqi) == bundled["id"]
    assert listed(huiqi)[bundled["id"]]["ndcg@10"] == bundled["metrics"]["ndcg@10"]["trained"]


def test_promoting_and_rolling_back_change_what_serves(installed: Run, models: Models) -> None:
    before, name = serving(installed), add(models, 7)
    assert listed(installed)[name]["states"] == ["shadow"]
    assert installed("model", "promote", name) == (0, [f"{name} serves"])
    assert serving(installed) == name
    assert installed("model", "rollback") == (0, [f"{before} serves"])
    assert serving(installed) == before
    status, lines = installed("model", "rollback")
    assert (status, lines) == (1, ["no model was promoted: there is nothing to go back to"])


def test_a_model_that_is_not_there_or_damaged_is_refused_in_one_line(installed: Run, models: Models) -> None:
    assert installed("model", "promote", "0123456789ab") == (1, ["there is no model 0123456789ab"])
    name = add(models, 7)
    (models.folder / name / f"{name}.txt").write_text("tree")
    status, lines = installed("model", "promote", name)
    assert (status, len(lines)) == (1, 1)
    assert "refused" in listed(installed)[name]["states"]


@pytest.mark.parametrize("wrong", [("promote",), ("list", "x"), ("rollback", "x"), ("forget", "x"), ()])
def test_wrong_usage_of_model_ends_with_two(huiqi: Run, wrong: tuple[str, ...]) -> None:
    assert huiqi("model", *wrong)[0] == 2


def test_a_candidate_can_be_taken_into_shadow_and_out(installed: Run, models: Models) -> None:
    first, second = add(models, 7), add(models, 8)
    assert models.choices().shadow == second
    assert installed("model", "shadow", first)[0] == 0
    assert models.choices().shadow == first
    assert installed("model", "shadow", "none")[0] == 0
    assert models.choices().shadow is None


def test_training_from_an_empty_log_says_that_there_are_no_events(installed: Run) -> None:
    status, lines = installed("train", "--from", "database")
    assert (status, len(lines)) == (1, 1)
    assert "no event was told" in lines[0]


def test_training_from_a_folder_without_anything_is_refused(huiqi: Run, tmp_path: Path) -> None:
    status, lines = huiqi("train", "--from", str(tmp_path))
    assert (status, len(lines)) == (1, 1)
    assert huiqi("train", "--from", str(tmp_path / "none"))[0] == 1


def test_what_was_exported_makes_a_candidate_that_scores_in_shadow(
    installed: Run, models: Models, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("service.learning.frames.lessons_in", lambda _: told_of_clicks())
    before = serving(installed)
    status, lines = installed("train", "--from", str(tmp_path))
    assert status == 0, lines
    (name,) = models.installed()
    assert lines[-1] == f"{name} scores in shadow; huiqi model promote {name} lets it serve"
    assert serving(installed) == before
    assert listed(installed)[name]["cold_start"] is False
    assert (models.folder / name / "report.html").exists()


def told_of_clicks() -> tuple[list[Shown], list[Deed]]:
    clicks = made_clicks(60, 8)
    assert clicks.at is not None
    shown, deeds = [], []
    for name in sorted(set(clicks.firms)):
        rows = np.flatnonzero(np.array(clicks.firms) == name)
        measures, at = tuple(clicks.measures[row] for row in rows), int(clicks.at[rows[0]])
        shown.append(Shown(name, at, 1, measures, clicks.x[rows], table_hash()))
        deeds += [Deed(name, clicks.measures[row], "opened", at + 1) for row in rows if clicks.grades[row]]
    return shown, deeds
