"""The ranker that serves: taken up while it runs, let alone when it fails, and compared with in shadow."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ranking.features import table
from ranking.model import FormulaRanker, LightGBMRanker
from ranking.registry import CHOICES, Models
from service import shadow
from service.rankers import LOOK_S, REST_S, SLOW_S, STRIKES, RankerKeeper
from service.shadow import compared, rank_correlation, told
from tests.ranking.pairs_made import made_candidates, small_model
from tests.service.asking import KEY, World, document, measure, world

AT = "2026-11-24T12:00:00+08:00"
X = table(made_candidates(40))
THREE = document("three", measure("a"), measure("b", title="稳岗返还"), measure("c", title="研发补助"))


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


class Bad(FormulaRanker):
    """Raises, dawdles, or answers nonsense."""

    id = "bad"
    does: Any = None

    def score(self, x: Any) -> Any:
        return Bad.does(x)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def keeper(tmp_path: Path, hand: Hand) -> RankerKeeper:
    made = RankerKeeper(tmp_path / "models", timer=hand)
    made.start()
    return made


def add(folder: Path, seed: int) -> str:
    return Models(folder).add(lambda into: small_model(into, seed), AT)


def test_a_running_service_takes_up_a_promotion_and_a_rollback(
    keeper: RankerKeeper, hand: Hand, tmp_path: Path
) -> None:
    models, before = Models(tmp_path / "models"), keeper.ranker.id
    name = add(models.folder, 7)
    models.promote(name)
    assert keeper.ordered(X).model["id"] == before
    hand.at += LOOK_S
    assert keeper.ordered(X).model["id"] == name
    models.rollback()
    hand.at += LOOK_S
    assert keeper.ordered(X).model["id"] == before


def test_a_list_that_another_model_ordered_is_still_explained_by_it(
    keeper: RankerKeeper, hand: Hand, tmp_path: Path
) -> None:
    before = keeper.ranker
    models = Models(tmp_path / "models")
    models.promote(add(models.folder, 7))
    hand.at += LOOK_S
    keeper.look()
    assert keeper.ranker.id != before.id
    np.testing.assert_array_equal(keeper.explained(before.id, X[:3]), before.explain(X[:3]))
    assert not keeper.explained("0123456789ab", X[:3]).any()


def slow(hand: Hand) -> Any:
    def score(x: Any) -> Any:
        hand.at += SLOW_S + 0.01
        return np.zeros(len(x))

    return score


def raising(_: Hand) -> Any:
    def score(x: Any) -> Any:
        raise RuntimeError("no tree")

    return score


def nonsense(_: Hand) -> Any:
    return lambda x: np.full(len(x), np.nan)


@pytest.mark.parametrize("wrong", [slow, raising, nonsense])
def test_a_model_that_fails_gives_way_to_the_formula_and_later_gets_another_chance(
    keeper: RankerKeeper, hand: Hand, wrong: Any
) -> None:
    good, calls, wrongly = keeper.ranker, list[int](), wrong(hand)

    def does(x: Any) -> Any:
        calls.append(len(x))
        return wrongly(x)

    Bad.does = staticmethod(does)
    keeper.ranker = Bad()
    for _ in range(STRIKES + 5):
        found = keeper.ordered(X)
        assert (found.missed, found.model["name"]) == (True, "formula")
        np.testing.assert_array_equal(found.scores, FormulaRanker().score(X).round(6))
    assert (len(calls), keeper.fallbacks, keeper.part) == (STRIKES, STRIKES + 5, "down")
    keeper.ranker = good
    hand.at += REST_S + 1
    keeper._stamp = keeper.models.stamp()
    assert keeper.ordered(X).missed is False
    assert keeper.part == "ok"


def test_a_model_that_explains_nothing_leaves_the_answer_without_reasons(keeper: RankerKeeper) -> None:
    class Silent(FormulaRanker):
        id = "silent"

        def explain(self, x: Any) -> Any:
            raise RuntimeError("no tree")

    keeper.ranker = Silent()
    assert not keeper.explained("silent", X[:2]).any()


def test_a_damaged_model_is_noticed_at_start_and_the_one_before_serves(tmp_path: Path) -> None:
    models = Models(tmp_path / "models")
    first, second = add(models.folder, 7), add(models.folder, 8)
    models.promote(first)
    models.promote(second)
    (models.folder / second / f"{second}.txt").write_text("tree")
    keeper = RankerKeeper(tmp_path / "models")
    keeper.start()
    assert (keeper.ranker.id, keeper.part) == (first, "down")
    assert keeper.ordered(X).missed


def test_a_model_that_is_too_slow_is_never_promoted(tmp_path: Path, monkeypatch: Any) -> None:
    hand = Hand()
    keeper = RankerKeeper(tmp_path / "models", timer=hand)
    name = add(tmp_path / "models", 7)
    score = LightGBMRanker.score

    def slowly(model: LightGBMRanker, x: Any) -> Any:
        hand.at += SLOW_S * 2 if model.id == name else 0
        return score(model, x)

    monkeypatch.setattr(LightGBMRanker, "score", slowly)
    Models(tmp_path / "models").promote(name)
    keeper.start()
    assert keeper.ranker.id != name
    assert keeper.part == "down"


async def test_an_answer_says_that_the_ranker_was_missed(tmp_path: Path) -> None:
    async with world(tmp_path / "data", THREE) as found:
        Bad.does = staticmethod(raising(Hand()))
        found.services.ranker.ranker = Bad()
        body = await found.ask()
    assert (body["degraded"], body["model"]["name"]) == (["ranker"], "formula")
    assert len(body["items"]) == 3


async def chosen(found: World, seed: int) -> str:
    """A model promoted while the service runs; the next ask takes it up."""
    models = Models(found.services.settings.model_folder)
    name = models.promote(models.add(lambda into: small_model(into, seed), AT))
    found.services.ranker._looked = -LOOK_S
    return name


async def test_the_pages_of_a_list_keep_its_model_over_a_promotion(tmp_path: Path) -> None:
    async with world(tmp_path / "data", THREE) as found:
        first = await found.ask(limit=1)
        name = await chosen(found, 7)
        second = await found.ask(limit=1, cursor=first["next_cursor"])
        anew = await found.ask(limit=1)
    assert (second["model"], second["degraded"]) == (first["model"], [])
    assert anew["model"] == {"name": "lightgbm", "id": name, "cold_start": True}
    assert second["items"][0]["why"]


async def test_a_damaged_choice_is_told_by_answer_and_readiness(tmp_path: Path) -> None:
    async with world(tmp_path / "data", THREE) as found:
        await chosen(found, 7)
        (found.services.settings.model_folder / CHOICES).write_text("{")
        body = await found.ask()
        parts = (await found.get("/readyz")).body
    assert body["degraded"] == ["ranker"]
    assert len(body["items"]) == 3
    assert parts.get("parts", parts)["ranker"] == "down"


async def test_a_candidate_is_compared_beside_answers_that_stay_the_same(tmp_path: Path) -> None:
    async with world(tmp_path / "data", THREE) as found:
        before = await found.ask(query="研发")
        folder = found.services.settings.model_folder
        name = add(folder, 7)
        keeper = found.services.ranker
        keeper.start()
        keeper.ranker = FormulaRanker()
        after = await found.ask(query="研发")
        await keeper.shadow.close()
        figures = (await found.client.get("/metrics")).text
    assert keeper.shadow.id == name
    assert after["items"] == before["items"]
    assert told(folder, name).answers == keeper.shadow.differences.answers == 1
    assert f'huiqi_ranker_shadow_answers{{candidate="{name}"}} 1' in figures
    assert f'huiqi_ranker_shadow_overlap{{candidate="{name}"}}' in figures
    assert f'huiqi_ranker_shadow_correlation{{candidate="{name}"}}' in figures


def test_a_candidate_that_raises_is_counted_and_nothing_else() -> None:
    Bad.does = staticmethod(raising(Hand()))
    assert compared(Bad(), X, np.zeros(len(X))) == shadow.Differences(failed=1)


def test_the_same_order_correlates_fully_and_the_other_way_round_not_at_all() -> None:
    scores = FormulaRanker().score(X)
    same = compared(FormulaRanker(), X, scores)
    assert np.allclose(same.means or (), (1, 1))
    assert rank_correlation(scores, -scores) == pytest.approx(-1)
    assert rank_correlation(np.array([1.0, 2, 2, 3]), np.array([1.0, 3, 2, 4])) == pytest.approx(
        0.9487, abs=1e-4
    )
    assert rank_correlation(np.zeros(3), np.ones(3)) == 1.0
    assert rank_correlation(np.zeros(3), np.arange(3.0)) == 0.0


def test_what_several_processes_found_out_is_added(tmp_path: Path) -> None:
    folder = tmp_path / shadow.FOLDER
    folder.mkdir()
    for pid in (1, 2):
        (folder / f"abc.{pid}.json").write_text(
            '{"answers": 2, "correlation": 1.0, "overlap": 2, "failed": 1}'
        )
    (folder / "abc.3.json").write_text("{")
    assert told(tmp_path, "abc") == shadow.Differences(4, 2.0, 4, 2)
    assert told(tmp_path, "other").means is None


async def test_an_administrator_reads_the_report_of_the_ranker_that_serves(tmp_path: Path) -> None:
    async with world(tmp_path / "data", THREE) as found:
        away = await found.client.get("/admin/ranker")
        await found.client.post("/admin/sign-in", data={"key": KEY, "next": "/admin/policies"})
        bundled = await found.client.get("/admin/ranker")
        name = await chosen(found, 7)
        other = await found.client.get("/admin/ranker")
        link = (await found.client.get("/admin/index")).text
    assert (away.status_code, "/admin/sign-in" in away.headers["location"]) == (303, True)
    assert "<svg" in bundled.text
    assert f"<h2>Ranker {name}</h2>" in other.text
    assert "default-src 'none'" in other.headers["content-security-policy"]
    assert 'href="/admin/ranker"' in link
