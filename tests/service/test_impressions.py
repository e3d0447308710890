"""What a stored enterprise is shown is logged whole, with places and features; an anonymous ask never is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select, text

from ranking.features import NAMES, table_hash
from service.ask import actions
from service.database import retention
from service.database.tables import events, impressions
from service.errors import Problem
from service.learning.impressions import packed, unpacked
from service.learning.store import names_in
from tests.service.asking import WITH_KEY, World, document, measure, world

pytestmark = pytest.mark.usefixtures("both")
SMALL = {"field": "employees", "lte": 20}
MEASURES = [measure("a"), measure("b", {"attest": "x", "text": "?"}), measure("c", SMALL)]


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "data", document("doc-one", *MEASURES)) as found:
        await found.register("firm", {"facts": {"region": "330106"}})
        yield found


async def rows(at: World) -> list[Any]:
    await at.services.impressions.written()
    async with at.services.db.read() as c:
        query = select(impressions).order_by(impressions.c.first, impressions.c.request_id)
        return [dict(row) for row in (await c.execute(query)).mappings()]


async def count(at: World, table: Any) -> int:
    async with at.services.db.read() as c:
        return int((await c.execute(select(func.count()).select_from(table))).scalar_one())


async def ask(at: World, **members: Any) -> Any:
    asked = {"enterprise_id": "firm", **members}
    answer = await at.post("/v1/recommendations", asked, **WITH_KEY)
    assert answer.status == 200, answer.body
    return answer.body


async def tell(at: World, request: str, *kinds: str, name: str = "doc-one.a") -> None:
    told = [
        {"id": f"{request}-{kind}-{name}", "request_id": request, "measure_id": name, "kind": kind}
        for kind in kinds
    ]
    moment = at.clock.instant.isoformat()
    answer = await at.post("/v1/events", {"events": [{**one, "at": moment} for one in told]}, **WITH_KEY)
    assert answer.status == 202, answer.body


async def test_an_answer_to_a_stored_enterprise_is_one_row_with_all_that_was_shown(at: World) -> None:
    answer = await ask(at)
    [row] = await rows(at)
    assert names_in(row["measures"]) == tuple(item["measure"]["id"] for item in answer["items"])
    assert names_in(row["parts"]) == ("certain", "checkable", "undecided")
    assert (row["request_id"], row["enterprise_id"], row["first"]) == (answer["request_id"], "firm", 1)
    assert (row["model"], row["features_hash"]) == (answer["model"]["id"], table_hash())
    assert (row["generation"], row["catalogue"]) == tuple(answer["snapshot"].values())
    assert unpacked(row["features"], 3).shape == (3, len(NAMES))


async def test_places_are_counted_on_over_the_pages(at: World) -> None:
    first = await ask(at, limit=1)
    second = await ask(at, limit=1, cursor=first["next_cursor"])
    await ask(at, limit=5, cursor=second["next_cursor"])
    assert [row["first"] for row in await rows(at)] == [1, 2, 3]


async def test_nothing_is_logged_of_an_anonymous_ask(at: World) -> None:
    await at.ask({"facts": {"region": "330106"}})
    await at.post("/v1/recommendations", {"profile": {}}, **WITH_KEY)
    assert await rows(at) == []


async def test_the_features_are_those_that_ordered_bit_for_bit(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    made = actions._features
    monkeypatch.setattr(actions, "_features", lambda *given: seen.append(made(*given)) or seen[-1])
    await ask(at)
    [row] = await rows(at)
    logged = unpacked(row["features"], 3)
    assert logged.tobytes() in {seen[0][list(order)].tobytes() for order in ([0, 1, 2], [0, 2, 1])}


def test_packed_features_come_back_bit_for_bit() -> None:
    x = np.array([[np.nan, -0.0, 1 / 3], [np.inf, 5e-324, 1.0]])
    assert unpacked(packed(x), 2).tobytes() == x.tobytes()


async def test_a_deleted_enterprise_leaves_neither_impressions_nor_events(at: World) -> None:
    answer = await ask(at)
    await rows(at)
    await tell(at, answer["request_id"], "opened")
    assert (await count(at, impressions), await count(at, events)) == (1, 1)
    await at.client.delete("/v1/enterprises/firm", headers=WITH_KEY)
    assert (await count(at, impressions), await count(at, events)) == (0, 0)


async def test_what_waits_to_be_logged_of_a_deleted_enterprise_is_not_its_successors(at: World) -> None:
    await ask(at)
    await at.client.delete("/v1/enterprises/firm", headers=WITH_KEY)
    await at.register("firm", {})
    assert await rows(at) == []


async def test_an_event_that_came_before_its_impression_is_forgotten_with_the_enterprise(at: World) -> None:
    answer = await ask(at)
    await tell(at, answer["request_id"], "opened")
    await rows(at)
    await at.client.delete("/v1/enterprises/firm", headers=WITH_KEY)
    assert await count(at, events) == 0


async def test_what_the_database_does_not_take_is_written_later(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(at)
    write = at.services.db.write
    monkeypatch.setattr(at.services.db, "write", refusing)
    assert await rows(at) == []
    monkeypatch.setattr(at.services.db, "write", write)
    assert len(await rows(at)) == 1


def refusing(**_: Any) -> Any:
    raise Problem("database_unavailable")


async def test_what_waits_is_written_at_the_end(tmp_path: Path) -> None:
    async with world(tmp_path / "data", document("doc-one")) as found:
        await found.register("firm", {})
        await ask(found)
    async with world(tmp_path / "data") as again:
        assert len(await rows(again)) == 1


async def test_what_is_older_than_its_days_goes(at: World) -> None:
    answer = await ask(at)
    await rows(at)
    await tell(at, answer["request_id"], "opened")
    old = (datetime.now(UTC) - timedelta(days=retention.LEARNING_DAYS + 1)).isoformat()
    async with at.services.db.write() as c:
        assert await retention.prune(c) == 0
        await c.execute(text("UPDATE impressions SET at = :old"), {"old": old})
        await c.execute(text("UPDATE events SET received_at = :old"), {"old": old})
        assert await retention.prune(c) == 2
    assert await rows(at) == []


async def test_rates_follow_what_was_told_and_wait_for_the_first_look_only(at: World) -> None:
    assert await rates(at) is None
    answer = await ask(at)
    await rows(at)
    await tell(at, answer["request_id"], "applied")
    await at.services.rates.refresh()
    found = await rates(at)
    assert found.opened[0] > found.opened[1] > 0
    assert found.applied[0] > found.applied[2]
    assert np.all(found.dismissed == 0)


async def rates(at: World) -> Any:
    async with at.services.db.read() as c:
        shelf = await at.services.shelf.current(c)
    return await at.services.rates.of(shelf, None)


async def test_the_next_ask_is_ordered_with_the_rates(at: World) -> None:
    answer = await ask(at)
    await rows(at)
    await tell(at, answer["request_id"], "opened", name="doc-one.b")
    await at.services.rates.refresh()
    second = (await ask(at))["request_id"]
    [row] = [row for row in await rows(at) if row["request_id"] == second]
    opened = unpacked(row["features"], 3)[:, NAMES.index("opened_rate")]
    assert opened[1] == opened.max()
    assert not np.isnan(opened).any()
