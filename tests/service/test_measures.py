"""GET /v1/measures, /v1/facts, /v1/codes: what anybody may read, in pages, with tags."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.asking import Answer, World, document, measure, world

CLOSED = [{"opens": "2025-01-01", "closes": "2025-12-31"}]


@pytest.fixture
async def found(tmp_path: Path) -> AsyncIterator[World]:
    documents = (
        document("aaa", measure("m", title="稳岗返还"), measure("n", title="展会补贴", windows=CLOSED)),
        document("hangzhou", measure("m", kind="tax"), level="city", region="330100"),
    )
    async with world(tmp_path / "data", *documents) as made:
        await made.build_index()
        yield made


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.body["items"]]


async def test_measures_are_listed_by_id_in_any_state(found: World) -> None:
    answer = await found.get("/v1/measures")
    assert ids(answer) == ["aaa.m", "aaa.n", "hangzhou.m"]
    assert set(answer.body["items"][0]) == {
        "id", "title", "document", "kind", "mode", "summary", "status", "state", "window", "benefit", "found",
    }  # fmt: skip
    assert [item["state"] for item in answer.body["items"]] == ["rolling", "closed", "rolling"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("region=330106", ["aaa.m", "aaa.n", "hangzhou.m"]),
        ("region=110000", ["aaa.m", "aaa.n"]),
        ("kind=tax", ["hangzhou.m"]),
        ("state=closed", ["aaa.n"]),
        ("document=aaa", ["aaa.m", "aaa.n"]),
        ("document=nothing&kind=", []),
        ("q=%E5%B1%95%E4%BC%9A&document=aaa", ["aaa.n", "aaa.m"]),
    ],
)
async def test_parameters_keep_and_q_orders(found: World, query: str, expected: list[str]) -> None:
    assert ids(await found.get(f"/v1/measures?{query}")) == expected


@pytest.mark.parametrize("query", ["", "q=%E5%B1%95%E4%BC%9A&"])
async def test_links_lead_through_every_page_on_one_snapshot(found: World, query: str) -> None:
    whole = ids(await found.get(f"/v1/measures?{query}limit=100"))
    seen, path = [], f"/v1/measures?{query}limit=1"
    while path:
        answer = await found.get(path)
        seen += ids(answer)
        link = answer.headers.get("link", "")
        path = link[1:].partition(">")[0]
        assert ('rel="next"' in link) == (answer.body["next_cursor"] is not None)
        await found.publish(document("aab", measure("m", title=f"{len(seen)}")))
    assert seen == whole


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("size=small", "unknown_member"),
        ("region=999999", "unknown_region"),
        ("kind=gift", "unknown_code"),
        ("state=shut", "unknown_code"),
        ("limit=0", "out_of_range"),
        ("limit=x", "wrong_type"),
    ],
)
async def test_a_faulty_parameter_is_named(found: World, query: str, code: str) -> None:
    answer = await found.get(f"/v1/measures?{query}")
    fault = answer.body["errors"][0]
    assert (answer.status, fault["code"], fault["parameter"]) == (422, code, query.partition("=")[0])


async def test_a_tampered_or_foreign_cursor_is_bad(found: World) -> None:
    cursor = (await found.get("/v1/measures?limit=1")).body["next_cursor"]
    for query in (f"kind=grant&cursor={cursor}", "cursor=x", f"cursor={cursor}A"):
        assert (await found.get(f"/v1/measures?{query}")).body["code"] == "bad_cursor"


async def test_one_measure_is_shown_with_its_rule_and_a_tag(found: World) -> None:
    answer = await found.get("/v1/measures/aaa.m")
    assert (answer.body["rule"], answer.body["document"]["id"]) == ({"all": []}, "aaa")
    assert {"key", "windows", "benefits", "materials", "steps", "contact", "budget"} <= set(answer.body)
    again = await found.get("/v1/measures/aaa.m", If_None_Match=answer.headers["etag"])
    assert (again.status, again.body, again.headers["etag"]) == (304, None, answer.headers["etag"])


async def test_a_withdrawn_measure_says_since_when_and_why(found: World) -> None:
    await found.withdraw("aaa", "已到期")
    answer = await found.get("/v1/measures/aaa.m")
    assert (answer.status, answer.body["status"], answer.body["reason"]) == (200, "withdrawn", "已到期")
    assert answer.body["withdrawn_at"].startswith("2026-11-24T")
    assert answer.body["replaced_by"] is None
    assert ids(await found.get("/v1/measures")) == ["hangzhou.m"]


@pytest.mark.parametrize("name", ["aaa.z", "nothing.m", "?", "%00", "a" * 300])
async def test_an_unknown_measure_is_not_found(found: World, name: str) -> None:
    answer = await found.get(f"/v1/measures/{name.replace('?', '%3F')}")
    assert (answer.status, answer.body["code"]) == (404, "not_found")


async def test_facts_tell_every_name_of_the_contract_in_three_languages(found: World) -> None:
    items = (await found.get("/v1/facts")).body["items"]
    facts: dict[str, Any] = {fact["name"]: fact for fact in items}
    assert {"region", "industry", "employees", "revenue", "size", "rd_ratio"} <= set(facts)
    assert facts["size"]["derived"]
    assert facts["size"]["values"] == ["micro", "small", "medium", "large"]
    assert all(set(fact["question"]) == {"zh-Hans", "zh-Hant", "en"} for fact in items)


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("regions?q=3301", {"code": "330100", "name": "杭州市", "path": ["330000", "330100"]}),
        ("industries?q=6513", {"code": "I6513", "path": ["I", "I65", "I651", "I6513"]}),
        ("qualifications?q=high_tech", {"code": "high_tech", "path": ["high_tech"]}),
    ],
)
async def test_codes_are_found_by_their_beginning(found: World, path: str, first: dict[str, Any]) -> None:
    items = (await found.get(f"/v1/codes/{path}")).body["items"]
    assert first.items() <= items[0].items()


async def test_codes_come_in_pages_and_by_part_of_the_name(found: World) -> None:
    answer = await found.get("/v1/codes/regions?limit=2")
    assert [item["code"] for item in answer.body["items"]] == ["000000", "110000"]
    following = await found.get(answer.headers["link"][1:].partition(">")[0])
    assert following.body["items"][0]["code"] == "110101"
    assert "330106" in [i["code"] for i in (await found.get("/v1/codes/regions?q=西湖")).body["items"]]
    assert (await found.get("/v1/codes/colours")).status == 404
