"""Health: which part keeps asks from being answered, and which is only missed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.database import heartbeats
from tests.service.administering import Desk, desk

PARTS = ["database", "catalogue", "index", "encoder", "ranker", "redis", "worker"]


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def alive(at: Desk) -> None:
    """A worker that beats, and a generation."""
    async with at.services.db.write() as c:
        await heartbeats.beat(c)
    await at.post("/v1/index/rebuild")
    await at.work()


async def ready(at: Desk) -> tuple[int, Any, dict[str, str]]:
    answer = await at.world.get("/readyz")
    return answer.status, answer.body["status"], answer.body["parts"]


async def test_a_living_process_says_so(at: Desk) -> None:
    assert (await at.world.get("/livez")).status == 200


async def test_without_a_generation_it_is_not_ready(at: Desk) -> None:
    answer = await at.world.get("/readyz")
    assert (answer.status, answer.body["code"], answer.body["parts"]["index"]) == (503, "not_ready", "down")
    assert "Retry-After" in answer.headers


async def test_what_a_setting_turned_off_is_ready(at: Desk) -> None:
    await alive(at)
    status, word, parts = await ready(at)
    assert (status, word, sorted(parts)) == (200, "ready", sorted(PARTS))
    assert (parts["encoder"], parts["redis"]) == ("off", "off")


@pytest.mark.parametrize("state", ["loading", "down"])
async def test_a_missed_encoder_or_ranker_only_degrades(at: Desk, state: Any) -> None:
    await alive(at)
    at.world.use(None, state)
    assert (await ready(at))[:2] == (200, "degraded")
    at.world.use(None, "off")
    at.services.ranker.state = state
    assert (await ready(at))[:2] == (200, "degraded")


async def test_a_stalled_worker_shows(at: Desk) -> None:
    await alive(at)
    async with at.services.db.write() as c:
        await c.execute(text("UPDATE heartbeats SET beat_at = '2020-01-01T00:00:00.000Z'"))
    status, word, parts = await ready(at)
    assert (status, word, parts["worker"]) == (200, "degraded", "down")


async def test_a_worker_that_beats_but_delivers_nothing_shows(at: Desk) -> None:
    await alive(at)
    async with at.services.db.write() as c:
        await heartbeats.beat(c, "canary")
        await c.execute(
            text("UPDATE heartbeats SET beat_at = '2020-01-01T00:00:00.000Z' WHERE name = 'canary'")
        )
    status, word, parts = await ready(at)
    assert (status, word, parts["worker"]) == (200, "degraded", "down")


async def test_a_database_without_its_tables_is_not_ready(at: Desk) -> None:
    await alive(at)
    async with at.services.db.write() as c:
        await c.execute(text("ALTER TABLE meta RENAME TO elsewhere"))
    status, _, parts = await ready(at)
    assert (status, parts["database"]) == (503, "down")


async def test_redis_that_does_not_answer_only_degrades(tmp_path: Path) -> None:
    async with desk(tmp_path / "data", redis_url=f"unix://{tmp_path}/none.sock") as at:
        await alive(at)
        status, word, parts = await ready(at)
        assert (status, word, parts["redis"]) == (200, "degraded", "down")


async def test_health_needs_no_key_and_tells_no_more_than_states(at: Desk) -> None:
    await alive(at)
    parts = (await ready(at))[2]
    assert set(parts.values()) <= {"ok", "loading", "down", "off"}
