"""A firm's page takes what the firm does with a card, tells it as an event, and shows it again later."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.asking import KEY, WITH_KEY, World, document, measure, world
from tests.service.test_impressions import tell

pytestmark = pytest.mark.usefixtures("both")
FORM = re.compile(r'<form class="deeds".*?</form>', re.DOTALL)


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "data", document("doc-one", measure("a"), measure("b"))) as found:
        await found.register("firm", {})
        await found.client.post("/admin/sign-in", data={"key": KEY, "next": "/admin/policies"})
        yield found


async def forms(at: World) -> list[dict[str, Any]]:
    """The form of each card: what it sends, and which buttons are pressed."""
    html = (await at.client.get("/firms/firm")).text
    await at.services.impressions.written()
    return [
        {
            **dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)),
            "pressed": re.findall(r'value="([^"]*)" aria-pressed="true"', form),
            "done": "data-done><span" in form,
        }
        for form in FORM.findall(html)
    ]


async def press(at: World, form: dict[str, Any], deed: str, **headers: str) -> Any:
    sent = {name: form[name] for name in ("token", "request", "measure")}
    return await at.client.post("/firms/firm/deeds", data={**sent, "deed": deed}, headers=headers)


async def marks(at: World) -> Any:
    return (await at.get("/v1/enterprises/firm/marks", **WITH_KEY)).body["items"]


async def test_a_card_that_is_remembered_is_an_event_and_stays_remembered(at: World) -> None:
    first, _ = await forms(at)
    answer = await press(at, first, "saved")
    assert (answer.status_code, answer.headers["location"]) == (303, "/firms/firm#m-doc-one-a")
    [mark] = await marks(at)
    assert (mark["measure_id"], mark["kind"], mark["reason"]) == ("doc-one.a", "saved", None)
    again, other = await forms(at)
    assert (again["pressed"], again["done"], other["pressed"]) == (["saved"], True, [])


@pytest.mark.parametrize(
    ("deed", "reason"), [("dismissed", "not_ours"), ("dismissed=too_small", "too_small")]
)
async def test_a_card_that_is_not_for_the_firm_is_told_with_its_reason_and_stays_listed(
    at: World, deed: str, reason: str
) -> None:
    _, second = await forms(at)
    await press(at, second, deed)
    [mark] = await marks(at)
    assert (mark["measure_id"], mark["kind"], mark["reason"]) == ("doc-one.b", "dismissed", reason)
    assert (await forms(at))[1]["pressed"] == list(dict.fromkeys(["dismissed", deed]))


async def test_the_last_of_remembered_and_dismissed_counts(at: World) -> None:
    first, _ = await forms(at)
    await press(at, first, "dismissed")
    at.clock.instant = at.clock.instant.replace(hour=5)
    await press(at, first, "saved")
    assert [mark["kind"] for mark in await marks(at)] == ["saved"]


async def test_a_script_gets_an_empty_answer_and_opening_leaves_no_mark(at: World) -> None:
    first, _ = await forms(at)
    assert (await press(at, first, "opened", accept="application/json")).status_code == 204
    assert await marks(at) == []


async def test_what_is_sent_from_elsewhere_or_without_a_session_is_not_taken(at: World) -> None:
    first, _ = await forms(at)
    assert "/admin/sign-in" in (await press(at, {**first, "token": "x"}, "saved")).headers["location"]
    at.client.cookies.clear()
    assert "/admin/sign-in" in (await press(at, first, "saved")).headers["location"]
    assert await marks(at) == []


async def test_a_deed_that_is_none_is_refused(at: World) -> None:
    first, _ = await forms(at)
    assert (await press(at, first, "shown")).status_code == 422
    assert await marks(at) == []


async def test_marks_need_the_key_and_an_enterprise(at: World) -> None:
    assert (await at.get("/v1/enterprises/firm/marks")).status == 401
    assert (await at.get("/v1/enterprises/nobody/marks", **WITH_KEY)).status == 404


async def test_whoever_has_no_account_is_offered_no_such_buttons(at: World) -> None:
    at.client.cookies.clear()
    html = (await at.client.post("/", data={"need": "研发补助"})).text
    assert "doc-one" in html
    assert FORM.findall(html) == []


async def test_a_portal_s_own_events_are_marks_too(at: World) -> None:
    first, _ = await forms(at)
    await tell(at, first["request"], "saved")
    assert [mark["kind"] for mark in await marks(at)] == ["saved"]
