"""Claims about pairs, training and its report."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ranking.metrics import ndcg
from ranking.model import LightGBMRanker
from ranking.pairs import GradedTable, PairsRefused, load_judgements
from ranking.report import Report
from ranking.training import PLANS, train, train_and_save

GOOD = {"enterprise": "a", "measure": "d-1.x", "grade": 2, "reason": "有用", "split": "seen"}


def written(folder: Path, seen: list[object], unseen: list[object]) -> Path:
    for split, lines in (("seen", seen), ("unseen", unseen)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{split}.jsonl").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("plan", PLANS, ids=lambda p: p.name)
def test_the_same_seed_gives_the_same_bytes(pairs: GradedTable, plan) -> None:
    seen = pairs.rows(~pairs.unseen)
    first = train(seen.x, seen.grades, seen.groups(), 7, plan)
    assert first == train(seen.x, seen.grades, seen.groups(), 7, plan)
    assert first != train(seen.x, seen.grades, seen.groups(), 8, plan)


def test_training_again_writes_the_same_files_whatever_the_order_of_lines(
    pairs: GradedTable, trained: tuple[Path, Report], tmp_path: Path
) -> None:
    order = np.random.default_rng(1).permutation(len(pairs.grades))
    firms, measures = (tuple(np.array(column)[order]) for column in (pairs.firms, pairs.measures))
    mixed = GradedTable(
        pairs.x[order], pairs.grades[order], firms, measures, pairs.unseen[order], pairs.as_of
    )
    train_and_save(mixed, tmp_path, 7, lambda _done, _total: None)
    files = {file.name: file.read_bytes() for file in trained[0].iterdir()}
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == files


def test_the_grades_of_unseen_firms_change_no_model(
    pairs: GradedTable, ranker: LightGBMRanker, tmp_path: Path
) -> None:
    turned = replace(pairs, grades=np.where(pairs.unseen, 3 - pairs.grades, pairs.grades))
    train_and_save(turned, tmp_path, 7, lambda _done, _total: None)
    assert LightGBMRanker.load(tmp_path).id == ranker.id


def test_a_new_model_replaces_the_old_one_and_leaves_nothing_else(pairs: GradedTable, tmp_path: Path) -> None:
    for seed in (7, 8):
        train_and_save(pairs, tmp_path, seed, lambda _done, _total: None)
    model = LightGBMRanker.load(tmp_path)
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {f"{model.id}.txt", "manifest.json", "report.json", "report.md"}


def test_progress_ends_with_the_total(pairs: GradedTable, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    train_and_save(pairs, tmp_path, 7, lambda done, total: told.append((done, total)))
    assert told == [(done, len(PLANS) + 2) for done in range(1, len(PLANS) + 3)]


def test_the_report_shows_three_systems_with_intervals_and_says_cold_start(
    trained: tuple[Path, Report],
) -> None:
    told = json.loads((trained[0] / "report.json").read_text())
    figures = told["orders"]["served"]["figures"]["ndcg@10"]
    assert set(figures) == {"none", "formula", "trained"}
    assert all(low <= value <= high for value, low, high in figures.values())
    assert told["cold_start"] is True
    assert "cold_start: true" in (trained[0] / "report.md").read_text()


def test_the_report_measures_the_unseen_firms_only(
    pairs: GradedTable, trained: tuple[Path, Report], ranker: LightGBMRanker
) -> None:
    unseen = pairs.rows(pairs.unseen)
    scores, groups = ranker.score(unseen.x), unseen.groups()
    values = [ndcg(unseen.grades[groups == g], scores[groups == g], 10) for g in range(10)]
    figure = trained[1].orders["score"].figures["ndcg@10"]["trained"]
    assert figure.value == pytest.approx(np.mean(values))
    assert figure.groups == 10


def test_the_manifest_carries_what_the_model_came_from(ranker: LightGBMRanker, pairs: GradedTable) -> None:
    manifest = ranker.manifest
    assert (manifest["seed"], manifest["cold_start"], manifest["lightgbm"]) == (7, True, "4.7.0")
    assert manifest["data"]["sha256"] == pairs.sha256()
    assert manifest["data"]["seen"]["pairs"] + manifest["data"]["unseen"]["pairs"] == len(pairs.grades)
    assert set(manifest["metrics"]) == {"ndcg@5", "ndcg@10"}
    assert manifest["parameters"]["num_threads"] == 1


def test_without_unseen_firms_nothing_is_trained(pairs: GradedTable, tmp_path: Path) -> None:
    with pytest.raises(PairsRefused):
        train_and_save(pairs.rows(~pairs.unseen), tmp_path, 7, lambda _done, _total: None)
    assert list(tmp_path.iterdir()) == []


def test_judgements_are_read_in_order(tmp_path: Path) -> None:
    unseen = GOOD | {"enterprise": "b", "split": "unseen", "grade": 0}
    read = load_judgements(written(tmp_path, [GOOD], [unseen]))
    assert [(j.enterprise, j.grade, j.split) for j in read] == [("a", 2, "seen"), ("b", 0, "unseen")]


@pytest.mark.parametrize(
    ("seen", "unseen", "told"),
    [
        ([GOOD, GOOD], [], "seen.jsonl:2: .* graded before"),
        ([GOOD | {"grade": 4}], [], "seen.jsonl:1: /grade: out_of_range"),
        ([GOOD | {"grade": 1.5}], [], "/grade: wrong_type"),
        ([GOOD | {"reason": ""}], [], "/reason"),
        ([GOOD | {"split": "unseen"}], [], "other split"),
        ([GOOD], [GOOD | {"split": "unseen", "measure": "d-1.y"}], "unseen.jsonl:1: a belongs"),
        ([{"enterprise": "a"}], [], "missing_member"),
        ([GOOD | {"score": 1}], [], "unknown_member"),
    ],
)
def test_faulty_pairs_are_refused_with_their_line(
    tmp_path: Path, seen: list[object], unseen: list[object], told: str
) -> None:
    with pytest.raises(PairsRefused, match=told):
        load_judgements(written(tmp_path, seen, unseen))


def test_a_missing_file_of_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PairsRefused):
        load_judgements(tmp_path)
