"""Numbers in one spelling: what is surely one number is written once, what only looks like one stays."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.numerals import arabic, plain, read

DIGITS, SMALL = "零一二三四五六七八九", ("", "十", "百", "千")
numerals = st.text(
    alphabet="0123456789.,-~%‰¥w 元块圆角币万亿千百十零〇○一二两三五九点分之第条号年月个次家性至几壹佰伍整",
    max_size=14,
)


def spoken(number: int) -> str:
    """The numeral as the rules of Chinese have it; our own, slow, for numbers below 10^12."""
    for unit, factor in (("亿", 10**8), ("万", 10**4)):
        high, low = divmod(number, factor)
        if high:
            gap = "零" if 0 < low < factor // 10 else ""
            return spoken(high) + unit + gap + (spoken(low) if low else "")
    written, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        written += ("零" if gap and written else "") + DIGITS[digit] + SMALL[place] if digit else ""
        gap = not digit
    return written


@given(st.integers(1, 10**12 - 1))
def test_every_numeral_is_read_as_the_number_that_it_was_written_for(number: int) -> None:
    assert read(spoken(number)) == number


@given(st.integers(10**4, 10**12 - 1))
def test_an_amount_in_words_and_in_digits_is_one(number: int) -> None:
    assert arabic(f"补助{spoken(number)}元以内") == f"补助{number}元以内" == arabic(f"补助{number:,}元以内")


@pytest.mark.parametrize(
    "written",
    [
        "500万元", "5,000,000元", "500 万", "500 万 元", "五百万元", "5百万元", "伍佰万元整",
        "人民币500万元", "500万人民币", "¥500万", "500w", "5000千元", "rmb 5 million", "5 million yuan",
        "5000000块钱",
    ],
)  # fmt: skip
def test_one_amount_has_one_spelling(written: str) -> None:
    assert arabic(written) == "5000000元"


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("一百二十", "120"),
        ("两千三百万", "23000000元"),
        ("三万五", "35000元"),
        ("3万5", "35000元"),
        ("1万5000", "15000元"),
        ("一等奖", "1等奖"),
        ("1亿5000万", "150000000元"),
        ("2.50亿", "250000000元"),
        ("0.00001万元", "0.1元"),
        ("一点五倍", "1.5倍"),
        ("50-100万元", "500000元-1000000元"),
        ("三至五万元", "30000元至50000元"),
        ("百分之十五", "15%"),
        ("百分之三点五", "3.5%"),
        ("15 percent", "15%"),
        ("15个点", "15%"),
        ("3‰", "0.3%"),
        ("万分之五", "0.05%"),
        ("三分之一", "1/3"),
        ("第十一条", "第11条"),
        ("二〇二四年", "2024年"),
        ("二零二四年", "2024年"),
        ("二○二四年", "2024年"),
        ("三十人以下", "30人以下"),
        ("两年内", "2年内"),
        ("十五个工作日", "15个工作日"),
        ("五百强", "500强"),
        ("一百 亩", "100亩"),
        ("二十万千瓦", "200000千瓦"),
        ("5万户", "50000户"),
        ("100 m2", "100平方米"),
    ],
)
def test_a_number_is_written_in_digits(written: str, same: str) -> None:
    assert arabic(written) == arabic(same) == same


@pytest.mark.parametrize(
    "word",
    [
        "一般", "统一", "三农", "五险一金", "专精特新", "六税两费", "一次性扩岗补助", "十四五规划",
        "一二三产业", "几十万元", "数百家", "进一步", "第一", "第三方", "十分重要", "大陆百强", "双一流",
        "两免三减半", "万元以上", "二十大", "百货", "唯一一家", "统一个人所得税", "上亿", "千人计划",
        "一体化", "三块牌子", "1,000,00", "2024.10", "收拾", "零售",
    ],
)  # fmt: skip
def test_a_word_that_looks_like_a_number_stays(word: str) -> None:
    assert arabic(word).replace("3块", "三块") == word


@pytest.mark.parametrize(
    "none", ["", "十四五", "一二", "万", "百", "一百零", "零五", "三十四十", "五万六万", "五万零"]
)
def test_what_is_no_well_formed_numeral_is_none(none: str) -> None:
    assert read(none) is None


@given(numerals)
def test_digits_stay_as_they_are_once_written(text: str) -> None:
    assert arabic(arabic(text)) == arabic(text)


@given(st.decimals(0, 10**9, places=4))
def test_a_plain_number_has_its_value_and_no_idle_zero(number: Decimal) -> None:
    assert Decimal(plain(number)) == number
    assert "." not in plain(number) or plain(number)[-1] not in "0."


@pytest.mark.parametrize(
    "piece", ["¥", "1人民币", "人民币", "一", "1,000,", "壹佰", "壹", "一百", "1至2万", "百分之一"]
)
def test_what_nobody_writes_takes_no_quadratic_time(piece: str) -> None:
    begin = time.process_time()
    arabic("1" + piece * 20_000)
    assert time.process_time() - begin < 3
