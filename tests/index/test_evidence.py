"""Why a measure was found: words that really stand in it, and the passage that is nearest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.evidence import Evidence, evidence
from index.hybrid import HybridIndex
from index.lexicon import mentions
from index.passages import KIND_WORDS, MODE_WORDS, Entry
from index.text import normalise
from tests.index.conftest import unit

TEXTS = {
    "d.0": "高新技术企业认定，企业享受税收优惠",
    "d.1": "研发费用加计扣除\n企业开展研发活动实际发生的费用",
    "d.2": "失业保险稳岗返还，不裁员的企业",
    "d.3": "R&D grant of 5,000,000元 for software firms",
    "d.4": "创业担保贷款贴息，贷款最高50万元，企业申请",
}
ENTRIES = [Entry(name, text, tuple(text.split("\n"))) for name, text in TEXTS.items()]
VECTORS = {entry.id: unit(n, len(entry.passages), 32) for n, entry in enumerate(ENTRIES)}
INDEX = HybridIndex.of(ENTRIES, VECTORS)


def told(query: str, name: str, vector: np.ndarray | None = None) -> Evidence | None:
    return evidence(INDEX, query, vector, [entry for entry in ENTRIES if entry.id == name])[0]


def words(query: str, name: str) -> tuple[str, ...]:
    found = told(query, name)
    return () if found is None else found.words


def test_the_longest_pieces_of_the_question_that_stand_in_the_measure_are_told() -> None:
    assert words("我们的研发费用能不能加计扣除", "d.1") == ("研发费用", "加计扣除")


def test_a_word_of_almost_every_measure_is_not_told_beside_a_rare_one() -> None:
    assert words("企业稳岗返还", "d.2") == ("稳岗返还",)


def test_particles_and_units_of_numbers_are_no_part_of_a_word() -> None:
    assert words("三年研发的费用和稳岗", "d.1") == ("研发", "费用")
    assert words("做了两年研发", "d.1") == ("研发",)


def test_a_traditional_question_reads_its_own_letters() -> None:
    assert words("研發費用", "d.1") == ("研發費用",)


def test_a_name_that_means_what_the_measure_says_is_told_as_it_was_asked() -> None:
    assert "高企" in words("我们是高企", "d.0")


def test_amounts_and_words_of_letters_are_told_whole() -> None:
    assert set(words("software 500万元", "d.3")) >= {"software"}
    assert words("soft firm", "d.3") == ("firm",)


def test_what_neither_words_nor_meaning_speak_for_has_no_evidence() -> None:
    assert told("厂房租金", "d.2") is None
    assert told(" ", "d.2", VECTORS["d.2"][0]) is None


def test_the_nearest_passage_is_told_where_meaning_speaks() -> None:
    near = VECTORS["d.1"][1]
    found = told("另外的话", "d.1", near)
    assert found == Evidence("meaning", (), "企业开展研发活动实际发生的费用")
    both = told("加计扣除", "d.1", near)
    assert both is not None
    assert (both.by, both.passage) == ("both", "企业开展研发活动实际发生的费用")


def test_without_a_vector_the_passage_with_most_of_the_words_is_told() -> None:
    found = told("研发活动", "d.1")
    assert found == Evidence("words", ("研发活动",), "企业开展研发活动实际发生的费用")


def test_another_revision_than_the_indexed_one_is_told_by_its_words() -> None:
    newer = Entry("d.1", "厂房租金减免", ("厂房租金", "减免", "补助"))
    found = evidence(INDEX, "厂房租金", VECTORS["d.1"][0], [newer])[0]
    assert found == Evidence("words", ("厂房租金",), "厂房租金")


@given(st.text(alphabet="高新技术企业研发费用税收贷款 R&Dgrant500万元，的", max_size=30))
def test_every_word_that_is_told_stands_in_the_question(query: str) -> None:
    for entry in ENTRIES:
        for word in words(query, entry.id):
            assert word in query or word in normalise(query)


@pytest.mark.parametrize("name", TEXTS)
def test_a_word_that_is_told_stands_in_the_measure_or_means_what_does(name: str) -> None:
    text = normalise(TEXTS[name])
    there = {concept for found in mentions(text) for concept in found.concepts}
    for word in words("高企认定研发费用税收优惠贷款贴息稳岗返还", name):
        meant = {concept for found in mentions(normalise(word)) for concept in found.concepts}
        assert word in text or meant & there


def test_a_word_is_not_told_for_a_wider_meaning_that_it_only_touches() -> None:
    training = Entry("d.9", "职工培训补贴，培训机构", ("职工培训补贴",))
    (found,) = mentions("学徒")
    assert {"skill-training", "training"} <= {*found.concepts}
    other = Entry("d.9", "举办培训班的企业", ("举办培训班的企业",))
    index = HybridIndex.of([training])
    assert evidence(index, "学徒", None, [training])[0] is not None
    assert evidence(HybridIndex.of([other]), "学徒", None, [other])[0] is None


def test_a_passage_is_told_without_the_line_that_stands_in_no_document() -> None:
    line = f"{KIND_WORDS['grant']} {MODE_WORDS['apply']}"
    entry = Entry("d.9", "研发补助", (f"研发补助\n{line}\n最高50万元",))
    found = evidence(HybridIndex.of([entry]), "研发补助", None, [entry])[0]
    assert found is not None
    assert found.passage == "研发补助\n最高50万元"


def test_to_apply_is_no_word_that_found_a_measure() -> None:
    assert words("想申请担保贷款", "d.4") == ("担保贷款",)
