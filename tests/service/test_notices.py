"""Word to the operator: an endpoint that stopped, a worker that stalls, a road that is broken, once each."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from service.database import heartbeats, outbox
from service.database.tables import jobs, pauses, webhooks
from service.mail import notices
from tests.service.administering import LONG_AGO
from tests.service.smtp_world import Office, office, part

ADMIN = "operator@huiqi.example"


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path / "data") as found:
        changed = found.services.settings.model_copy(update={"admin_mail": ADMIN})
        found.services = replace(found.services, settings=changed)
        yield found


async def looked(at: Office, times: int = 2) -> list[str]:
    """Looks and sends; the plain texts of all mails so far."""
    count = len(at.server.came)
    for _ in range(times):
        async with notices.watching(at.services, every_s=0.05):
            for _ in range(40):
                await asyncio.sleep(0.02)
                if len(at.server.came) > count:
                    break
    assert {message["To"] for message in at.server.messages} <= {ADMIN}
    return [part(message, "plain") for message in at.server.messages]


async def beat(at: Office, name: str = "worker/one", when: str | None = None) -> None:
    async with at.services.db.write() as c:
        await heartbeats.beat(c, name)
        if when is not None:
            mine = text("UPDATE heartbeats SET beat_at = :when WHERE name = :name")
            await c.execute(mine, {"when": when, "name": name})


async def waiting(at: Office) -> None:
    async with at.services.db.write() as c:
        await outbox.enqueue(c, "look", {}, now=at.services.clock.now())
        await c.execute(update(jobs).where(jobs.c.kind == "look").values(run_at=LONG_AGO))


async def test_an_endpoint_that_was_stopped_is_told_once(at: Office) -> None:
    made = await at.desk.post(
        "/v1/webhooks", {"url": "https://93.184.216.34/secret-path", "events": ["measure.matched"]}
    )
    async with at.services.db.write() as c:
        await c.execute(update(webhooks).values(state="disabled", reason="gone"))
    (told,) = await looked(at)
    assert made.body["id"] in told
    assert "secret-path" not in told
    assert "disabled" in told


async def test_what_was_paused_by_hand_is_no_news(at: Office) -> None:
    made = await at.desk.post(
        "/v1/webhooks", {"url": "https://93.184.216.34/hook", "events": ["measure.matched"]}
    )
    await at.desk.send("PATCH", f"/v1/webhooks/{made.body['id']}", {"state": "paused"})
    assert await looked(at, 1) == []


async def test_a_push_that_paused_itself_is_told(at: Office) -> None:
    async with at.services.db.write() as c:
        await c.execute(insert(pauses).values(subject="doc.one", reason="not_ours", paused_at=LONG_AGO))
    (told,) = await looked(at)
    assert "doc.one" in told


async def test_a_stalled_worker_is_told_while_jobs_wait_and_again_when_it_stalls_again(at: Office) -> None:
    await beat(at, when=LONG_AGO)
    assert await looked(at, 1) == []
    await waiting(at)
    assert len(await looked(at)) == 1
    await beat(at, when="2001-01-01T00:00:00.000Z")
    assert len(await looked(at)) == 2
    await beat(at)
    assert len(await looked(at, 1)) == 2


async def test_a_worker_that_never_was_is_told_when_jobs_wait(at: Office) -> None:
    await waiting(at)
    (told,) = await looked(at)
    assert LONG_AGO in told


async def test_a_broken_road_is_told_once(at: Office) -> None:
    await beat(at)
    await beat(at, "canary", LONG_AGO)
    (told,) = await looked(at)
    assert LONG_AGO in told


async def test_a_mail_server_that_cannot_now_is_asked_again(at: Office) -> None:
    await waiting(at)
    at.server.to_message[:] = ["451 later", "250 OK"]
    assert await looked(at, 1) == []
    async with at.services.db.write() as c:
        await c.execute(update(jobs).where(jobs.c.subject == "notice").values(run_at=LONG_AGO))
    assert len(await looked(at, 1)) == 1


async def test_without_an_address_nobody_looks(at: Office) -> None:
    await waiting(at)
    at.services = replace(at.services, settings=at.services.settings.model_copy(update={"admin_mail": None}))
    assert await looked(at, 1) == []
