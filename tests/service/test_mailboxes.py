"""Mailboxes over HTTP: given, shown, changed, forgotten; addresses are read strictly and kept encrypted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from service.database.tables import mailboxes
from service.mail.addresses import is_address
from tests.service.administering import Desk, desk
from tests.service.engines import Engine

PLACE = "/v1/enterprises/firm/mailbox"
TO = "office@firm.example"


@pytest.fixture
async def at(both: Engine, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        await found.firm("firm")
        yield found


async def test_a_mailbox_is_shown_as_it_was_given(at: Desk) -> None:
    put = await at.put(PLACE, {"address": TO, "language": "en"})
    assert (put.status, put.headers["cache-control"]) == (200, "no-store")
    shown = (await at.get(PLACE)).body
    assert put.body == shown
    assert (shown["address"], shown["language"], shown["state"]) == (TO, "en", "active")
    assert (shown["sent_on"], shown["error"]) == (None, None)


async def test_an_address_is_kept_encrypted(at: Desk) -> None:
    await at.put(PLACE, {"address": TO})
    async with at.services.db.read() as c:
        kept = (await c.execute(select(mailboxes.c.address))).scalar_one()
    assert "firm.example" not in kept
    assert at.services.vault.opened(kept) == TO


async def test_a_mailbox_is_changed_and_forgotten(at: Desk) -> None:
    await at.put(PLACE, {"address": TO})
    assert (await at.put(PLACE, {"address": "other@firm.example"})).body["address"] == "other@firm.example"
    assert (await at.send("DELETE", PLACE)).status == 204
    assert [(await at.get(PLACE)).status, (await at.send("DELETE", PLACE)).status] == [404, 404]


async def test_a_mailbox_ends_with_its_enterprise(at: Desk) -> None:
    await at.put(PLACE, {"address": TO})
    assert (await at.send("DELETE", "/v1/enterprises/firm")).status == 204
    assert (await at.get(PLACE)).status == 404
    assert (await at.put(PLACE, {"address": TO})).status == 404


async def test_mailboxes_need_the_key(at: Desk) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = await at.send(method, PLACE, {} if method == "PUT" else None, Authorization="Bearer no")
        assert (answer.status, answer.body["code"]) == (401, "key_needed")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "firm",
        "a@b@c",
        "a b@c.example",
        "a@c.example\nBcc: d@e.example",
        "a@c.example\n",
        "企业@c.example",
    ],
)
async def test_what_is_no_plain_address_is_refused_and_not_repeated(at: Desk, wrong: str) -> None:
    answer = await at.put(PLACE, {"address": wrong})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/address")
    assert answer.body["errors"][0]["code"] == "bad_text"
    assert len(wrong) < 5 or wrong not in str(answer.body)


@given(st.text(max_size=40), st.sampled_from(["\r", "\n", "\0", " ", "<", ">", ",", ";", ":", '"', "\u2028"]))
def test_nothing_that_could_end_a_header_is_an_address(rest: str, evil: str) -> None:
    assert not is_address(f"a{evil}{rest}@b.example")
    assert not is_address(f"a@b.example{evil}{rest}")
