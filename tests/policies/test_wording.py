"""Every way of writing a rule has words in three languages, from one table.

Walks the language: a new operator, type or form without words fails here.
"""

from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given

from policies import wording
from policies.expressions import ARITHMETIC, OVER_YEARS
from policies.facts import LANGUAGES, NUMBERS, china
from policies.leaf_words import LeafWords, table, traditional
from policies.nodes import Branch, GroupKind, leaves_of
from policies.operators import OPERATORS
from policies.wording import condition_text, say, sentences
from tests.policies.rule_cases import rule, rules

STAFF = {"field": "employees", "gte": 10}
SAID = {"attest": "p", "text": "属于国家重点支持的领域"}


def told(written: object, lang: str = "zh-Hans") -> str:
    return say(rule(written), china(), lang)


def _entries(words: Any, at: str = "") -> Any:
    if set(words) <= set(LANGUAGES):
        yield at, words
    else:
        for key, below in words.items():
            yield from _entries(below, f"{at}/{key}")


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_has_words_for_each_of_its_types_and_no_other(operator: str) -> None:
    types = {"number" if name in NUMBERS else name for name in OPERATORS[operator].types}
    assert set(table()["leaves"][operator]) == types


def test_every_entry_of_the_table_speaks_three_languages() -> None:
    for at, words in _entries(table()):
        assert set(words) == set(LANGUAGES), at
        assert all(words.values()) or at.startswith("/money/"), at


def test_every_form_of_number_and_group_has_words() -> None:
    assert {*ARITHMETIC, *OVER_YEARS, "growth"} <= set(table()["expressions"])
    kinds = {*get_args(GroupKind), *(one.__name__.lower() for one in get_args(Branch))}
    assert kinds - {"group", "years"} == set(table()["groups"]) - {"nothing"}
    assert set(get_args(GroupKind)) <= set(table()["joints"])


def test_every_fact_unit_and_value_has_words() -> None:
    registry = china()
    for fact in registry.facts.values():
        assert fact.unit is None or fact.unit in registry.units
        assert set(fact.label) == set(fact.question) == set(LANGUAGES)
        assert all(set(fact.value_labels[value]) >= set(LANGUAGES) for value in fact.values or ())


@given(rules)
def test_every_rule_is_told_whole_in_every_language(written: Any) -> None:
    read = rule(written)
    for lang in LANGUAGES:
        assert "{" not in say(read, china(), lang)
        lines = sentences(read, china(), lang)
        conditions = [condition_text(leaf, china(), lang) for leaf, _ in leaves_of(read.root)]
        assert [text for _, text in lines if text in conditions] == conditions


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"field": "revenue", "gte": 5_000_000}, "上一年度营业收入不低于500万元"),
        ({"field": "revenue", "lt": 450_000_000, "year": 0}, "本年度营业收入低于4.5亿元"),
        ({"field": "revenue", "gt": 9_999, "year": -3}, "本年度往前第3个年度营业收入高于9,999元"),
        ({"field": "profit", "gte": -20_000}, "上一年度利润总额不低于-2万元"),
        ({"field": "revenue", "lte": Decimal("12345678.9")}, "上一年度营业收入不超过12,345,678.9元"),
        ({"field": "rd_ratio", "gte": Decimal("0.035")}, "上一年度研发费用占营业收入的比例不低于3.5%"),
        ({"field": "employees", "between": [10, 20]}, "上一年度职工人数在10人至20人之间（含两端）"),
        ({"field": "region", "within": ["330106", "330200"]}, "所在地为浙江省杭州市西湖区或浙江省宁波市"),
        ({"field": "industry", "within": ["6513"]}, "行业属于应用软件开发（I6513）"),
        ({"field": "size", "in": ["small", "micro"]}, "企业规模为微型或小型"),
        ({"field": "registered_on", "at_least_ago": {"months": 12}}, "注册日期距今已满12个月"),
        ({"field": "registered_on", "before": "2020-03-01"}, "注册日期早于2020年3月1日"),
        (
            {"value": {"div": [{"field": "rd_expense"}, {"field": "revenue"}]}, "gte": Decimal("0.1")},
            "上一年度研发费用 ÷ 上一年度营业收入不低于10%",
        ),
        (
            {"value": {"mean": {"field": "revenue", "years": [-3, -1]}}, "gte": 20_000},
            "近3个年度营业收入平均不低于2万元",
        ),
        (
            {"value": {"growth": {"field": "revenue", "from": -2, "to": -1}}, "gte": Decimal("0.1")},
            "上一年度营业收入比前年的增长率不低于10%",
        ),
        (
            {"for_years": [-2, -1], "every": {"field": "rd_ratio", "gte": Decimal("0.05")}},
            "近2个年度每年：研发费用占营业收入的比例不低于5%",
        ),
        (
            {"points": [{"when": SAID, "points": 20}, {"when": STAFF, "points": -5}], "gte": 10},
            "以下各项得分合计不低于10分：20分：属于国家重点支持的领域；-5分：上一年度职工人数不低于10人",
        ),
        (
            {"tiers": [{"when": SAID, "then": STAFF}, {"when": {"all": []}, "then": SAID}]},
            (
                "按首个符合的情形：如果：属于国家重点支持的领域；则须：上一年度职工人数不低于10人；"
                "否则如果：不设条件；则须：属于国家重点支持的领域"
            ),
        ),
        ({"all": []}, "不设条件"),
        ({"not": SAID}, "不属于以下情形：属于国家重点支持的领域"),
    ],
)
def test_a_condition_reads_like_a_sentence(written: Any, sentence: str) -> None:
    assert told(written) == sentence


