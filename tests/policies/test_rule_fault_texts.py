"""What an officer reads where a rule is malformed: every sentence of the rule reader, in English and Chinese.

Codes and places of faults are in test_rules.py; here stand the words alone.
"""

from decimal import Decimal
from typing import Any

import pytest

from policies.facts import china
from policies.faults import Fault
from policies.rules import formula_reader, read_rule

STAFF = {"field": "employees", "gte": 10}
EVERY = {"every": STAFF, "for_years": [-2, -1]}
POINT = {"when": STAFF, "points": 5}
DAY = {"field": "registered_on"}


def _number(expression: Any) -> dict[str, Any]:
    return {"value": expression, "gte": 1}


MALFORMED: list[tuple[Any, str, str]] = [
    ({}, "one form for each node", "每个节点须恰好是一种写法"),
    ({"any": []}, "an empty list", "列表不能为空"),
    ({"at_least": 1, "of": []}, "an empty list", "列表不能为空"),
    ({"at_least": 0, "of": [STAFF]}, "at_least must be 1 … 1", "at_least 须在 1 至 1 之间"),
    ({"at_least": 4, "of": [STAFF] * 3}, "at_least must be 1 … 3", "at_least 须在 1 至 3 之间"),
    ({**STAFF, "value": 5}, "either field or value", "field 与 value 只能有一个"),
    ({**STAFF, "lte": 7}, "one operator for each leaf", "每个条件须恰好有一个比较方式"),
    ({"field": "region", "gte": 5}, "gte does not fit region", "gte 不适用于 region"),
    ({"value": 5, "before": "2020-01-01"}, "before does not fit number", "before 不适用于 number"),
    ({"field": "region", "within": ["330100"], "year": -1}, "no year belongs here", "这里不能写 year"),
    ({"field": "region", "within": []}, "an empty list", "列表不能为空"),
    ({"field": "employees", "between": [10]}, "between takes two bounds", "between 须有两端"),
    (_number({}), "one form for each expression", "每个算式须恰好是一种写法"),
    (_number({"add": []}), "an empty list", "列表不能为空"),
    (_number({"div": [1, 2, 3]}), "div takes two expressions", "div 须有两个算式"),
    (_number({"field": "region"}), "region is no number", "“region”不是数字"),
    (
        _number({"field": "patents_design", "year": -1}),
        "no year belongs to patents_design here",
        "“patents_design”在这里不能写年度",
    ),
    (
        _number({"sum": {"field": "revenue", "years": [-1]}}),
        "years are a first and a last one",
        "years 须为起止两个年度",
    ),
    (
        _number({"mean": {"field": "patents_design", "years": [-2, -1]}}),
        "patents_design is no number by year",
        "“patents_design”不是分年度的数字",
    ),
    (
        {**EVERY, "every": EVERY},
        "for_years inside for_years",
        "for_years 里面不能再有 for_years",
    ),
    ({**EVERY, "some": STAFF}, "either every or some", "every 与 some 只能有一个"),
    ({**EVERY, "for_years": [-1]}, "years are a first and a last one", "for_years 须为起止两个年度"),
    ({"points": [POINT], "gt": 5}, "points are compared by gte alone", "points 只能用 gte 比较"),
    ({"points": [POINT], "lt": 5}, "points are compared by gte alone", "points 只能用 gte 比较"),
    ({"points": [POINT], "lte": 5}, "points are compared by gte alone", "points 只能用 gte 比较"),
    ({"points": [], "gte": 5}, "an empty list", "列表不能为空"),
    ({"tiers": []}, "an empty list", "列表不能为空"),
]

WRONG_TYPES: list[tuple[Any, str, str]] = [
    (None, "a rule node (an object)", "规则节点（对象）"),
    ({"all": STAFF}, "a list of rule nodes", "规则节点的列表"),
    ({"at_least": True, "of": [STAFF]}, "a whole number", "整数"),
    ({"field": 5, "gte": 5}, "the name of a fact", "事实的名称"),
    ({**STAFF, "year": "-1"}, "a number", "数字"),
    ({"field": "region", "within": "330100"}, "a list", "列表"),
    ({"field": "region", "within": [330106]}, "a code in quotes", "带引号的代码"),
    ({"field": "in_operation", "is": "yes"}, "true or false", "true 或 false"),
    ({"field": "legal_form", "in": "company"}, "a list", "列表"),
    ({"field": "employees", "between": 10}, "a list", "列表"),
    ({"field": "qualifications", "has_any": "srdi"}, "a list", "列表"),
    ({**DAY, "after": 2025}, "a date YYYY-MM-DD", "日期 YYYY-MM-DD"),
    ({**DAY, "within_last": 5}, "an object", "对象"),
    (_number("5"), "a number or an expression", "数字或算式"),
    (_number({"add": 5}), "a list of expressions", "算式的列表"),
    (_number({"growth": 5}), "an object", "对象"),
    (_number({"sum": {"field": "revenue", "years": [None, -1]}}), "a number", "数字"),
    ({**STAFF, "text": 5}, "text", "文字"),
    ({**STAFF, "place": {"span": [1]}}, "a list of two", "两项的列表"),
    ({"points": POINT, "gte": 1}, "a list of objects", "对象的列表"),
]

