"""Without an encoder, questions of one normal form are answered in one order, by whatever way they come."""

import unicodedata
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import pytest

from index.text import normalise, terms
from policies.yaml_reading import read_yaml
from tests.service.asking import World, world

CATALOGUE = Path(str(files("policies"))) / "catalogue"
DOCUMENTS = (
    "cn-2016-high-tech cn-2018-39-employment cn-2023-37-equipment cn-2023-7-rd-deduction cn-2026-srdi"
    " cn-2023-8-disability-levy gz-2025-startup-loan cn-2011-100-software-vat"
)
ONE_FORM = (
    ("高新技术企业认定", "高新技術企業認定", "“高新技术企业”认定", "高新技術企業認定 "),
    ("500万元以下设备", "5,000,000元以下设备", "五百万元以下設備", "５００ 万元以下设备", "伍佰万元以下设备"),
    ("国科发火〔2016〕32号", "国科发火(2016)32号", "國科發火［2016］第32號", "国科发火〔二〇一六〕三十二号"),
    ("减按15%缴纳", "減按百分之十五繳納", "减按１５％缴纳"),
    ("三十人以下企业", "30人以下企业", "30 人以下企業"),
    ("High-tech enterprises R&D", "high tech enterprise r & d", "HIGH-TECH ENTERPRISE R&D"),
)
ONE_MEANING = (
    ("高企", "高新技术企业"),
    ("稳岗", "失业保险稳岗返还"),
    ("專精特新", "SRDI"),
    ("加計扣除", "super deduction"),
)


@pytest.fixture
async def catalogue(tmp_path: Path) -> AsyncIterator[World]:
    plains = [read_yaml((CATALOGUE / f"{name}.yaml").read_bytes()).value for name in DOCUMENTS.split()]
    async with world(tmp_path / "data", *plains) as made:
        await made.build_index()
        yield made


async def listed(at: World, query: str) -> list[str]:
    answer = await at.get(f"/v1/measures?limit=100&q={quote(query)}")
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.body["items"]]


async def recommended(at: World, query: str) -> list[tuple[str, object]]:
    items = (await at.ask({}, query=query, limit=100))["items"]
    return [(item["measure"]["id"], item["score"]) for item in items]


async def test_questions_of_one_normal_form_are_answered_in_one_order(catalogue: World) -> None:
    for first, *others in ONE_FORM:
        for other in [*others, unicodedata.normalize("NFD", first), f"  {first}\n"]:
            assert terms(other) == terms(first)
            assert await listed(catalogue, other) == await listed(catalogue, first), other
            assert await recommended(catalogue, other) == await recommended(catalogue, first), other


async def test_a_question_and_its_normal_form_are_answered_in_one_order(catalogue: World) -> None:
    for question in [form for forms in ONE_FORM for form in forms]:
        assert await listed(catalogue, normalise(question)) == await listed(catalogue, question)


async def test_the_order_differs_where_the_question_does(catalogue: World) -> None:
    orders = {tuple(await listed(catalogue, forms[0])) for forms in ONE_FORM}
    assert len(orders) > 3


async def test_an_everyday_word_finds_first_what_the_official_term_finds(catalogue: World) -> None:
    for everyday, official in ONE_MEANING:
        found = {(await listed(catalogue, word))[0].split(".")[0] for word in (everyday, official)}
        assert len(found) == 1, (everyday, found)
