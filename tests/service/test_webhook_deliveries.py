"""Deliveries of webhooks: signed, tried again by the schedule, listed as they stand, sent again on demand."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from service.database import outbox
from service.database.tables import consents, jobs, pauses, webhooks
from service.instants import instant
from service.push.endpoints_store import fan_out
from tests.service.delivering_world import QUICK, Post, Told, post, until
from tests.service.engines import Engine
from tests.service.outgoing_world import Behaviour, Received, Write, receiver, says

pytestmark = pytest.mark.usefixtures("both")


@pytest.fixture
async def office(tmp_path: Path, both: Engine) -> AsyncIterator[Post]:
    async with post(tmp_path / "data") as found:
        yield found


def one_after_another(*behaviours: Behaviour) -> Behaviour:
    """Answers each request in another way, the last one ever after."""
    left = list(behaviours)

    async def behave(came: Received, writer: Write) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(came, writer)

    return behave


async def test_a_notification_arrives_signed_as_the_official_library_wants_it(office: Post) -> None:
    async with receiver(says(200)) as there:
        hook = await office.hook(there)
        (notification,) = await office.told()
        await office.all_settled()
    (came,) = there.received
    body = office.verified(hook, came)
    assert came.headers["webhook-id"] == notification
    assert (body["type"], set(body)) == ("measure.matched", {"type", "timestamp", "data"})
    data = body["data"]
    assert (data["notification_id"], data["enterprise_id"]) == (notification, "firm")
    assert (data["measure"]["id"], data["part"], data["text"]) == ("doc-one.one", "certain", "符合全部条件。")
    (item,) = await office.deliveries(hook)
    assert (item["state"], item["attempts"], item["status"]) == ("delivered", 1, 200)
    assert (item["notification_id"], item["next_attempt_at"]) == (notification, None)


async def test_the_id_and_the_bytes_stay_over_attempts_and_the_time_is_the_attempts(office: Post) -> None:
    async with receiver(one_after_another(says(500), says(302, location="/x"), says(204))) as there:
        hook = await office.hook(there)
        await office.told()
        await office.all_settled(replace(QUICK, schedule=(0.05, 1.1)))
    assert len({(came.headers["webhook-id"], came.body) for came in there.received}) == 1
    times = [int(came.headers["webhook-timestamp"]) for came in there.received]
    assert len(times) == 3
    assert times[2] > times[0] >= time.time() - 30
    for came in there.received:
        office.verified(hook, came)
    (item,) = await office.deliveries(hook, "delivered")
    assert (item["attempts"], item["error"]) == (3, None)


async def test_after_the_last_attempt_it_is_dead_with_its_error_and_can_be_sent_again(office: Post) -> None:
    async with receiver(one_after_another(*[says(503)] * 3, says(200))) as there:
        hook = await office.hook(there)
        await office.told()
        began = datetime.now(UTC)
        await office.all_settled()
        (dead,) = await office.deliveries(hook, "dead")
        assert (dead["attempts"], dead["status"], dead["error"]) == (3, 503, "HTTP 503")
        since = (began - timedelta(seconds=5)).isoformat()
        later = await office.desk.post(f"/v1/webhooks/{hook}/replay", {"since": "2999-01-01T00:00:00Z"})
        again = await office.desk.post(f"/v1/webhooks/{hook}/replay", {"since": since})
        assert (later.body, again.body) == ({"replayed": 0}, {"replayed": 1})
        await office.all_settled()
    assert len({came.headers["webhook-id"] for came in there.received}) == 1
    assert [item["state"] for item in await office.deliveries(hook)] == ["delivered"]


async def test_one_delivery_is_sent_again_under_its_id_even_when_it_had_arrived(office: Post) -> None:
    async with receiver(says(200)) as there:
        hook = await office.hook(there)
        await office.told()
        await office.all_settled()
        (item,) = await office.deliveries(hook)
        again = await office.desk.post(f"/v1/deliveries/{item['id']}/replay")
        assert (again.status, again.body["state"], again.body["id"]) == (202, "waiting", item["id"])
        await office.all_settled()
    assert len(there.received) == 2
    assert len({came.headers["webhook-id"] for came in there.received}) == 1


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [("120", 118, 121), ("9999999999", 86_390, 86_401), ("1", 0, 8), ("soon", 0, 8), ("date", 55, 61)],
)
async def test_what_retry_after_asks_for_is_obeyed_up_to_a_day(
    office: Post, asked: str, least: float, most: float
) -> None:
    if asked == "date":
        asked = (datetime.now(UTC) + timedelta(seconds=60)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    async with receiver(says(429, retry_after=asked)) as there:
        hook = await office.hook(there)
        await office.told()
        async with office.dispatching(replace(QUICK, schedule=(5.0, 300.0))):
            await until(lambda: there.received)
            (item,) = await office.eventually(hook, "waiting")
    waits = datetime.fromisoformat(item["next_attempt_at"]) - datetime.now(UTC)
    assert least <= waits.total_seconds() <= most
    assert (item["attempts"], item["error"]) == (1, "HTTP 429")


async def test_what_a_dead_worker_was_sending_to_an_endpoint_that_is_disabled_is_dead(office: Post) -> None:
    async with receiver(says(410)) as gone:
        hook = await office.hook(gone)
        await office.told()
        async with office.services.db.write() as c:
            await outbox.claim(c, token="dead", lane="deliver", subject=hook, lease_s=0.8)
        await office.told()
        async with office.dispatching():
            await until(lambda: gone.received)
            await asyncio.sleep(2.5)
        assert {each["state"] for each in await office.deliveries(hook)} == {"dead"}


async def test_410_disables_the_endpoint_kills_what_waits_and_others_are_told(office: Post) -> None:
    async with receiver(says(410)) as gone, receiver(says(200)) as other, receiver(says(200)) as third:
        hook = await office.hook(gone)
        witness = await office.hook(other, events=["endpoint.disabled"])
        await office.hook(third, events=["measure.revised"])
        await office.told(30)
        await office.all_settled()
        shown = (await office.desk.get(f"/v1/webhooks/{hook}")).body
        assert (shown["state"], shown["reason"]) == ("disabled", "gone")
        assert len(gone.received) < 30
        assert len(await office.deliveries(hook, "dead")) == 30
        assert await office.told(1)
        assert len(await office.deliveries(hook)) == 30
        again = await office.desk.post(f"/v1/webhooks/{hook}/replay", {"since": "2020-01-01T00:00:00Z"})
        assert (again.status, again.body["code"]) == (409, "conflict")
    (came,) = other.received
    body = office.verified(witness, came)
    assert (body["type"], body["data"]["webhook"]["id"]) == ("endpoint.disabled", hook)
    assert third.received == []


async def age(office: Post, hook: str, days: float) -> None:
    since = instant(datetime.now(UTC) - timedelta(days=days))
    async with office.services.db.write() as c:
        await c.execute(update(webhooks).where(webhooks.c.id == hook).values(failing_since=since))


async def test_five_days_of_failure_alone_pause_an_endpoint_until_it_is_resumed(office: Post) -> None:
    async with receiver(one_after_another(says(500), says(500), says(200))) as there:
        hook = await office.hook(there)
        await office.told(1)
        slow = replace(QUICK, schedule=(0.05, 0.05, 0.05))
        await age(office, hook, 4.9)
        async with office.dispatching(slow):
            await until(lambda: len(there.received) == 1)
        assert (await office.desk.get(f"/v1/webhooks/{hook}")).body["state"] == "active"
        await age(office, hook, 5.1)
        async with office.dispatching(slow):
            await until(lambda: len(there.received) == 2)
            await asyncio.sleep(0.5)
        shown = (await office.desk.get(f"/v1/webhooks/{hook}")).body
        assert (shown["state"], shown["reason"], len(there.received)) == ("paused", "failing", 2)
        (item,) = await office.deliveries(hook)
        assert item["state"] == "waiting"
        await office.desk.send("PATCH", f"/v1/webhooks/{hook}", {"state": "active"})
        await office.all_settled(slow)
    assert [item["state"] for item in await office.deliveries(hook)] == ["delivered"]


async def test_one_success_makes_a_failing_endpoint_well_again(office: Post) -> None:
    async with receiver(says(200)) as there:
        hook = await office.hook(there)
        await age(office, hook, 30)
        await office.told()
        await office.all_settled()
    shown = (await office.desk.get(f"/v1/webhooks/{hook}")).body
    assert (shown["state"], shown["failing_since"]) == ("active", None)


async def test_both_secrets_sign_for_a_day_after_a_rotation_and_then_the_new_one_alone(office: Post) -> None:
    async with receiver(says(200)) as there:
        hook = await office.hook(there)
        old = office.secrets[hook]
        rotated = await office.desk.post(f"/v1/webhooks/{hook}/rotate")
        new = office.secrets[hook] = rotated.body["secret"]
        await office.told()
        await office.all_settled()
        async with office.services.db.write() as c:
            past = instant(datetime.now(UTC) - timedelta(seconds=1))
            await c.execute(update(webhooks).values(old_until=past))
        await office.told()
        await office.all_settled()
    both, alone = there.received
    for secret in (old, new):
        Webhook(secret).verify(both.body, dict(both.headers))
    Webhook(new).verify(alone.body, dict(alone.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(alone.body, dict(alone.headers))


async def test_an_endpoint_gets_what_it_wants_of_whom_it_wants(office: Post) -> None:
    await office.desk.firm("other")
    async with receiver(says(200)) as there:
        every = await office.hook(there)
        some = await office.hook(there, events=["measure.revised"], enterprise_ids=["other"])
        await office.told(firm="firm", type="measure.revised")
        await office.told(firm="other", type="measure.matched")
        await office.told(firm="other", type="measure.revised")
    kinds = [(item["enterprise_id"], item["type"]) for item in await office.deliveries(some)]
    assert kinds == [("other", "measure.revised")]
    assert len(await office.deliveries(every)) == 3


async def test_an_endpoint_is_told_in_its_language(office: Post) -> None:
    kept = json.dumps({"reason": "到期", "window": None})
    async with receiver(says(200)) as plain, receiver(says(200)) as english:
        await office.hook(plain)
        await office.hook(english, lang="en")
        await office.told(type="measure.withdrawn", data=kept)
        await office.all_settled()
    texts = [json.loads(there.received[0].body)["data"]["text"] for there in (plain, english)]
    assert texts == ["符合全部条件。", "“研发补助” has been withdrawn. Reason: 到期."]


async def test_telling_again_makes_no_second_delivery(office: Post) -> None:
    async with receiver(says(200)) as there:
        hook = await office.hook(there)
        (name,) = await office.told()
        async with office.services.db.write() as c:
            await fan_out(c, [Told(name, "firm")], office.services.clock.now())
        assert len(await office.deliveries(hook)) == 1


async def test_consent_withdrawn_after_telling_holds_for_what_is_queued(office: Post) -> None:
    async with receiver(says(200)) as there:
        hook = await office.hook(there)
        await office.told(2, type="measure.deadline")
        await office.told(1, type="measure.matched")
        async with office.services.db.write() as c:
            await c.execute(
                consents.insert().values(
                    enterprise_id="firm", all=True, types='{"measure.deadline": false}', updated_at="x"
                )
            )
        await office.all_settled()
    assert [json.loads(came.body)["type"] for came in there.received] == ["measure.matched"]
    assert [item["error"] for item in await office.deliveries(hook, "dead")] == ["not wanted any more"] * 2


@pytest.mark.parametrize("subject", ["doc-one", "doc-one.one"])
async def test_a_pause_after_telling_holds_what_is_queued(office: Post, subject: str) -> None:
    async with receiver(says(200)) as there:
        hook = await office.hook(there)
        await office.told()
        async with office.services.db.write() as c:
            await c.execute(pauses.insert().values(subject=subject, reason="by hand", paused_at="x"))
        async with office.dispatching():
            await asyncio.sleep(0.5)
        assert there.received == []
        (item,) = await office.deliveries(hook)
    assert (item["state"], item["attempts"]) == ("waiting", 0)


async def test_a_forgotten_enterprise_or_endpoint_gets_nothing_more(office: Post) -> None:
    async with receiver(says(200)) as there:
        hook = await office.hook(there)
        await office.told()
        await office.desk.send("DELETE", "/v1/enterprises/firm")
        await office.all_settled()
        assert [item["state"] for item in await office.deliveries(hook)] == ["dead"]
        await office.desk.firm("firm")
        await office.told()
        await office.desk.send("DELETE", f"/v1/webhooks/{hook}")
        await office.all_settled()
    assert there.received == []


async def test_an_address_that_leads_inside_at_send_is_not_sent_to(office: Post) -> None:
    async with receiver(says(200)) as there:
        hook = await office.hook(there)
        async with office.services.db.write() as c:
            await c.execute(update(webhooks).values(url="http://10.0.0.8/hook"))
        await office.told()
        await office.all_settled()
    (dead,) = await office.deliveries(hook, "dead")
    assert dead["error"].startswith("refused")


async def test_neither_secrets_nor_addresses_nor_texts_are_in_the_log(
    office: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    async with receiver(says(410)) as there:
        hook = await office.hook(f"{there.url}?token=hidden")
        await office.told()
        await office.all_settled()
    said = "".join(capsys.readouterr())
    assert "endpoint stopped" in said
    for word in (office.secrets[hook].removeprefix("whsec_"), "hidden", "符合"):
        assert word not in said


async def test_retries_end_where_the_setting_ends(tmp_path: Path) -> None:
    async with post(tmp_path / "data", webhook_retry_s="0,0") as office, receiver(says(500)) as there:
        hook = await office.hook(there)
        await office.told()
        await office.all_settled(limits=None)  # type: ignore[arg-type]  # the settings decide
        (dead,) = await office.deliveries(hook, "dead")
    assert (dead["attempts"], len(there.received)) == (3, 3)


async def test_a_lease_that_ended_is_taken_over_and_the_late_word_counts_nothing(office: Post) -> None:
    held: list[Any] = []

    async def slow(came: Received, writer: Write) -> None:
        if not held:
            held.append(came)
            await asyncio.sleep(0.8)
        await says(200)(came, writer)

    async with receiver(slow) as there:
        hook = await office.hook(there)
        await office.told()
        careless = replace(QUICK, lease_s=0.2, renew_s=60, stale_s=60, time_s=3)
        async with office.dispatching(careless):
            await until(lambda: held)
            async with office.dispatching(QUICK):
                await until(lambda: len(there.received) == 2)
                await asyncio.sleep(1)
    assert len({came.headers["webhook-id"] for came in there.received}) == 1
    (item,) = await office.deliveries(hook)
    assert (item["state"], item["attempts"]) == ("delivered", 2)


async def test_a_stop_lets_arrive_what_is_on_its_way_and_gives_back_the_rest(office: Post) -> None:
    async def slow(came: Received, writer: Write) -> None:
        await asyncio.sleep(0.3)
        await says(200)(came, writer)

    async with receiver(slow) as there:
        hook = await office.hook(there)
        await office.told(60)
        async with office.dispatching():
            await until(lambda: there.received)
        came = len(there.received)
        assert 0 < came < 60
        assert len(await office.deliveries(hook, "delivered")) == came
        async with office.services.db.read() as c:
            rows = (await c.execute(text("SELECT state, attempts FROM jobs WHERE state <> 'done'"))).all()
        assert set(rows) == {("queued", 0)}


async def test_jobs_of_other_kinds_on_the_lane_are_left_alone(office: Post) -> None:
    async with office.services.db.write() as c:
        row = {"id": "mail-1", "lane": "deliver", "kind": "deliver.mail", "subject": "mail", "payload": "{}"}
        times = {"run_at": "2000-01-01T00:00:00.000Z", "created_at": "2000-01-01T00:00:00.000Z"}
        await c.execute(jobs.insert().values(**row, **times, state="queued", attempts=0, done=0))
    async with office.dispatching():
        await asyncio.sleep(0.3)
    assert await office.waiting() == 1
