"""Paging through recommendations: each match once, on one snapshot, for an hour, for nobody else's query."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.service.asking import WITH_KEY, World, document, measure, world

PATH = "/v1/recommendations"
SMALL = {"field": "employees", "lte": 20}
MANY = document("many", *[measure(f"m{n:02}", SMALL if n % 2 else None) for n in range(23)])


@pytest.fixture
async def many(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "data", MANY) as found:
        yield found


async def pages(found: World, body: dict[str, Any], limit: int, **headers: str) -> list[dict[str, Any]]:
    answers, cursor = [], None
    while True:
        sent = {**body, "limit": limit, **({"cursor": cursor} if cursor else {})}
        answer = await found.post(PATH, sent, **headers)
        assert answer.status == 200, answer.body
        answers.append(answer.body)
        cursor = answer.body["next_cursor"]
        if cursor is None:
            return answers


def ids(answers: list[dict[str, Any]]) -> list[str]:
    return [item["measure"]["id"] for answer in answers for item in answer["items"]]


@pytest.mark.parametrize("limit", [1, 7, 22, 23, 100])
async def test_paging_to_the_end_gives_each_match_once_in_one_order(many: World, limit: int) -> None:
    answers = await pages(many, {"profile": {}}, limit)
    whole = await many.ask(limit=100)
    assert ids(answers) == ids([whole])
    assert len(set(ids(answers))) == 23
    assert all(answer["counts"] == whole["counts"] for answer in answers)
    assert all(answer["questions"] == whole["questions"] for answer in answers)


async def test_scores_and_reasons_of_later_pages_are_those_of_one_long_page(many: World) -> None:
    later = [item for answer in await pages(many, {"profile": {}}, 5) for item in answer["items"]]
    assert later == (await many.ask(limit=100))["items"]


async def test_a_page_keeps_its_catalogue_and_day_through_publications_and_midnight(many: World) -> None:
    many.clock.instant = many.clock.instant.replace(hour=15, minute=30)
    first = await many.ask(limit=10)
    await many.publish(document("late", *[measure(f"n{n}") for n in range(5)]))
    await many.withdraw("many")
    many.clock.instant += timedelta(minutes=59)
    second = await many.ask(limit=100, cursor=first["next_cursor"])
    assert len(set(ids([first, second]))) == 23
    assert (second["snapshot"], second["as_of"]) == (first["snapshot"], first["as_of"])
    assert ids([await many.ask(limit=100)]) == ["late.n0", "late.n1", "late.n2", "late.n3", "late.n4"]


async def test_a_cursor_lives_over_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path / "data", MANY) as before:
        first = await before.ask(limit=10)
    async with world(tmp_path / "data") as after:
        second = await after.ask(limit=100, cursor=first["next_cursor"])
    assert len(set(ids([first, second]))) == 23


async def test_after_an_hour_a_cursor_is_gone(many: World) -> None:
    cursor = (await many.ask(limit=10))["next_cursor"]
    many.clock.instant += timedelta(hours=1, seconds=1)
    assert await many.refused(PATH, {"profile": {}, "cursor": cursor}) == (410, [("", "cursor_gone")])


async def test_any_altered_cursor_is_bad(many: World) -> None:
    cursor = (await many.ask(limit=10))["next_cursor"]
    for place in (0, 10, len(cursor) // 2, len(cursor) - 1):
        other = "B" if cursor[place] == "A" else "A"
        altered = cursor[:place] + other + cursor[place + 1 :]
        assert await many.refused(PATH, {"profile": {}, "cursor": altered}) == (400, [("", "bad_cursor")])
    for text in ("x", cursor + "A", cursor + "=", cursor[:-1], " " + cursor, "游标"):
        assert await many.refused(PATH, {"profile": {}, "cursor": text}) == (400, [("", "bad_cursor")])


@pytest.mark.parametrize(
    "other",
    [
        {"profile": {"text": "别的"}},
        {"profile": {}, "query": "x"},
        {"profile": {}, "as_of": "2026-11-24"},
        {"profile": {}, "parts": ["certain"]},
        {"profile": {}, "lang": "en"},
        {"profile": {}, "sort": "deadline"},
    ],
)
async def test_another_querys_cursor_is_bad(many: World, other: dict[str, Any]) -> None:
    cursor = (await many.ask(limit=10))["next_cursor"]
    assert await many.refused(PATH, {**other, "cursor": cursor}) == (400, [("", "bad_cursor")])


async def test_another_lists_cursor_is_bad(many: World) -> None:
    cursor = (await many.get("/v1/measures?limit=1")).body["next_cursor"]
    assert await many.refused(PATH, {"profile": {}, "cursor": cursor}) == (400, [("", "bad_cursor")])


async def test_a_changed_stored_profile_ends_its_cursors(many: World) -> None:
    await many.register("e1", {"facts": {"employees": 5}})
    first = (await many.post(PATH, {"enterprise_id": "e1", "limit": 10}, **WITH_KEY)).body
    page = {"enterprise_id": "e1", "cursor": first["next_cursor"]}
    assert len((await many.post(PATH, page, **WITH_KEY)).body["items"]) == 13
    await many.register("e1", {"facts": {"employees": 6}})
    assert await many.refused(PATH, page, **WITH_KEY) == (410, [("", "cursor_gone")])


async def test_a_stored_enterprises_cursor_opens_nothing_without_the_key(many: World) -> None:
    await many.register("e1", {})
    first = (await many.post(PATH, {"enterprise_id": "e1", "limit": 10}, **WITH_KEY)).body
    page = {"enterprise_id": "e1", "cursor": first["next_cursor"]}
    assert (await many.refused(PATH, page))[0] == 401


async def test_a_bare_year_means_the_year_before_the_lists_day_on_every_page(many: World) -> None:
    profile = {"facts": {"employees": 5}}
    first = await many.ask(profile, limit=10)
    many.clock.instant += timedelta(minutes=50)
    second = await many.ask(profile, limit=100, cursor=first["next_cursor"])
    assert (
        first["counts"] == second["counts"] == {"certain": 23, "checkable": 0, "undecided": 0, "excluded": 0}
    )
