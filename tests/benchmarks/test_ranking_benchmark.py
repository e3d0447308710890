"""Claims about the benchmark of orders: nothing leaks, every system orders all, the form is kept.

Tiny made-up awards and graded rows, vectors that count letters; no encoder is opened.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.awards import LAST_TRAINING_YEAR, Awards, firm_of, read_awards, split
from benchmarks.ranking import (
    METRICS,
    differences,
    estimates,
    on_awards,
    on_judgements,
    relative,
    table,
)
from benchmarks.ranking_awards import RERANKED, Calls, learned, trained, untrained
from benchmarks.weighted_sum import WEIGHTS, weighted_sum
from ranking.booster import Booster
from ranking.features import COLUMN, NAMES
from ranking.lessons import GradedTable
from ranking.model import LightGBMRanker
from ranking.training import PLANS, train

SYSTEMS = ("random", "bm25", "dense", "hybrid", "weighted_sum", "formula", "trained")
WORDS = ("laser", "battery", "sonar", "drone", "vaccine", "antenna", "polymer", "sensor", "engine", "optics")
WINNING = "quotes the topic word by word"


class Letters:
    """Vectors that count letters, all somewhat alike, and every text that was encoded."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def queries(self, texts: Sequence[str]) -> np.ndarray:
        return self.passages(texts)

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        self.seen += texts
        rows = np.full((len(texts), 32), 0.5, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text:
                row[ord(letter) % 32] += 1
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows


def _topic(number: int) -> dict[str, Any]:
    word, other = WORDS[number % 10], WORDS[(number // 10) % 10]
    opened = f"{2011 + number % 6}-05-01"
    return {
        "id": f"t{number}",
        "title": f"Novel {word} {other}",
        "description": f"A {word} for {other}",
        "open_date": opened,
    }


def _company(number: int, name: str, year: int, awards: bool = True) -> dict[str, Any]:
    prior = {"year": year - 1, "title": f"A {WORDS[number % 10]}", "abstract": None}
    return {"id": f"c{number}", "name": name, "as_of_year": year, "prior_awards": [prior] if awards else []}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty calls; sixteen firms that won one, Acme twice, once before the cut and once after it."""
    place = tmp_path_factory.mktemp("awards")
    companies = [_company(n, f"Firm {n}, Inc.", 2011 + n % 6) for n in range(14)]
    companies += [_company(14, "ACME LLC", 2012), _company(15, "Acme, Inc.", 2015)]
    companies += [_company(16, "Nobody Corp.", 2014, awards=False)]
    won = "".join(f"{one['id']}\tt{number}\t1\n" for number, one in enumerate(companies))
    (place / "qrels.tsv").write_text(won, encoding="utf-8")
    _written(place / "topics.jsonl.gz", [_topic(number) for number in range(80)])
    _written(place / "companies.jsonl.gz", companies)
    _written(place / "pairs.jsonl.gz", [{"company": "c0", "award_abstract": WINNING}])
    return place


def _written(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    file.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


@pytest.fixture(scope="module")
def awards(folder: Path) -> Awards:
    return read_awards(folder)


def test_no_firm_is_in_both_parts_and_training_years_come_before_test_years(awards: Awards) -> None:
    train_part, test_part = split(awards.known())
    assert {one.firm for one in train_part} & {one.firm for one in test_part} == set()
    assert max(one.year for one in train_part) <= LAST_TRAINING_YEAR < min(one.year for one in test_part)
    assert "acme" not in {one.firm for one in train_part}
    assert "acme" in {one.firm for one in test_part}


def test_every_text_that_is_asked_with_is_of_a_year_before_the_call(awards: Awards) -> None:
    for company in awards.companies:
        assert all(year < company.year for year in company.award_years)


def test_no_text_of_a_winning_project_is_ever_read(folder: Path) -> None:
    letters, unread = Letters(), folder / "pairs.jsonl.gz"
    on_awards(read_awards(folder), letters)
    assert not any(WINNING in text for text in letters.seen)
    unread.unlink()
    assert read_awards(folder).companies


def test_training_asks_with_training_firms_alone_and_gives_the_same_model(awards: Awards) -> None:
    train_part, _ = split(awards.known())
    letters = Letters()
    calls = Calls(awards, letters)
    letters.seen.clear()
    model = learned(calls, train_part)
    assert set(letters.seen) == {award for one in train_part for award in one.awards}
    assert learned(calls, train_part) == model


def test_what_later_calls_look_like_changes_no_training_row(awards: Awards) -> None:
    calls = Calls(awards, Letters())
    train_part, _ = split(awards.known())
    before = learned(calls, train_part)
    calls.opened = np.where(calls.opened > LAST_TRAINING_YEAR, calls.opened + 50, calls.opened)
    assert learned(calls, train_part) == before
    calls.opened = np.full_like(calls.opened, LAST_TRAINING_YEAR)
    assert learned(calls, train_part) != before


@pytest.mark.parametrize(
    ("one", "other"),
    [("Acme, Inc.", "ACME LLC"), ("A.B. Systems Co", "AB Systems"), ("Inc Corp", "INC. CORP.")],
)
def test_names_of_one_firm_are_one(one: str, other: str) -> None:
    assert firm_of(one) == firm_of(other) != ""


def test_a_company_without_earlier_awards_is_told_apart(awards: Awards) -> None:
    assert [one.name for one in awards.unknown()] == ["Nobody Corp."]
    assert all(one.awards for one in awards.known())


def test_every_system_orders_all_calls_and_the_text_finds_what_was_won(awards: Awards) -> None:
    values, about = on_awards(awards, Letters())
    assert set(values) == set(SYSTEMS)
    assert about["without earlier award"] == 1
    assert set(about["by name alone"]["systems"]) == set(SYSTEMS) - {"trained"}
    best = values["bm25"]["ndcg@10"].mean()
    assert values["random"]["ndcg@10"].mean() < best <= 1
    assert values["weighted_sum"]["mrr"] == pytest.approx(values["hybrid"]["mrr"])
    assert values["formula"]["mrr"] == pytest.approx(values["hybrid"]["mrr"])


def test_calls_of_the_same_year_are_a_pool_of_their_own(awards: Awards) -> None:
    values, about = on_awards(awards, Letters())
    narrow = about["calls of the same year"]["systems"]["random"]["ndcg@10"][0]
    assert narrow > values["random"]["ndcg@10"].mean()


def test_only_the_best_by_text_are_ordered_anew(awards: Awards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.ranking_awards.RERANKED", 7)
    calls = Calls(awards, Letters())
    train_part, test_part = split(awards.known())
    found = calls.matches(test_part)
    scores = trained(found, learned(calls, train_part))
    for row, text in zip(scores, untrained(found)["hybrid"], strict=True):
        best = np.argsort(-text, kind="stable")
        assert set(np.argsort(-row, kind="stable")[:7]) == set(best[:7])
        assert list(np.argsort(-row, kind="stable")[7:]) == list(best[7:])
    assert RERANKED == 200


def _row(**features: float) -> np.ndarray:
    x = np.full((1, len(NAMES)), np.nan)
    for name, value in features.items():
        x[0, COLUMN[name]] = value
    return x


def test_the_weighted_sum_is_of_four_parts_and_of_nothing_where_nothing_is_known() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert weighted_sum(_row()) == 0
    assert weighted_sum(_row(text=1)) == pytest.approx(0.4)
    assert weighted_sum(_row(met_share=1)) == pytest.approx(0.3)
    assert weighted_sum(_row(age_days=0)) == pytest.approx(0.2)
    assert weighted_sum(_row(worth=1e9)) == pytest.approx(0.1)
    assert weighted_sum(_row(part=3, held=1, mode=2, title_words=1)) == 0


def _judged() -> tuple[GradedTable, LightGBMRanker]:
    draw, firms = np.random.default_rng(3), 12
    grades = draw.integers(0, 4, firms * 15)
    x = np.full((len(grades), len(NAMES)), np.nan)
    x[:, COLUMN["text"]] = (grades + draw.random(len(grades))) / 4
    x[:, COLUMN["part"]] = draw.integers(0, 4, len(grades))
    groups = np.repeat(np.arange(firms), 15)
    model = LightGBMRanker(Booster(train(x, grades, groups, 1, PLANS[0])), {"id": "m", "cold_start": True})
    pairs = GradedTable(
        x=x,
        grades=grades,
        firms=tuple(f"f{n:02d}" for n in groups),
        measures=tuple(f"m{n % 15}" for n in range(len(grades))),
        unseen=np.ones(len(grades), np.bool_),
        as_of=date(2026, 11, 24),
    )
    return pairs, model


def test_judged_firms_are_ordered_by_every_system_by_score_and_as_served() -> None:
    values, about = on_judgements(*_judged())
    assert set(values) == set(SYSTEMS) == set(about["served"]["systems"])
    assert (about["model"], about["firms"], about["pairs"]) == ("m", 12, 180)
    assert values["hybrid"]["ndcg@10"].mean() > values["random"]["ndcg@10"].mean()
    assert np.allclose(values["bm25"]["ndcg@10"], values["random"]["ndcg@10"])
    served = about["served"]["systems"]["random"]["ndcg@10"][0]
    assert served != pytest.approx(values["random"]["ndcg@10"].mean(), abs=1e-4)


def test_figures_have_the_agreed_form_and_the_table_names_every_system() -> None:
    values, about = on_judgements(*_judged())
    sets = estimates(values)
    for row in sets.values():
        assert set(row) == set(METRICS)
        spans = np.array(list(row.values()), np.float64)
        assert (spans[:, 1] <= spans[:, 0]).all()
        assert (spans[:, 0] <= spans[:, 2]).all()
    told = table({"sets": {"judgements": sets}, "paired": {"judgements": differences(values)},
                  "about": {"judgements": about}})  # fmt: skip
    assert all(system in told for system in SYSTEMS)
    assert "trained / weighted_sum - 1" in told


def test_a_relative_difference_is_that_of_the_means_with_an_interval_around_it() -> None:
    ours, theirs = np.array([0.6, 0.9, np.nan, 0.9]), np.array([0.5, 0.5, 0.1, 0.5])
    value, low, high = relative(ours, theirs)
    assert value == pytest.approx(0.6)
    assert low is not None
    assert high is not None
    assert low < 0.6 < high
    assert relative(ours, np.zeros(4)) == [None, None, None]
