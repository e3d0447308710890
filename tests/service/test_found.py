"""What of a question found a measure: told in answers of asks and lists, only where something was asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.service.asking import LetterEncoder, World, document, measure, world

SUMMARY = "给参加展会的企业发补助"


@pytest.fixture
async def found(tmp_path: Path) -> AsyncIterator[World]:
    measures = measure("m", title="稳岗返还"), measure("n", title="展会补贴", summary=SUMMARY), measure("o")
    async with world(tmp_path / "data", document("aaa", *measures)) as made:
        await made.build_index()
        yield made


async def of(world: World, name: str, **members: object) -> object:
    items = (await world.ask({}, **members))["items"]
    return next(item["found"] for item in items if item["measure"]["id"] == name)


async def test_an_answer_says_which_words_found_a_measure_and_where_they_stand(found: World) -> None:
    told = await of(found, "aaa.n", query="想參加展會")
    assert told["by"] == "words"
    assert "參加展會" in told["words"]
    assert SUMMARY in told["passage"]


async def test_what_nothing_of_the_question_speaks_for_says_so(found: World) -> None:
    assert await of(found, "aaa.m", query="参加展会") is None


async def test_where_nothing_is_asked_nothing_is_found(found: World) -> None:
    assert await of(found, "aaa.n") is None


async def test_the_words_of_an_enterprise_find_as_a_question_does(found: World) -> None:
    items = (await found.ask({"text": "参加展会"}))["items"]
    assert {item["measure"]["id"]: item["found"] is not None for item in items} == {
        "aaa.m": False, "aaa.n": True, "aaa.o": False,
    }  # fmt: skip


async def test_a_list_by_q_says_what_found_each_and_one_without_says_nothing(found: World) -> None:
    body = (await found.get(f"/v1/measures?q={quote('展会补贴')}")).body
    assert body["items"][0]["found"]["words"] == ["展会补贴"]
    assert all(item["found"] is None for item in (await found.get("/v1/measures")).body["items"])


async def test_the_nearest_passage_is_told_where_meaning_found_it(found: World) -> None:
    encoder = LetterEncoder()
    await found.build_index(encoder)
    found.use(encoder)
    told = await of(found, "aaa.n", query=SUMMARY)
    assert (told["by"], SUMMARY in told["passage"]) == ("both", True)


async def test_later_pages_say_it_too(found: World) -> None:
    first = await found.ask({}, query="补贴", limit=1)
    second = await found.ask({}, query="补贴", limit=1, cursor=first["next_cursor"])
    assert first["items"][0]["found"]["words"] == ["补贴"]
    assert "found" in second["items"][0]
