"""The daily digest: what it says, to whom, how often, and what comes of a server that ails."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from service.database.tables import jobs, mailboxes, pauses
from service.mail import store
from tests.service.smtp_world import FROM, PUBLIC, TO, Office, office, part

MAILBOX = "/v1/enterprises/firm/mailbox"
TYPES = ("measure.withdrawn", "measure.deadline", "measure.revised", "measure.matched", "matches.summary")


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path / "data") as found:
        yield found


async def test_a_digest_has_both_parts_and_says_how_many(at: Office) -> None:
    await at.told("研发补助", "用工补贴")
    assert (await at.morning(), await at.attempt()) == (1, "done")
    (message,) = at.server.messages
    assert (message["From"], message["To"]) == (f"惠企 huiqi <{FROM}>", TO)
    assert "2条" in message["Subject"]
    for kind in ("plain", "html"):
        assert all(title in part(message, kind) for title in ("研发补助", "用工补贴", f"{PUBLIC}/firms/firm"))


async def test_what_may_be_applied_for_comes_first_and_what_was_withdrawn_last(at: Office) -> None:
    for kind in TYPES:
        await at.told(kind, kind=kind)
    await at.morning()
    await at.attempt()
    plain = part(at.server.messages[0], "plain")
    placed = sorted(TYPES, key=plain.index)
    assert placed[2:] == ["measure.deadline", "measure.revised", "measure.withdrawn"]


async def test_nothing_is_sent_when_nothing_is_new(at: Office) -> None:
    assert await at.morning() == 0
    await at.told("研发补助")
    await at.morning()
    await at.attempt()
    at.desk.world.clock.instant += timedelta(days=1)
    assert await at.morning() == 0
    assert len(at.server.came) == 1


async def test_what_was_told_before_the_mailbox_was_given_is_not_sent(at: Office) -> None:
    await at.desk.send("DELETE", MAILBOX)
    await at.told("旧消息")
    await at.desk.put(MAILBOX, {"address": TO})
    assert await at.morning() == 0


async def test_an_address_has_one_digest_a_day_and_the_next_has_the_rest(at: Office) -> None:
    await at.told("研发补助")
    await at.morning()
    await at.attempt()
    await at.told("用工补贴")
    await at.morning()
    await at.attempt()
    assert len(at.server.came) == 1
    at.desk.world.clock.instant += timedelta(days=1)
    await at.morning()
    await at.attempt()
    first, second = at.server.messages
    assert "研发补助" not in part(second, "plain")
    assert "用工补贴" in part(second, "plain")
    assert first["Message-ID"] != second["Message-ID"]


async def test_consent_is_obeyed_when_it_is_sent(at: Office) -> None:
    await at.told("研发补助")
    await at.told("快截止了", kind="measure.deadline")
    await at.morning()
    async with at.services.db.write() as c:
        off = """INSERT INTO consents VALUES ('firm', true, '{"measure.deadline": false}', 'now')"""
        await c.execute(text(off))
    await at.attempt()
    assert "快截止了" not in part(at.server.messages[0], "plain")
    assert "1条" in at.server.messages[0]["Subject"]


async def test_what_is_paused_is_held_back_and_sent_after_the_pause(at: Office) -> None:
    async with at.services.db.write() as c:
        pause = {"subject": "held", "reason": "administrator", "paused_at": "2026"}
        await c.execute(pauses.insert().values(**pause))
    await at.told("研发补助")
    await at.told("暂停的", document_id="held")
    await at.morning()
    await at.attempt()
    async with at.services.db.write() as c:
        await c.execute(update(pauses).values(lifted_at="2026"))
    at.desk.world.clock.instant += timedelta(days=1)
    assert (await at.morning(), await at.attempt()) == (1, "done")
    assert ["暂停的" in part(each, "plain") for each in at.server.messages] == [False, True]


async def test_what_was_recalled_is_never_sent_but_what_is_told_later_is(at: Office) -> None:
    await at.told("撤回的", document_id="gone")
    async with at.services.db.write() as c:
        await store.recall(c, "gone")
        await store.recall(c, "gone")
    await at.told("之后的", document_id="gone")
    await at.morning()
    await at.attempt()
    plain = part(at.server.messages[0], "plain")
    assert ("撤回的" in plain, "之后的" in plain) == (False, True)


async def test_one_click_leads_to_the_end_of_every_message_too(at: Office) -> None:
    await at.told("研发补助")
    await at.morning()
    await at.attempt()
    lines = part(at.server.messages[0], "plain").splitlines()
    token = next(line.rpartition("/off/")[2] for line in lines if f"{PUBLIC}/off/" in line)
    assert (await at.desk.get(f"/v1/links/{token}")).status == 200


async def test_a_server_that_cannot_now_is_asked_again_under_the_same_id(at: Office) -> None:
    at.server.to_message[:] = ["451 4.3.0 later", "250 OK"]
    await at.told("研发补助")
    await at.morning()
    assert await at.attempt() == "queued"
    assert await at.attempt() == "done"
    assert (await at.mailbox())["state"] == "active"


async def test_an_address_that_is_refused_is_written_to_no_more_until_it_is_given_again(at: Office) -> None:
    at.server.to_receiver[:] = [f"550 5.1.1 <{TO}> unknown", "250 OK"]
    await at.told("研发补助")
    await at.morning()
    assert await at.attempt() == "failed"
    shown = await at.mailbox()
    assert (shown["state"], shown["error"]) == ("refused", "SMTP 550 5.1.1")
    at.desk.world.clock.instant += timedelta(days=1)
    assert await at.morning() == 0
    await at.desk.put(MAILBOX, {"address": TO})
    assert (await at.morning(), await at.attempt()) == (1, "done")


async def test_a_message_that_is_refused_refuses_the_mailbox(at: Office) -> None:
    at.server.to_message[:] = ["554 5.7.1 no"]
    await at.told("研发补助")
    await at.morning()
    assert await at.attempt() == "failed"
    assert (await at.mailbox())["error"] == "SMTP 554 5.7.1"


async def test_a_line_that_drops_after_the_message_repeats_the_very_same_one(at: Office) -> None:
    at.server.to_message[:] = ["drop", "250 OK"]
    await at.told("研发补助")
    await at.morning()
    assert await at.attempt() == "queued"
    await at.told("后来的")
    assert await at.attempt() == "done"
    first, second = at.server.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert part(first, "plain") == part(second, "plain")


async def test_a_worker_that_dies_before_it_says_so_sends_under_the_same_id(at: Office) -> None:
    await at.told("研发补助")
    await at.morning()
    await at.attempt()
    async with at.services.db.write() as c:
        await c.execute(update(mailboxes).values(sent_seq=0, sent_on=None))
        await c.execute(update(jobs).where(jobs.c.subject == "mail").values(state="queued"))
    await at.attempt()
    first, second = at.server.messages
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_server_that_hangs_is_left_after_a_while(at: Office) -> None:
    at.server.to_message[:] = ["hang"]
    await at.told("研发补助")
    await at.morning()
    assert await at.attempt() == "queued"
    async with at.services.db.read() as c:
        assert (
            "Timeout" in (await c.execute(select(jobs.c.error).where(jobs.c.subject == "mail"))).scalar_one()
        )


async def test_no_title_can_write_a_header_or_a_tag(at: Office) -> None:
    await at.told("研发\r\nBcc: a@evil.example\r\n\r\n<img src=//evil.example/x>补助")
    await at.morning()
    await at.attempt()
    (message,) = at.server.messages
    assert "Bcc" not in message
    assert "<img" not in part(message, "html")
    assert "\nBcc" not in part(message, "plain")


async def test_a_digest_fetches_nothing_from_afar(at: Office) -> None:
    await at.told("研发补助")
    await at.morning()
    await at.attempt()
    html = part(at.server.messages[0], "html")
    assert not any(word in html for word in ("<img", "src=", "<script", "<link", "url("))


async def test_one_click_ends_the_digest_and_a_look_at_the_link_does_not(at: Office) -> None:
    await at.told("研发补助")
    await at.morning()
    await at.attempt()
    (message,) = at.server.messages
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip("<>").removeprefix(PUBLIC)
    client = at.desk.world.client
    assert "button" in (await client.get(link)).text
    assert (await at.mailbox())["state"] == "active"
    for _ in range(2):
        posted = await client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert posted.status_code == 200
    assert (await at.mailbox())["state"] == "unsubscribed"
    await at.told("用工补贴")
    assert await at.morning() == 0


async def test_an_ended_digest_is_not_sent_even_when_it_waits(at: Office) -> None:
    await at.told("研发补助")
    await at.morning()
    async with at.services.db.write() as c:
        await c.execute(update(mailboxes).values(state="unsubscribed"))
    assert await at.attempt() == "done"
    assert at.server.came == []


@pytest.mark.parametrize("token", ["", "x", "eyJhbGciOiJub25lIn0"])
async def test_a_link_that_is_not_signed_ends_nothing(at: Office, token: str) -> None:
    assert (await at.desk.world.client.post(f"/mail/stop?token={token}")).status_code == 400
    assert (await at.mailbox())["state"] == "active"


@pytest.mark.parametrize(("language", "word"), [("zh-Hant", "研發補助"), ("en", "1 new message")])
async def test_a_digest_speaks_the_language_that_was_asked_for(
    tmp_path: Path, language: str, word: str
) -> None:
    async with office(tmp_path / "data", language=language) as at:
        await at.told("研发补助")
        await at.morning()
        await at.attempt()
        (message,) = at.server.messages
        assert word in message["Subject"] + part(message, "plain")
        assert message["Content-Language"] == language


async def test_a_digest_tells_in_the_language_of_its_mailbox_what_can_be_said_anew(tmp_path: Path) -> None:
    async with office(tmp_path / "data", language="en") as at:
        kept = {"reason": "到期", "window": None}
        await at.told("研发补助", kind="measure.withdrawn", data=json.dumps(kept))
        await at.morning()
        await at.attempt()
        (message,) = at.server.messages
        assert "“研发补助” has been withdrawn. Reason: 到期." in part(message, "plain")


async def test_nothing_personal_is_in_the_logs_or_in_the_jobs(
    at: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    at.server.to_receiver[:] = [f"550 5.1.1 <{TO}> unknown"]
    await at.told("研发补助")
    await at.morning()
    await at.attempt()
    async with at.services.db.read() as c:
        rows = [*await c.execute(select(jobs)), *await c.execute(select(mailboxes))]
    assert TO not in str(rows)
    assert TO not in "".join(each.getMessage() for each in caplog.records if each.name.startswith("huiqi"))


async def test_without_a_public_address_there_is_no_digest(tmp_path: Path) -> None:
    async with office(tmp_path / "data", public_url=None) as at:
        await at.told("研发补助")
        assert await at.morning() == 0
