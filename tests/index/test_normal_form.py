"""One normal form: spellings of one thing meet, it is its own normal form, other things stay apart."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.normal_form import normalise
from index.scripts import simplified

PIECES = (
    """藉口 計畫 瞭 沈 覆 乾 “ ” " ' 's s ies million yuan rmb cny & - a R percent 15 2016 年 第 号 万 元"""
    " 三 五 百分之 人民币 m2 米 kg é \u0301 が \u3099 ch ss 〔 〕 ( ) 圆 整 个点 İ ① ½"
)
pieces = st.lists(st.sampled_from([" ", *PIECES.split()]), max_size=9).map("".join)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("國家高新技術企業認定", "国家高新技术企业认定"),
        ("企業發展計畫已答覆，請瞭解並藉此申請", "企业发展计划已答复，请了解并借此申请"),
        ("臺灣裡裏著名軟體", "台湾里里着名软体"),
        ("ＡＢＣ１２３（全角）", "abc123(全角)"),
        ("补助五百万元", "补助5,000,000元"),
        ("注册资本12，000，000元", "注册资本1200万元"),
        ("High-Tech Enterprises", "high tech enterprise"),
        ("companies' taxes and businesses", "company tax and business"),
        ("R & D", "r&d"),
        ("the enterprise’s analysis", "the enterprise analysis"),
        ("专精特新“小巨人”企业", "专精特新小巨人企业"),
        ("专精特新「小巨人」企业", "专精特新小巨人企业"),
        ("Création d’une société", "creation dune societe"),
        ("财政部公告2023年第12号", "财政部公告2023年12号"),
    ],
)
def test_spellings_of_one_thing_are_one(written: str, same: str) -> None:
    assert normalise(written) == normalise(same)


@pytest.mark.parametrize(
    "written",
    [
        "国科发火〔2016〕32号", "国科发火(2016)32号", "国科发火（２０１６）３２号", "国科发火[2016]032号",
        "国科发火【2016】第32号", "国科发火〔 2016 〕 第 32 号", "国科发火﹝2016﹞32号",
        "国科发火2016年32号", "国科发火2016年第32号", "国科发火2016第32号", "國科發火〔二〇一六〕三十二號",
        "国科发火〔2016年〕32号",
    ],
)  # fmt: skip
def test_a_document_number_has_one_spelling(written: str) -> None:
    assert normalise(written) == "国科发火〔2016〕32号"


@pytest.mark.parametrize("other", ["201632号", "5月12号", "(2016)", "2016年5月32号楼", "〔2016〕号"])
def test_what_is_no_document_number_is_not_made_one(other: str) -> None:
    assert "〕32号" not in normalise(other)


@pytest.mark.parametrize(
    ("one", "other"), [("500万元", "50万元"), ("15%", "15"), ("第3条", "第13条"), ("r&d", "rd")]
)
def test_other_things_stay_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@given(st.one_of(st.text(), pieces))
def test_the_normal_form_is_its_own_normal_form(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text())
def test_composed_and_decomposed_letters_are_one(text: str) -> None:
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(unicodedata.normalize("NFC", text))


@given(st.text(alphabet="研发补助abcXYZ012 ，。", max_size=40))
def test_half_and_full_width_are_one(text: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    assert normalise(wide) == normalise(text)


@given(st.text(alphabet="乾坤計畫瞭解答覆藉口沈默鍾馗覆蓋徵稅發髮後裡著", max_size=12))
def test_simplified_text_stays_as_long_and_as_it_is(text: str) -> None:
    assert len(simplified(text)) == len(text)
    assert simplified(simplified(text)) == simplified(text)
