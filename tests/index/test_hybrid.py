"""Fusion: the formula, the same score inside every mask, and deltas that equal a rebuild."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.hybrid import HybridIndex
from index.passages import Entry
from tests.index.conftest import unit

TEXTS = ["研发费用加计扣除", "高新技术企业认定", "稳岗返还", "小型微利企业所得税", "科技型中小企业研发评价"]
ENTRIES = [Entry(f"d.{n}", text, (text, text[:2])[: 1 + n % 2]) for n, text in enumerate(TEXTS)]
IDS = [entry.id for entry in ENTRIES]
VECTORS = {entry.id: unit(n, len(entry.passages)) for n, entry in enumerate(ENTRIES)}
# Near to d.0, so that cosines fall inside the span of the fusion.
NEAR = VECTORS["d.0"][0] + 0.45 * unit(50, 1)[0]
QUERY = (NEAR / np.linalg.norm(NEAR)).astype(np.float32)

subsets = st.lists(st.sampled_from(IDS), unique=True)


def whole() -> HybridIndex:
    return HybridIndex.of(ENTRIES, VECTORS)


def test_the_score_is_words_and_meaning_by_the_weight_of_the_question() -> None:
    found = whole().score("研发费用", QUERY, IDS)
    cosine = [(VECTORS[name] @ QUERY).max() for name in IDS]
    meaning = np.clip((np.array(cosine) - 0.70) / 0.25, 0, 1)
    assert meaning[0] > 0
    assert found.weight == pytest.approx(0.45)
    assert np.allclose(found.meaning, meaning, atol=1e-5)
    fused = (1 - found.weight) * found.words + found.weight * meaning
    assert np.allclose(found.scores, fused, atol=1e-5)


def test_a_title_in_the_words_of_the_question_counts_once_more_and_never_past_the_best() -> None:
    titled = [Entry(one.id, one.words, one.passages, one.words[:4]) for one in ENTRIES]
    index, ask = HybridIndex.of(titled, VECTORS), "研发费用"
    plain, found = whole().score(ask, QUERY, IDS), index.score(ask, QUERY, IDS)
    assert found.title[0] == pytest.approx(1)
    raised = (1 - found.weight) * 0.6 * (1 - found.words[0])
    assert found.scores[0] == pytest.approx(plain.scores[0] + raised, abs=1e-5)
    assert np.allclose(found.scores[found.title == 0], plain.scores[found.title == 0], atol=1e-6)
    assert found.scores.max() <= 1


def test_without_a_vector_the_words_decide_alone() -> None:
    found = whole().score("研发费用", None, IDS)
    assert np.array_equal(found.scores, found.words)
    assert np.isnan(found.meaning).all()
    assert found.words.argmax() == 0


@given(subsets)
def test_the_weight_of_meaning_is_the_same_inside_every_mask(ids: list[str]) -> None:
    index = whole()
    assert index.score("企业研发", QUERY, ids).weight == index.score("企业研发", QUERY, IDS).weight


@given(subsets)
def test_a_score_is_the_same_inside_every_mask(ids: list[str]) -> None:
    index = whole()
    everywhere = dict(zip(IDS, index.score("企业研发", QUERY, IDS).scores.tolist(), strict=True))
    assert index.score("企业研发", QUERY, ids).scores.tolist() == [everywhere[name] for name in ids]


def test_what_stands_in_the_title_is_told_beside_the_score() -> None:
    index = HybridIndex.of(
        [Entry("d.0", "研发补助\n软件", ("x",), "研发补助"), Entry("d.1", "软件研发", ("x",))]
    )
    found = index.score("研发", None, ["d.1", "nobody.none", "d.0"])
    assert found.title.tolist() == [0, 0, pytest.approx(1)]
    assert found.weight == 0


def test_an_id_that_is_not_indexed_scores_nothing() -> None:
    found = whole().score("研发", QUERY, ["nobody.none", "d.0"])
    assert found.scores[0] == 0
    assert np.isnan(found.meaning[0])
    assert found.scores[1] > 0


@settings(deadline=None, max_examples=40)
@given(subsets, subsets, subsets)
def test_changes_one_by_one_score_like_an_index_built_whole(
    base: list[str], added: list[str], removed: list[str]
) -> None:
    chosen = {entry.id: entry for entry in ENTRIES}
    index = HybridIndex.of([chosen[name] for name in base], {name: VECTORS[name] for name in base})
    for name in added:
        index = index.with_delta([chosen[name]], VECTORS)
    index = index.without(removed)
    left = sorted((set(base) | set(added)) - set(removed))
    built = HybridIndex.of([chosen[name] for name in left], {name: VECTORS[name] for name in left})
    assert sorted(index.ids) == left
    assert index.passages == built.passages
    for vector in (None, QUERY):
        one, other = index.score("研发企业", vector, IDS), built.score("研发企业", vector, IDS)
        assert np.allclose(one.scores, other.scores, atol=1e-6)
        assert one.weight == pytest.approx(other.weight)


def test_a_replaced_entry_is_found_by_its_new_words_only() -> None:
    index = whole().with_delta([Entry("d.2", "厂房租金减免", ("厂房租金减免",))], {"d.2": unit(9, 1)})
    assert len(index.ids) == len(IDS)
    assert index.score("稳岗返还", None, ["d.2"]).scores[0] == 0
    assert index.score("厂房租金", None, ["d.2"]).scores[0] > 0


def test_an_entry_that_is_not_encoded_yet_keeps_its_words() -> None:
    index = whole().with_delta([Entry("d.9", "厂房租金减免", ("厂房租金减免",))], None)
    found = index.score("厂房租金", QUERY, ["d.9"])
    assert np.isnan(found.meaning[0])
    assert found.scores[0] == pytest.approx((1 - found.weight) * found.words[0])


def test_a_measure_gives_back_its_vectors() -> None:
    index = whole().with_delta([ENTRIES[1], Entry("d.9", "厂房", ("厂房",))], {"d.1": VECTORS["d.1"]})
    assert all(np.allclose(index.vectors_of(name), VECTORS[name]) for name in IDS)
    assert index.vectors_of("d.9") is None
    assert index.vectors_of("nobody.none") is None


def test_an_older_index_does_not_change_under_its_readers() -> None:
    index = whole()
    before = index.score("研发", QUERY, IDS).scores.tolist()
    index.with_delta([Entry("d.0", "别的", ("别的",))], None).without(["d.1"])
    assert index.score("研发", QUERY, IDS).scores.tolist() == before


def test_an_empty_index_answers_every_question_with_nothing() -> None:
    found = HybridIndex.of([]).score("研发", QUERY, ["d.0"])
    assert found.scores.tolist() == [0]


@pytest.mark.parametrize("vectors", [{"d.1": unit(0, 5)}, None])
def test_what_does_not_fit_together_is_refused(vectors: dict[str, np.ndarray] | None) -> None:
    entries = ENTRIES if vectors else [ENTRIES[0], ENTRIES[0]]
    with pytest.raises(ValueError, match=r"5 vectors|stands twice"):
        HybridIndex.of(entries, vectors)
