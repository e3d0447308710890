"""BM25: the same order as bm25s on the same tokens, a bound that holds, living entries only."""

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical import K1, B, Words, WordSegment
from index.text import terms

TEXTS = [
    "高新技术企业认定，享受15%企业所得税优惠税率",
    "研发费用加计扣除：企业开展研发活动实际发生的研发费用",
    "失业保险稳岗返还，不裁员少裁员的企业",
    "小型微利企业减按5%征收企业所得税",
    "科技型中小企业评价入库登记，研发人员占比",
]
chinese = st.text(alphabet="研发费用企业税优惠 a1，", max_size=30)


def words_of(texts: list[str]) -> Words:
    return Words([(WordSegment.of(texts), np.ones(len(texts), np.bool_))])


@pytest.mark.parametrize("query", ["研发费用", "企业所得税优惠", "稳岗返还 企业 企业", "5%", "不存在的词"])
def test_scores_are_those_of_bm25s_but_for_one_factor(query: str) -> None:
    peer = bm25s.BM25(k1=K1, b=B, method="lucene")
    peer.index([terms(text) for text in TEXTS], show_progress=False)
    tokens = [term for term in terms(query) if term in peer.vocab_dict]
    theirs = peer.get_scores(tokens) if tokens else np.zeros(len(TEXTS))
    ours = words_of(TEXTS).score(query)
    assert np.allclose(ours * theirs.sum(), theirs * ours.sum(), atol=1e-5)
    assert (ours.sum() > 0) == bool(tokens)


@given(st.lists(chinese, max_size=6), chinese)
def test_a_score_is_a_share_of_the_best_possible(texts: list[str], query: str) -> None:
    scores = words_of(texts).score(query)
    assert scores.shape == (len(texts),)
    assert ((scores >= 0) & (scores < 1)).all()


def test_a_term_that_is_nowhere_lowers_every_score() -> None:
    words = words_of(TEXTS)
    assert (words.score("稳岗返还飞艇")[2]) < words.score("稳岗返还")[2]


@given(st.lists(chinese, min_size=2, max_size=6), st.data())
def test_the_dead_count_for_nothing(texts: list[str], data: st.DataObject) -> None:
    alive = np.array(data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts))))
    query = data.draw(chinese)
    living = [text for text, lives in zip(texts, alive, strict=True) if lives]
    mixed = Words([(WordSegment.of(texts), alive)]).score(query)[alive]
    assert np.allclose(mixed, words_of(living).score(query), atol=1e-6)


def test_two_segments_score_like_one() -> None:
    parts = [(WordSegment.of(part), np.ones(len(part), np.bool_)) for part in (TEXTS[:2], TEXTS[2:])]
    assert np.allclose(Words(parts).score("企业研发"), words_of(TEXTS).score("企业研发"), atol=1e-6)


def test_words_of_the_title_are_told_apart_from_those_of_the_rest() -> None:
    texts = ["研发补助\n面向软件企业", "软件补助\n面向研发企业"]
    segment = WordSegment.of(texts, ["研发补助", "软件补助"])
    words = Words([(segment, np.ones(2, np.bool_))])
    assert words.matched(words.read("研发补助")).title[0] == pytest.approx(1)
    first, second = words.matched(words.read("研发")).title.tolist()
    assert (first, second) == (pytest.approx(1), 0)


def test_a_heading_is_wholly_asked_for_only_by_its_own_words() -> None:
    titles = ["研发补助", "研发补助认定办法"]
    words = Words([(WordSegment.of(titles, titles), np.ones(2, np.bool_))])
    same, longer = words.matched(words.read("研发补助")).heading.tolist()
    assert same == pytest.approx(1)
    assert 0 < longer < 1
    again = words.matched(words.read("研发补助 研发补助")).heading
    assert again[0] == pytest.approx(1)


@given(st.lists(chinese, max_size=6), chinese)
def test_the_shares_of_a_title_are_all_or_less(titles: list[str], query: str) -> None:
    words = Words([(WordSegment.of(titles, titles), np.ones(len(titles), np.bool_))])
    found = words.matched(words.read(query))
    for share in (found.title, found.heading):
        assert ((share >= 0) & (share <= 1 + 1e-6)).all()
        assert np.array_equal(share > 0, found.words > 0)


@given(st.lists(chinese, min_size=2, max_size=6), chinese)
def test_headings_of_two_segments_are_those_of_one(titles: list[str], query: str) -> None:
    parts = [WordSegment.of(part, part) for part in (titles[:1], titles[1:])]
    apart = Words([(part, np.ones(len(part.lengths), np.bool_)) for part in parts])
    one = Words([(WordSegment.of(titles, titles), np.ones(len(titles), np.bool_))])
    assert np.allclose(
        apart.matched(apart.read(query)).heading, one.matched(one.read(query)).heading, atol=1e-6
    )
