"""The weight of meaning: by the length of the question alone, less for a longer one, within bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical import Words, WordSegment
from index.weights import SCALE, length_of, meaning_weight

TEXTS = ["高新技术企业认定 国科发火〔2016〕32号", "研发费用加计扣除", "失业保险稳岗返还"]
WORDS = Words([(WordSegment.of(TEXTS), np.ones(len(TEXTS), np.bool_))])
lengths = st.floats(0, 1e6)


def test_questions_of_a_sentence_or_two_have_one_weight() -> None:
    assert meaning_weight(3) == meaning_weight(SCALE.short) == SCALE.even


def test_each_doubling_of_a_longer_text_takes_as_much_away() -> None:
    steps = np.diff([meaning_weight(SCALE.short * 2**n) for n in range(4)])
    assert np.allclose(steps, -SCALE.longer)


@given(lengths, lengths)
def test_the_weight_never_rises_with_the_length_and_never_leaves_its_bounds(one: float, other: float) -> None:
    assert SCALE.least <= meaning_weight(max(one, other)) <= meaning_weight(min(one, other)) <= SCALE.even


@pytest.mark.parametrize(
    ("query", "length"),
    [("研发费用扣除", 4), ("three plain words", 3), ("", 0), ("研发 and more", 2 / 1.5 + 2)],
)
def test_the_length_of_a_question_is_counted_in_words(query: str, length: float) -> None:
    assert length_of(WORDS.read(query)) == pytest.approx(length)


def test_what_says_a_thing_once_more_is_no_longer_question() -> None:
    assert length_of(WORDS.read("〔2016〕32号")) == pytest.approx(2 + 1 / 1.5)
    assert length_of(WORDS.read("高企")) == pytest.approx(2 / 1.5)


@given(st.text(max_size=60))
def test_any_question_has_a_length(query: str) -> None:
    assert 0 <= length_of(WORDS.read(query)) <= 2 * len(query) + 2