def test_the_same_condition_in_traditional_chinese_and_english() -> None:
    written = {"field": "revenue", "gte": 5_000_000}
    assert told(written, "zh-Hant") == "上一年度營業收入不低於500萬元"
    assert told(written, "en") == "Revenue in the last full year at least 5,000,000 yuan"


def test_one_of_something_is_no_plural_in_english() -> None:
    assert told({"field": "patents_invention", "gte": 1}, "en").endswith("at least 1")
    ago = {"field": "registered_on", "at_least_ago": {"years": 1}}
    assert told(ago, "en") == "Date of registration at least one year ago"


def test_the_officers_own_sentence_is_preferred_in_chinese() -> None:
    written = {**STAFF, "text": "职工不少于十人"}
    assert told(written) == "职工不少于十人"
    assert told(written, "zh-Hant") == "職工不少於十人"
    assert told(written, "en") == "Employees in the last full year at least 10 people"


def test_an_attestation_is_told_as_written() -> None:
    assert told(SAID, "en") == SAID["text"]
    assert told(SAID, "zh-Hant") == "屬於國家重點支持的領域"


def test_a_rule_becomes_an_indented_list() -> None:
    written = {"all": [STAFF, {"any": [SAID, {"not": STAFF}]}], "text": "申报条件"}
    assert sentences(rule(written), china()) == [
        (0, "申报条件（同时满足以下条件）："),
        (1, "上一年度职工人数不低于10人"),
        (1, "满足以下任一条件："),
        (2, "属于国家重点支持的领域"),
        (2, "不属于以下情形："),
        (3, "上一年度职工人数不低于10人"),
    ]


def test_a_group_with_its_own_title_still_says_how_its_conditions_are_taken_together() -> None:
    written = {"not": {"field": "legal_form", "is": "branch"}, "text": "独立法人："}
    assert sentences(rule(written), china()) == [
        (0, "独立法人（不属于以下情形）："),
        (1, "组织形式为分支机构"),
    ]


def test_groups_inside_groups_are_bracketed_in_one_line() -> None:
    written = {"all": [STAFF, {"at_least": 1, "of": [SAID, STAFF]}]}
    assert told(written, "en") == (
        "Employees in the last full year at least 10 people; (At least 1 of the following: "
        "属于国家重点支持的领域; Employees in the last full year at least 10 people)"
    )


def test_simplified_characters_become_traditional_ones() -> None:
    assert traditional("企业与个体户ABC") == "企業與個體戶ABC"


def test_long_and_many_sentences_of_strangers_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "MOST_KEPT", 3)
    words = wording._Words(LeafWords(china(), "en"))
    for n in range(10):
        words.line(rule({"field": "employees", "gte": n}).root)
    words.line(rule({"field": "zones", "has_any": [f"zone-{n}" for n in range(100)]}).root)
    assert 0 < len(words._kept) <= 3
    assert all(len(told) <= wording.LONGEST_KEPT for told in words._kept.values())


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("zh-Hans", "上一年度营业收入比前年的增长率不低于10%"),
        ("zh-Hant", "上一年度營業收入比前年的增長率不低於10%"),
        ("en", "Growth of revenue in the last full year over that in the year before last at least 10%"),
    ],
)
def test_growth_names_both_years_so_that_no_third_can_be_meant(lang: str, sentence: str) -> None:
    growth = {"value": {"growth": {"field": "revenue", "from": -2, "to": -1}}, "gte": Decimal("0.1")}
    assert told(growth, lang) == sentence
