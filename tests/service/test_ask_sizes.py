"""`sizes` in an ask: classes of size that a firm may still have, for who knows a firm by its size alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.asking import World, document, measure, world

PATH = "/v1/recommendations"
SMALL = {"field": "size", "in": ["micro", "small"]}
MANY = {"facts": {"industry": "I65", "employees": 400, "revenue": 900_000_000}}


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[World]:
    async with world(
        tmp_path / "data", document("cn-2026-two", measure("few", SMALL), measure("many", {"not": SMALL}))
    ) as found:
        yield found


async def test_a_named_size_decides_what_hangs_on_size(two: World) -> None:
    parts = {i["measure"]["id"]: i["part"] for i in (await two.ask({}, sizes=["small"]))["items"]}
    assert parts == {"cn-2026-two.few": "certain"}
    assert len(await two.ids({}, sizes=["small", "large"])) == 2


async def test_what_the_profile_says_goes_before_a_named_size(two: World) -> None:
    assert await two.ids(MANY, sizes=["small"]) == ["cn-2026-two.many"]


async def test_a_size_of_no_class_is_refused(two: World) -> None:
    assert await two.refused(PATH, {"profile": {}, "sizes": ["tiny"]}) == (
        422,
        [("/sizes/0", "unknown_code")],
    )
