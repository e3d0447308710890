"""Idempotency-Key: one creation, however often and however concurrently it is asked for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.service.administering import Desk, desk
from tests.service.asking import document

pytestmark = pytest.mark.usefixtures("both")

POLICIES = "/v1/policies"


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def create(at: Desk, name: str = "a-doc", key: str = "key-1") -> Any:
    return await at.post(POLICIES, document(name), idempotency_key=key)


async def how_many(at: Desk) -> int:
    return len((await at.get(POLICIES)).body["items"])


async def test_the_same_again_gives_the_same_answer_and_creates_nothing(at: Desk) -> None:
    first, again = await create(at), await create(at)
    assert (first.status, first.body) == (again.status, again.body)
    assert first.status == 201
    assert await how_many(at) == 1


async def test_another_body_under_the_key_is_a_mismatch(at: Desk) -> None:
    await create(at)
    answer = await create(at, "b-doc")
    assert (answer.status, answer.body["code"]) == (409, "idempotency_mismatch")
    assert await how_many(at) == 1


async def test_twins_at_the_same_time_get_one_answer(at: Desk) -> None:
    answers = await asyncio.gather(*(create(at) for _ in range(8)))
    assert {answer.status for answer in answers} == {201}
    assert await how_many(at) == 1


async def test_without_a_key_or_under_another_the_second_is_a_duplicate(at: Desk) -> None:
    await create(at)
    assert (await create(at, key="key-2")).body["code"] == "duplicate_id"
    assert (await at.post(POLICIES, document("a-doc"))).body["code"] == "duplicate_id"


async def test_a_key_belongs_to_one_address(at: Desk) -> None:
    await create(at, "a-doc")
    await create(at, "b-doc", key="key-2")
    for name in ("a-doc", "b-doc"):
        answer = await at.post(f"{POLICIES}/{name}/publish", {}, idempotency_key="key-3")
        assert (answer.status, len(answer.body["jobs"])) == (202, 2)


async def test_a_refusal_is_not_kept(at: Desk) -> None:
    broken = {**document("a-doc"), "level": "cosmic"}
    assert (await at.post(POLICIES, broken, idempotency_key="key-1")).status == 422
    assert (await create(at)).status == 201


async def test_a_publication_is_answered_with_the_jobs_of_the_first(at: Desk) -> None:
    await create(at)
    place = f"{POLICIES}/a-doc/publish"
    first = await at.post(place, {}, idempotency_key="key-2")
    assert (await at.post(place, {}, idempotency_key="key-2")).body == first.body
    assert (await at.post(place, {})).body == {"jobs": []}


async def test_after_a_day_a_key_is_free_again(at: Desk) -> None:
    await create(at)
    at.world.clock.instant += timedelta(hours=23, minutes=59)
    assert (await create(at)).status == 201
    at.world.clock.instant += timedelta(minutes=2)
    assert (await create(at)).body["code"] == "duplicate_id"


@pytest.mark.parametrize("key", ["", "k" * 256, "a\tb"])
async def test_an_unusable_key_is_refused(at: Desk, key: str) -> None:
    answer = await create(at, key=key)
    assert (answer.status, answer.body["code"]) == (422, "bad_text")
    assert await how_many(at) == 0
