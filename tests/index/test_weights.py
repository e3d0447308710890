"""The weight of meaning: by the question's words alone, less where they can be trusted, within bounds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical import Words, WordSegment
from index.weights import SCALE, Traits, meaning_weight, traits_of

TEXTS = ["高新技术企业认定 国科发火〔2016〕32号", "研发费用加计扣除", "失业保险稳岗返还"]
WORDS = Words([(WordSegment.of(TEXTS), np.ones(len(TEXTS), np.bool_))])
SHORT = Traits(length=8, known=0.9, official=0.0)
shares = st.floats(0, 1)
traits = st.builds(Traits, length=st.floats(0, 1e6), known=shares, official=shares)


def weight_of(query: str) -> float:
    return meaning_weight(traits_of(WORDS.read(query)))


def test_a_short_question_in_known_words_has_the_measured_weight() -> None:
    assert meaning_weight(SHORT) == SCALE.even == 0.4


@pytest.mark.parametrize(
    "changed", [{"length": 200.0}, {"official": 0.5}], ids=["a long text", "names and document numbers"]
)
def test_meaning_counts_less_where_words_can_be_trusted(changed: dict[str, float]) -> None:
    assert meaning_weight(replace(SHORT, **changed)) < meaning_weight(SHORT)


def test_meaning_counts_more_where_the_index_knows_none_of_the_words() -> None:
    assert weight_of("we want a subsidy for hiring") > weight_of("研发费用扣除")


def test_a_document_number_makes_the_words_count_more() -> None:
    assert weight_of("〔2016〕32号") < weight_of("高新技术认定")


@given(traits, traits)
def test_the_weight_never_leaves_its_bounds_and_follows_each_trait(one: Traits, other: Traits) -> None:
    assert SCALE.least <= meaning_weight(one) <= SCALE.most
    lower = Traits(
        max(one.length, other.length), max(one.known, other.known), max(one.official, other.official)
    )
    assert meaning_weight(lower) <= meaning_weight(one)


@given(st.text(max_size=60))
def test_traits_of_any_question_are_shares_and_a_length(query: str) -> None:
    found = traits_of(WORDS.read(query))
    assert 0 <= found.known <= 1 + 1e-9
    assert 0 <= found.official <= 1 + 1e-9
    assert found.length <= 2 * len(query) + 2


@pytest.mark.parametrize(("query", "length"), [("研发费用扣除", 4), ("three plain words", 3), ("", 0)])
def test_the_length_of_a_question_is_counted_in_words(query: str, length: float) -> None:
    assert traits_of(WORDS.read(query)).length == pytest.approx(length)
