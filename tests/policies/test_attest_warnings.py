"""An attestation that a fact could decide names the fact and the condition that says the same, or its form.

What asks for more than a fact stays an attestation.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.facts import china
from policies.json_reading import read_json
from policies.warnings import warnings_of
from tests.policies.warned import drawn_up, found

EMPLOYEES, REVENUE = {"field": "employees"}, {"field": "revenue"}


def attested(text: str) -> list[str]:
    """The facts that could decide an attestation."""
    doubts = warnings_of(drawn_up({"attest": "key", "text": text}), china())
    return [doubt.params["fact"]["en"] for doubt in doubts]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("职工人数不超过300人", "employees"),
        ("企業職工人數不超過 300 人。", "employees"),
        ("The firm has at most 300 employees", "employees"),
        ("企业已注册满一年", "registered_on"),
        ("注册地在本市", "region"),
        ("在杭州市注册", "region"),
        ("入驻杭州高新区", "zones"),
        ("具有高新技术企业资格", "qualifications"),
        ("上年度营业收入2000万元以上", "revenue"),
        ("Revenue of at least 20 million yuan", "revenue"),
        ("研发费用占营业收入的比例不低于３％", "rd_ratio"),
        ("未列入严重失信主体名单", "credit_dishonest"),
        ("依法缴纳社会保险费", "social_insurance_paid"),
        ("属于小微企业", "size"),
    ],
)
def test_an_attestation_that_a_fact_could_decide_names_the_fact(text: str, fact: str) -> None:
    assert attested(text) == [fact]


@pytest.mark.parametrize(
    "text",
    [
        "职工人数不超过300人，其中研发人员占一半以上",
        "属于重点产业",
        "在同行业中居于领先地位",
        "是增值税一般纳税人",
        "近三年没有获得过这项支持",
    ],
)
def test_an_attestation_that_asks_for_more_than_a_fact_stays_one(text: str) -> None:
    assert attested(text) == []


SAID = [
    ("营业收入低于300万元", {**REVENUE, "lt": 3_000_000}),
    ("职工不少于50人", {**EMPLOYEES, "gte": 50}),
    ("成立满3年", {"field": "registered_on", "at_least_ago": {"years": 3}}),
    ("成立5年以上", {"field": "registered_on", "at_least_ago": {"years": 5}}),
    ("成立不超过3年", {"field": "registered_on", "within_last": {"years": 3}}),
    ("成立未满三年", {"not": {"field": "registered_on", "at_least_ago": {"years": 3}}}),
    ("注册满24个月", {"field": "registered_on", "at_least_ago": {"months": 24}}),
    ("上一年度營業收入超過兩千萬元", {**REVENUE, "gt": 20_000_000}),
    ("营业收入一千五百万元以上", {**REVENUE, "gte": 15_000_000}),
    ("职工人数300人（含）以下", {**EMPLOYEES, "lte": 300}),
    ("研发费用占营业收入的比例不低于３．５％", {"field": "rd_ratio", "gte": Decimal("0.035")}),
    ("Revenue of at least 20 million yuan", {**REVENUE, "gte": 20_000_000}),
    ("The firm has fewer than 1,000 employees", {**EMPLOYEES, "lt": 1_000}),
    ("established within the last five years", {"field": "registered_on", "within_last": {"years": 5}}),
    ("holds no more than 5 invention patents", {"field": "patents_invention", "lte": 5}),
]


def to_write(text: str) -> str:
    """The condition that is proposed for an attestation."""
    (doubt,) = warnings_of(drawn_up({"attest": "key", "text": text}), china())
    return doubt.params["write"]["zh-Hans"]


@pytest.mark.parametrize(("text", "condition"), SAID, ids=lambda value: str(value)[:30])
def test_the_condition_to_write_instead_says_what_the_attestation_says(text: str, condition: Any) -> None:
    written = read_json(to_write(text).encode())
    assert written == condition
    drawn_up(written)


@pytest.mark.parametrize(
    "text",
    [
        "营业收入百万元以上",
        "营业收入为300万元",
        "2023年营业收入不低于300万元",
        "职工人数超过300人（含）",
        "职工人数超过300人以上",
        "成立超过5年",
        "注册2020年以内",
        "成立3月以上",
        "属于小微企业",
        "在苏州市注册",
        "纳税信用等级为A级",
    ],
)
def test_where_the_text_leaves_a_choice_the_condition_is_a_form_without_a_value(text: str) -> None:
    told = to_write(text)
    assert "…" in told
    assert not re.search("[0-9]", told)


WAYS = {
    "gte": ("不低于{}", "{}以上", "{}及以上", "达到{}"),
    "gt": ("超过{}", "高于{}"),
    "lte": ("不超过{}", "{}以下", "不高于{}", "{}以内"),
    "lt": ("低于{}", "少于{}"),
}
HAN = "零一二三四五六七八九"


def in_han(number: int) -> str:
    """A number below 10,000 without a zero inside, in Chinese digits."""
    told = zip(str(number), ("千", "百", "十", "")[-len(str(number)) :], strict=True)
    return "".join(HAN[int(digit)] + place for digit, place in told if digit != "0")


@given(
    st.integers(1, 9_999).filter(lambda n: "0" not in str(n).rstrip("0")),
    st.sampled_from([("元", 1), ("万元", 10_000), ("亿元", 10**8)]),
    st.sampled_from([(operator, way) for operator, ways in WAYS.items() for way in ways]),
    st.sampled_from([str, in_han, lambda n: f"{n:,}"]),
)
def test_any_amount_and_direction_is_read_as_it_stands(
    number: int, unit: tuple[str, int], way: tuple[str, str], digits: Callable[[int], str]
) -> None:
    text = "营业收入" + way[1].format(digits(number) + unit[0])
    assert read_json(to_write(text).encode()) == {**REVENUE, way[0]: number * unit[1]}


def test_every_condition_to_write_fits_its_fact_and_has_no_warning() -> None:
    for fact, hint in china().hints().attests.items():
        told = hint.write
        assert told.startswith(f'{{"field": "{fact}", ')
        if "…" not in told:
            assert found(read_json(told.encode())) == []
