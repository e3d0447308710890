"""GET /v1/measures/{id}/similar and GET /v1/index/duplicates: published measures only, the likest first."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.asking import WITH_KEY, LetterEncoder, World, document, measure, world

TEXT = "对企业的研发投入给予补助，最高不超过100万元，由科技部门审核后拨付。"
COPY = TEXT.replace("100", "80")


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[World]:
    grant = measure("rd", title="研发费用后补助", summary=TEXT)
    copy = measure("rd", title="研发费用后补助", summary=COPY)
    jobs = measure("jobs", title="失业保险稳岗返还", summary="不裁员的企业返还失业保险费")
    documents = (
        document("city-a", grant, title="甲市办法"),
        document("city-b", copy, jobs, title="乙市办法"),
    )
    async with world(tmp_path / "data", *documents) as found:
        await found.build_index()
        yield found


async def test_the_likest_measure_comes_first_with_the_members_of_a_list(three: World) -> None:
    answer = await three.get("/v1/measures/city-a.rd/similar")
    assert [item["id"] for item in answer.body["items"]] == ["city-b.rd", "city-b.jobs"]
    listed = (await three.get("/v1/measures")).body["items"][0].keys() - {"found"}
    assert answer.body["items"][0].keys() == {*listed, "similarity"}
    first, second = (item["similarity"] for item in answer.body["items"])
    assert 1 >= first > second >= 0


async def test_the_limit_is_kept_and_needs_no_key(three: World) -> None:
    assert len((await three.get("/v1/measures/city-a.rd/similar?limit=1")).body["items"]) == 1
    assert (await three.get("/v1/measures/city-a.rd/similar?limit=0")).status == 422


async def test_what_is_not_published_is_like_nothing(three: World) -> None:
    assert (await three.get("/v1/measures/nobody.none/similar")).status == 404
    await three.withdraw("city-b")
    assert (await three.get("/v1/measures/city-b.rd/similar")).status == 404
    assert (await three.get("/v1/measures/city-a.rd/similar")).body["items"] == []


async def test_a_measure_published_since_the_index_was_built_is_among_the_like(three: World) -> None:
    await three.publish(document("city-c", measure("rd", title="研发费用后补助", summary=TEXT)))
    found = (await three.get("/v1/measures/city-a.rd/similar?limit=1")).body["items"]
    assert [item["id"] for item in found] == ["city-c.rd"]


async def test_likeness_counts_meaning_where_there_are_vectors(three: World) -> None:
    by_words = (await three.get("/v1/measures/city-a.rd/similar")).body["items"][0]["similarity"]
    await three.build_index(LetterEncoder())
    both = (await three.get("/v1/measures/city-a.rd/similar")).body["items"][0]["similarity"]
    assert both > by_words


async def test_an_administrator_sees_pairs_that_are_nearly_the_same(three: World) -> None:
    await three.build_index(LetterEncoder())
    body = (await three.get("/v1/index/duplicates", **WITH_KEY)).body
    assert [[one["id"] for one in pair["measures"]] for pair in body["items"]] == [["city-a.rd", "city-b.rd"]]
    assert body["items"][0].keys() == {"similarity", "words", "meaning", "measures"}
    assert body["next_cursor"] is None
    assert (await three.get("/v1/index/duplicates")).status == 401


async def test_pairs_are_read_page_by_page(three: World) -> None:
    await three.publish(*(document(f"city-{n}", measure("rd", summary=TEXT)) for n in ("c", "d")))
    seen, path = [], "/v1/index/duplicates?limit=1"
    while path:
        answer = await three.get(path, **WITH_KEY)
        seen += [tuple(one["id"] for one in pair["measures"]) for pair in answer.body["items"]]
        path = answer.headers.get("link", "")[1:].partition(">")[0]
    whole = (await three.get("/v1/index/duplicates", **WITH_KEY)).body["items"]
    assert len(seen) == len(set(seen)) == len(whole) > 1
