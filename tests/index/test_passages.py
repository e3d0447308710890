"""What is indexed: of a measure all that says what it is for, of an enterprise what it does."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.passages import OVERLAP, SIZE, Entry, cut, enterprise_text, entry_of
from policies.documents import read_document
from policies.facts import Registry, china
from policies.profiles import read_profile

RULE = {
    "all": [
        {"field": "industry", "within": ["65"], "text": "从事软件和信息技术服务"},
        {"not": {"field": "industry", "within": ["K"], "text": "房地产企业除外"}},
        {
            "any": [
                {"field": "qualifications", "has_any": ["tech_sme"]},
                {"attest": "lab", "text": "有检测实验室"},
            ]
        },
        {"field": "qualifications", "has_none": ["srdi_giant"]},
    ]
}
MEASURE = {
    "key": "voucher",
    "title": "科技创新券",
    "kind": "voucher",
    "mode": "apply",
    "summary": "购买科技服务可以抵扣。",
    "rule": RULE,
    "benefits": [{"nature": "cost_reduced", "text": "每年最高20万元"}],
    "materials": ["服务合同"],
    "grants": ["gazelle"],
}
DOCUMENT = {
    "id": "zj-2024-voucher",
    "title": "创新券管理办法",
    "doc_no": "浙科发〔2024〕8号",
    "issuers": ["浙江省科技厅"],
    "level": "province",
    "region": "330000",
    "in_force": "unconfirmed",
    "provenance": "from-memory",
    "measures": [MEASURE],
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return china()


@pytest.fixture(scope="module")
def entry(registry: Registry) -> Entry:
    document = read_document(DOCUMENT, registry)
    return entry_of(document, document.measures[0], registry)


@pytest.mark.parametrize(
    "said",
    ["科技创新券", "可以抵扣", "服务券", "申报", "最高20万元", "从事软件", "软件和信息技术服务业",
     "科技型中小企业", "有检测实验室", "服务合同", "瞪羚", "创新券管理办法"],
)  # fmt: skip
def test_a_measure_is_found_by_what_it_says_and_asks(entry: Entry, said: str) -> None:
    assert said in entry.words
    assert any(said in passage for passage in entry.passages)


@pytest.mark.parametrize("said", ["浙科发〔2024〕8号", "浙江省科技厅", "浙江省"])
def test_document_number_issuer_and_region_are_words_but_not_meaning(entry: Entry, said: str) -> None:
    assert said in entry.words
    assert not any(f"\n{said}" in passage for passage in entry.passages)


@pytest.mark.parametrize("unsaid", ["房地产", "小巨人", "None"])
def test_a_measure_is_not_found_by_what_it_excludes(entry: Entry, unsaid: str) -> None:
    assert unsaid not in entry.words


@pytest.mark.parametrize(
    "rule",
    [
        {"for_years": [-2, -1], "every": {"field": "revenue", "gte": 1, "text": "有收入"}},
        {"for_years": [-2, -1], "some": {"field": "revenue", "gte": 1, "text": "有收入"}},
        {"points": [{"when": {"attest": "a", "text": "有收入"}, "points": 60}], "gte": 60},
        {"tiers": [{"when": {"attest": "a", "text": "有收入"}, "then": {"all": []}}]},
        {"tiers": [{"when": {"all": []}, "then": {"all": [{"attest": "a", "text": "有收入"}]}}]},
    ],
)
def test_a_condition_is_found_inside_years_points_and_tiers(rule: object, registry: Registry) -> None:
    document = read_document(DOCUMENT | {"measures": [MEASURE | {"rule": rule}]}, registry)
    assert "有收入" in entry_of(document, document.measures[0], registry).words


def test_the_first_passage_begins_with_the_title(entry: Entry) -> None:
    assert entry.id == "zj-2024-voucher.voucher"
    assert entry.passages[0].startswith("科技创新券\n购买科技服务")


def test_the_title_of_the_measure_stands_apart_as_well(entry: Entry) -> None:
    assert entry.title == "科技创新券"
    assert entry.words.startswith(entry.title)


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (
            {"name": "某软件", "facts": {"industry": "6513"}},
            "某软件 信息传输 软件和信息 软件开发 应用软件开发",
        ),
        ({"text": "质检", "facts": {"industry": {"value": "I65", "source": "registry"}}}, "质检 软件和信息"),
        ({"facts": {"region": "330106"}}, ""),
    ],
)
def test_an_enterprise_is_its_name_its_words_and_its_industry(
    registry: Registry, sent: dict[str, Any], text: str
) -> None:
    found = enterprise_text(read_profile(sent, registry, today=date(2026, 11, 24)), registry)
    assert all(part in found for part in text.split())
    assert bool(found) == bool(text)


prose = st.text(alphabet="研发补助。；\n 企业", max_size=900)


@given(prose)
def test_passages_cover_the_text_and_are_short_enough(text: str) -> None:
    passages, at = cut(text), 0
    for passage in passages:
        assert 0 < len(passage) <= SIZE
        found = text.find(passage, max(0, at - SIZE))
        assert found >= 0
        assert not text[at:found].strip()
        at = max(at, found + len(passage))
    assert not text[at:].strip()


def test_neighbours_overlap_and_end_with_a_sentence() -> None:
    text = "".join(f"第{n:03}条规定企业研发补助的申报条件和办理程序。" for n in range(40))
    passages = cut(text)
    assert all(passage.endswith("。") for passage in passages)
    assert all(b.startswith(a[-OVERLAP:]) for a, b in pairwise(passages))


def test_a_text_without_sentences_is_cut_all_the_same() -> None:
    assert [len(passage) for passage in cut("企" * 700)] == [300, 300, 200]
