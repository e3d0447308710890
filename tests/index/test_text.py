"""The normal form for words: what must count as the same, and what must stay apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text import normalise, terms


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("國家高新技術企業認定", "国家高新技术企业认定"),
        ("ＡＢＣ１２３（全角）", "abc123(全角)"),
        ("补助500万元", "补助5,000,000元"),
        ("1.5亿元", "150000000元"),
        ("R&D Subsidy", "r&d subsidy"),
        ("注册资本12，000，000元", "注册资本1200万元"),
    ],
)
def test_two_spellings_of_one_thing_have_the_same_terms(written: str, same: str) -> None:
    assert terms(written) == terms(same)


def test_an_amount_that_is_not_whole_stays_as_written() -> None:
    assert normalise("0.00001万元") == "0.00001万元"


def test_chinese_is_found_by_characters_and_pairs_and_the_rest_by_words() -> None:
    assert terms("研发补助 R2 rate") == ["研", "发", "补", "助", "研发", "发补", "补助", "r2", "rate"]


def test_pairs_do_not_reach_over_what_stands_between() -> None:
    assert "发补" not in terms("研发，补助")


@pytest.mark.parametrize("written", ["国科发火〔2016〕32号", "国科发火[2016]032号", "（2016）第32号"])
def test_a_document_number_is_one_term_however_it_is_bracketed(written: str) -> None:
    assert "〔2016〕32" in terms(written)


def test_a_decimal_is_one_term() -> None:
    assert terms("3.5%") == ["3.5"]


@given(st.text())
def test_any_text_has_terms_without_blanks(text: str) -> None:
    assert all(term and not any(letter.isspace() for letter in term) for term in terms(text))


@given(st.text(alphabet="研发补助abcXYZ012 ，。", max_size=40))
def test_half_and_full_width_have_the_same_terms(text: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    assert terms(wide) == terms(text)
