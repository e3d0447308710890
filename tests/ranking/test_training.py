"""Claims about pairs, training and its report."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ranking.booster import Booster
from ranking.features import NAMES
from ranking.lessons import GradedTable
from ranking.metrics import ndcg
from ranking.model import LightGBMRanker
from ranking.pairs import PairsRefused, load_judgements
from ranking.report import Report
from ranking.training import LATEST, MOST_ROUNDS, PLANS, STEP, held_out, train, tried
from tests.ranking.pairs_made import made_clicks, trained_in, usefulness

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
    segments = {name: tuple(np.array(words)[order]) for name, words in pairs.segments.items()}
    mixed = GradedTable(
        pairs.x[order],
        pairs.grades[order],
        firms,
        measures,
        pairs.unseen[order],
        pairs.as_of,
        segments=segments,
    )
    trained_in(mixed, tmp_path, 7)
    files = {file.name: file.read_bytes() for file in trained[0].iterdir()}
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == files


def test_the_grades_of_unseen_firms_change_no_model(
    pairs: GradedTable, ranker: LightGBMRanker, tmp_path: Path
) -> None:
    turned = replace(pairs, grades=np.where(pairs.unseen, 3 - pairs.grades, pairs.grades))
    trained_in(turned, tmp_path, 7)
    assert LightGBMRanker.load(tmp_path).id == ranker.id


def test_a_new_model_replaces_the_old_one_and_leaves_nothing_else(pairs: GradedTable, tmp_path: Path) -> None:
    for seed in (7, 8):
        trained_in(pairs, tmp_path, seed)
    model = LightGBMRanker.load(tmp_path)
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {f"{model.id}.txt", "manifest.json", "report.json", "report.md", "report.html"}


def test_progress_ends_with_the_total(pairs: GradedTable, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    trained_in(pairs, tmp_path, 7, lambda done, total: told.append((done, total)))
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
        trained_in(pairs.rows(~pairs.unseen), tmp_path, 7)
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


@pytest.fixture(scope="module")
def clicks() -> GradedTable:
    return made_clicks()


def test_what_was_shown_first_is_not_taken_for_what_is_useful(clicks: GradedTable) -> None:
    plan, true = PLANS[2], usefulness(clicks.x) > np.quantile(usefulness(clicks.x), 0.6)
    groups = clicks.groups()
    figures = []
    for positions in (None, clicks.positions):
        model = Booster(train(clicks.x, clicks.grades, groups, 7, plan, positions=positions))
        scores = model.raw(clicks.x)
        figures.append(np.nanmean([ndcg(3 * true[groups == g], scores[groups == g], 5) for g in range(300)]))
    biased, corrected = figures
    assert corrected > biased + 0.01


def test_a_model_of_behaviour_is_chosen_on_later_requests_and_says_so(
    clicks: GradedTable, tmp_path: Path
) -> None:
    trained_in(clicks, tmp_path, 7)
    model = LightGBMRanker.load(tmp_path)
    assert model.cold_start is False
    assert model.manifest["parameters"]["objective"] == "lambdarank"
    assert model.manifest["data"]["range"] == ["2023-11-14", "2023-11-15"]
    assert "cold_start: false" in (tmp_path / "report.md").read_text()


def test_of_behaviour_the_latest_requests_are_held_out(clicks: GradedTable) -> None:
    (out,) = held_out(clicks.rows(~clicks.unseen), 7)
    seen = clicks.rows(~clicks.unseen)
    assert seen.at is not None
    assert seen.at[out].min() > seen.at[~out].max()
    assert 0 < out.sum() <= LATEST * len(out)


def test_positions_change_the_model_and_the_same_ones_give_the_same_bytes(clicks: GradedTable) -> None:
    plan, groups = PLANS[2], clicks.groups()
    texts = [
        train(clicks.x, clicks.grades, groups, 7, plan, 20, positions=positions)
        for positions in (clicks.positions, clicks.positions, None)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_a_pointwise_plan_refuses_positions(clicks: GradedTable) -> None:
    with pytest.raises(ValueError, match="inside a list"):
        train(clicks.x, clicks.grades, clicks.groups(), 7, PLANS[0], positions=clicks.positions)


def test_training_stops_when_the_held_out_seen_firms_gain_no_more(pairs: GradedTable) -> None:
    seen = pairs.rows(~pairs.unseen)
    trial = tried(seen, 7, PLANS[3])
    assert 0 < trial.rounds < MOST_ROUNDS
    assert trial.rounds % STEP == 0


def test_the_page_of_the_report_has_plots_and_neither_script_nor_anything_from_elsewhere(
    trained: tuple[Path, Report],
) -> None:
    page = (trained[0] / "report.html").read_text()
    assert page.count("<svg") >= 6
    assert not [word for word in ("<script", "http:", "https:", "src=", "@import", "url(") if word in page]
    for shown in ("micro (", "Calibration", "Importance", "nDCG@10", "As served"):
        assert shown in page
    assert all(f"{name} · " in page for name in NAMES)


def test_calibration_covers_every_unseen_pair_once_from_low_to_high(trained: tuple[Path, Report]) -> None:
    bins = trained[1].calibration
    assert sum(each.rows for each in bins) == 120
    assert [each.score for each in bins] == sorted(each.score for each in bins)
    assert all(0 <= each.grade <= 1 for each in bins)


def test_each_segment_has_figures_of_its_own_firms(trained: tuple[Path, Report]) -> None:
    sizes = trained[1].segments["size"]
    assert {word: row["trained"].groups for word, row in sizes.items()} == {"large": 7, "micro": 3}
