"""FAISS: best passages exactly, inside any mask; enterprises that come, change and go."""

import numpy as np
import pytest

from index.dense import FEW, EnterpriseIndex, VectorSegment, pack, plan_of, unpack
from tests.index.conftest import unit

COUNTS = [2, 0, 1, 3, 1]


def passages() -> list[np.ndarray | None]:
    return [unit(seed, count) if count else None for seed, count in enumerate(COUNTS)]


@pytest.mark.parametrize(("sq8_from", "within"), [(1000, 1e-6), (1, 0.02)])
@pytest.mark.parametrize("mask", [[1, 1, 1, 1, 1], [1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0]])
def test_each_wanted_entry_has_the_cosine_of_its_best_passage(
    mask: list[int], sq8_from: int, within: float
) -> None:
    wanted, query, vectors = np.array(mask, bool), unit(99, 1)[0], passages()
    found = VectorSegment.of(vectors, 8, sq8_from=sq8_from).score(query, wanted)
    best = [np.nan if v is None or not w else (v @ query).max() for v, w in zip(vectors, wanted, strict=True)]
    assert np.allclose(found, best, atol=within, equal_nan=True)


def test_an_index_without_any_passage_answers_nothing() -> None:
    found = VectorSegment.of([None, None], 8).score(unit(0, 1)[0], np.ones(2, bool))
    assert np.isnan(found).all()


def test_the_question_of_another_encoder_is_refused() -> None:
    with pytest.raises(ValueError, match="dimension 8"):
        VectorSegment.of(passages(), 8).score(unit(0, 1, 16)[0], np.ones(5, bool))


def test_a_packed_index_comes_back_the_same() -> None:
    segment, query, wanted = VectorSegment.of(passages(), 8), unit(5, 1)[0], np.ones(5, bool)
    again = VectorSegment(unpack(pack(segment.index)), segment.owners, segment.size)
    assert np.array_equal(again.score(query, wanted), segment.score(query, wanted), equal_nan=True)


def crowded(entries: int, dim: int, sq8_from: int) -> tuple[VectorSegment, np.ndarray]:
    """Entries of two passages each, in clusters as texts of one subject are."""
    centres = unit(1, 40, dim)
    near = centres[np.arange(entries * 2) % 40] + 0.8 * unit(2, entries * 2, dim)
    vectors = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    pairs = [vectors[2 * entry : 2 * entry + 2] for entry in range(entries)]
    return VectorSegment.of(pairs, dim, sq8_from=sq8_from), vectors


@pytest.mark.parametrize("sq8_from", [10_000, 1], ids=["flat", "sq8"])
@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_whatever_the_size_of_the_mask_a_score_is_the_same_to_the_bit(share: float, sq8_from: int) -> None:
    segment, vectors = crowded(400, 32, sq8_from)
    wanted = np.random.default_rng(3).random(400) < share
    everywhere = segment.score(vectors[5], np.ones(400, bool))
    found = segment.score(vectors[5], wanted)
    assert np.array_equal(found[wanted], everywhere[wanted])
    assert np.isnan(found[~wanted]).all()


def test_the_plan_follows_the_size_of_the_mask_alone() -> None:
    limit = int(FEW * 1000)
    assert [plan_of(count, 1000) for count in (1, limit, limit + 1, 999, 1000)] == [
        "few", "few", "masked", "masked", "whole",
    ]  # fmt: skip


@pytest.mark.parametrize(("sq8_from", "least"), [(10_000, 1.0), (1, 0.97)], ids=["flat", "sq8"])
@pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
def test_the_ten_best_of_a_mask_are_those_of_an_exact_search(
    share: float, sq8_from: int, least: float
) -> None:
    segment, vectors = crowded(1500, 64, sq8_from)
    wanted = np.random.default_rng(4).random(1500) < share
    kept = []
    for query in unit(5, 20, 64) * 0.6 + vectors[:20]:
        exact = np.where(wanted, (vectors @ query).reshape(-1, 2).max(1), -np.inf)
        ours = np.nan_to_num(segment.score(query.astype(np.float32), wanted), nan=-np.inf)
        kept.append(len({*np.argsort(-exact)[:10]} & {*np.argsort(-ours)[:10]}) / 10)
    assert np.mean(kept) >= least


def test_each_of_several_vectors_is_held_against_every_passage() -> None:
    segment, vectors = crowded(30, 16, 10_000)
    assert np.allclose(segment.cosines(vectors[:3]), vectors[:3] @ vectors.T, atol=1e-6)


def enterprises(count: int) -> tuple[EnterpriseIndex, np.ndarray]:
    vectors = unit(7, count)
    return EnterpriseIndex(8, {f"e{n}": vectors[n] for n in range(count)}), vectors


def test_enterprises_are_scored_in_the_order_asked_and_unknown_ones_have_no_score() -> None:
    index, vectors = enterprises(4)
    found = index.score(vectors[0], ["e3", "nobody", "e0"])
    assert np.allclose(found, [vectors[3] @ vectors[0], np.nan, 1], equal_nan=True, atol=1e-6)


def test_putting_nothing_changes_nothing() -> None:
    index, _ = enterprises(2)
    index.put_all({})
    assert len(index) == 2


def test_the_nearest_enterprises_come_first() -> None:
    index, vectors = enterprises(20)
    order = np.argsort(-(vectors @ vectors[3]))[:5]
    assert [name for name, _ in index.nearest(vectors[3], 5)] == [f"e{n}" for n in order]


def test_more_neighbours_than_there_are_is_all_of_them() -> None:
    index, vectors = enterprises(3)
    assert len(index.nearest(vectors[0], 50)) == 3
    assert EnterpriseIndex(8).nearest(vectors[0], 5) == []


def test_a_changed_enterprise_stands_once_at_its_new_place() -> None:
    index, vectors = enterprises(5)
    index.put("e1", vectors[4])
    assert len(index) == 5
    assert np.allclose(index.score(vectors[4], ["e1"]), 1)


def test_a_dropped_enterprise_is_gone_and_may_come_again() -> None:
    index, vectors = enterprises(5)
    assert index.drop("e2")
    assert not index.drop("e2")
    assert "e2" not in index
    assert "e2" not in dict(index.nearest(vectors[2], 5))
    index.put("e2", vectors[2])
    assert index.nearest(vectors[2], 1)[0][0] == "e2"