OTHERS: list[tuple[Any, str, str]] = [
    ({"lst": 5}, "The rule language has no “lst”. → lt?", "规则里没有“lst”这个写法。→ lt?"),
    ({"txt": "情况"}, "The rule language has no “txt”. → text?", "规则里没有“txt”这个写法。→ text?"),
    (_number({"ad": [1]}), "The rule language has no “ad”. → add?", "规则里没有“ad”这个写法。→ add?"),
    ({"at_least": 1}, "“of” is missing.", "缺少“of”。"),
    (
        {"field": "revenu", "gte": 1},
        "“revenu” is no fact that may stand here; /v1/facts lists them. → revenue?",
        "“revenu”不是可以用在这里的事实，可用的见 /v1/facts。→ revenue?",
    ),
    (
        {"field": "region", "within": ["999999"]},
        "There is no region with the code “999999” (GB/T 2260).",
        "没有代码为“999999”的行政区划（GB/T 2260）。",
    ),
    (
        {"field": "industry", "within": ["A65"]},
        "There is no industry with the code “A65” (GB/T 4754-2017).",
        "没有代码为“A65”的行业（GB/T 4754-2017）。",
    ),
    (
        {"field": "size", "is": "tiny"},
        "“tiny” is not one of the allowed values. micro, small, medium, large",
        "“tiny”不在允许的取值之内。micro, small, medium, large",
    ),
    (
        {"attest": "p q", "text": "情况"},
        "Malformed id: it must be 1 to 80 letters, digits, hyphens and underscores.",
        "标识不合格式：须为 1 至 80 个字母、数字、连字符和下划线。",
    ),
]

SENTENCES = [
    *((rule, f"Malformed rule: {en}.", f"规则写法有误：{zh}。") for rule, en, zh in MALFORMED),
    *((rule, f"Wrong type: expected {en}.", f"类型不对：应为{zh}。") for rule, en, zh in WRONG_TYPES),
    *OTHERS,
]


def _faults_of(written: Any) -> list[Fault]:
    faults: list[Fault] = []
    read_rule(written, china(), "", faults)
    return faults


@pytest.mark.parametrize(("written", "en", "zh"), SENTENCES, ids=lambda value: str(value)[:40])
def test_a_malformed_rule_is_explained_in_the_readers_language(written: Any, en: str, zh: str) -> None:
    (fault,) = _faults_of(written)
    assert (fault.sentence("en"), fault.sentence("zh")) == (en, zh)


LIMITS = [
    ({**STAFF, "year": 1}, "-10 … 0"),
    ({"field": "employees", "gte": -1}, "0 … 1000000000"),
    ({"field": "revenue", "gte": -1}, "0 … 1000000000000000"),
    ({"field": "profit", "gte": 10**16}, "-1000000000000000 … 1000000000000000"),
    ({"field": "staff_laid_off_ratio", "gte": 2}, "0 … 1"),
    ({"field": "rd_ratio", "gte": 10**16}, "-1000000000000000 … 1000000000000000"),
    ({"field": "age_months", "gte": 10**10}, "-1000000000 … 1000000000"),
    (_number(10**16), "-1000000000000000 … 1000000000000000"),
    ({"field": "staff_laid_off_ratio", "gte": Decimal("1e-21")}, "20 decimals at most"),
    ({"field": "rd_ratio", "gte": Decimal("1e-21")}, "20 decimals at most"),
    ({"field": "revenue", "gte": Decimal("0.001")}, "2 decimals at most"),
    (_number(Decimal("1e-21")), "20 decimals at most"),
    ({**DAY, "within_last": {"days": 0}}, "1 … 100000"),
    ({**DAY, "within_last": {"months": 0}}, "1 … 10000"),
    ({**DAY, "within_last": {"years": 0}}, "1 … 1000"),
    ({**STAFF, "place": {"page": -1}}, "0 … 10000000"),
    ({"points": [{**POINT, "points": 10**16}], "gte": 1}, "-1000000000000000 … 1000000000000000"),
]


@pytest.mark.parametrize(("written", "limits"), LIMITS, ids=lambda value: str(value)[:40])
def test_a_number_past_its_limits_is_told_them(written: Any, limits: str) -> None:
    (fault,) = _faults_of(written)
    assert fault.sentence("en") == f"Out of range: {limits}."


LONG = "x" * 99


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ({LONG: 1}, "unknown_operator"),
        ({"field": LONG, "gte": 1}, "unknown_fact"),
        ({"field": "region", "within": [LONG]}, "unknown_region"),
        ({"field": "industry", "within": [LONG]}, "unknown_industry"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_was_written_is_repeated_by_its_first_eighty_characters(written: Any, code: str) -> None:
    (fault,) = _faults_of(written)
    assert (fault.code, fault.params["got"]) == (code, "x" * 80)


def test_near_words_are_looked_for_while_the_fault_will_be_listed() -> None:
    hints = [fault.params["note"] for fault in _faults_of({"all": [{"lst": 5}] * 60})]
    assert hints == ["→ lt?"] * 50 + [""] * 10


AMOUNTS = [
    ({"mul": []}, "/formula", "an empty list", "列表不能为空"),
    ({"tiers": []}, "/formula", "an empty list", "列表不能为空"),
    (
        {"tiers": [{"when": {"not": {"attest": "p", "text": "情况"}}, "then": 1}]},
        "/formula/tiers/0/when/not",
        "an amount asks for facts alone",
        "金额只能由事实决定",
    ),
]


@pytest.mark.parametrize(("written", "at", "en", "zh"), AMOUNTS, ids=lambda value: str(value)[:20])
def test_a_malformed_amount_is_explained_as_a_rule_is(written: Any, at: str, en: str, zh: str) -> None:
    faults: list[Fault] = []
    formula_reader(china()).read(written, "/formula", faults)
    assert [fault.line("en") for fault in faults] == [f"{at}: bad_rule: Malformed rule: {en}."]
    assert [fault.line("zh") for fault in faults] == [f"{at}: bad_rule: 规则写法有误：{zh}。"]
