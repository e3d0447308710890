"""The same request many times at once, at two services over one database: one effect, one answer."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.service.administering import Desk
from tests.service.asking import document, world
from tests.service.engines import both  # noqa: F401  # a fixture

TWINS = 50
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("both")]


async def test_fifty_twins_at_two_services_have_one_effect_and_one_answer(tmp_path: Path) -> None:
    async with world(tmp_path / "data") as first, world(tmp_path / "data") as second:
        desks = (Desk(first), Desk(second))

        async def create(number: int) -> Any:
            while True:  # a busy machine may say 503, as it may to anybody
                answer = await desks[number % 2].post(
                    "/v1/policies", document("a-doc"), idempotency_key="one"
                )
                if answer.status != 503:
                    return answer

        answers = await asyncio.gather(*(create(number) for number in range(TWINS)))
        other = await desks[1].post("/v1/policies", document("b-doc"), idempotency_key="one")
        revisions = (await desks[0].get("/v1/policies/a-doc/revisions")).body["items"]
    assert {answer.status for answer in answers} == {201}
    assert all(answer.body == answers[0].body for answer in answers)
    assert len(revisions) == 1
    assert (other.status, other.body["code"]) == (409, "idempotency_mismatch")
