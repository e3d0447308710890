"""The terms of a text: the same for all its spellings, and what they are made of."""

import time
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text import normalise, terms

CATALOGUE = Path(str(files("policies"))) / "catalogue"


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("補助５００萬元", "补助5,000,000元"),
        ("500 万", "五百万元"),
        ("R&D Subsidies", "r & d subsidy"),
        ("國科發火（2016）32號", "国科发火〔2016〕32号"),
        ("減按百分之十五", "减按15%"),
    ],
)
def test_two_spellings_of_one_thing_have_the_same_terms(written: str, same: str) -> None:
    assert terms(written) == terms(same)


@given(st.text())
def test_the_terms_are_those_of_the_normal_form(text: str) -> None:
    assert terms(normalise(text)) == terms(text)


@pytest.mark.parametrize(
    ("written", "term"),
    [("高企", "#high-tech-enterprise"), ("15％", "15%"), ("R & D", "r&d"), ("500万元", "5000000")],
)
def test_a_text_is_found_by_what_its_parts_are(written: str, term: str) -> None:
    assert term in terms(written)


def test_an_amount_is_found_with_and_without_its_yuan() -> None:
    assert "元" not in terms("500万元")
    assert "元" in terms("元素")


def test_chinese_is_found_by_characters_and_pairs_and_the_rest_by_words() -> None:
    found = terms("研发补助 R2 rate")
    assert found[:9] == ["研", "发", "补", "助", "研发", "发补", "补助", "r2", "rate"]
    assert all(term.startswith("#") for term in found[9:])


def test_pairs_do_not_reach_over_what_stands_between() -> None:
    assert "发补" not in terms("研发，补助")


@pytest.mark.parametrize("written", ["国科发火〔2016〕32号", "国科发火[2016]032号", "（2016）第32号"])
def test_a_document_number_is_one_term_however_it_is_bracketed(written: str) -> None:
    assert "〔2016〕32" in terms(written)


def test_a_decimal_is_one_term() -> None:
    assert terms("3.5%") == ["3.5", "3.5%"]
    assert terms("3.5kg") == ["3.5", "公", "斤", "公斤"]


@given(st.text())
def test_any_text_has_terms_without_blanks(text: str) -> None:
    assert all(term and not any(letter.isspace() for letter in term) for term in terms(text))


def processor_seconds(text: str, times: int) -> float:
    """Of one call, the least of twenty rounds: other processes only add to it."""
    rounds = []
    for _ in range(20):
        begin = time.process_time()
        for _ in range(times):
            terms(text)
        rounds.append((time.process_time() - begin) / times)
    return min(rounds)


def test_reading_a_question_takes_a_fraction_of_a_millisecond_and_a_document_a_few() -> None:
    """67 µs and 2.8 ms when measured; the bounds leave room for a slower or busy machine."""
    document = (CATALOGUE / "cn-2016-high-tech.yaml").read_text(encoding="utf-8")[:2_000]
    assert processor_seconds("专精特新小巨人企业补助500万元怎么申请", 100) < 400e-6
    assert processor_seconds(document, 2) < 20e-3
