"""Consent, dismissal, watch, and the links that do it by one click."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from service.push import links, wishes
from tests.service.administering import HANGZHOU, Desk, desk
from tests.service.asking import document, measure

IN = {"facts": {"region": "330106"}}
ONE = document("a-doc", measure("one", HANGZHOU))
CONSENT = "/v1/enterprises/f/consent"
pytestmark = pytest.mark.usefixtures("both")


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        await found.firm("f", **IN)
        await found.work()
        yield found


async def published(at: Desk, plain: dict[str, Any] = ONE) -> None:
    await at.published(plain)
    await at.work()


async def test_everything_may_be_told_until_the_enterprise_says_otherwise(at: Desk) -> None:
    body = (await at.get(CONSENT)).body
    assert (body["all"], body["types"]) == (True, {})
    assert set(body["links"]) >= {"all", "measure.matched", "matches.summary"}


@pytest.mark.parametrize("said", [{"all": False}, {"types": {"measure.matched": False}}])
async def test_what_is_off_is_not_told(at: Desk, said: Any) -> None:
    answer = await at.put(CONSENT, said)
    assert answer.status == 200
    assert {"all": True, "types": {}, **said}.items() <= answer.body.items()
    await published(at)
    assert await at.inbox("f") == []


async def test_a_kind_that_is_off_leaves_the_others_on(at: Desk) -> None:
    await published(at)
    await at.put(CONSENT, {"types": {"measure.revised": False}})
    await published(
        at, document("a-doc", measure("one", HANGZHOU, windows=[{"opens": None, "closes": "2027-01-01"}]))
    )
    await at.post("/v1/policies/a-doc/withdraw", {"reason": "到期"})
    await at.work()
    assert [each["type"] for each in await at.inbox("f")] == ["measure.matched", "measure.withdrawn"]


async def test_what_is_not_named_is_on_again(at: Desk) -> None:
    await at.put(CONSENT, {"all": False})
    body = (await at.put(CONSENT, {"types": {"measure.opened": False, "measure.deadline": None}})).body
    assert (body["all"], body["types"]) == (True, {"measure.opened": False})
    assert (await at.get(CONSENT)).body == body


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"types": {"nonsense": False}}, ("/types/nonsense", "unknown_code")),
        ({"types": {"measure.matched": "no"}}, ("/types/measure.matched", "wrong_type")),
        ({"types": []}, ("/types", "wrong_type")),
        ({"all": 1}, ("/all", "wrong_type")),
        ({"kinds": {}}, ("/kinds", "unknown_member")),
    ],
)
async def test_a_wrong_consent_is_refused(at: Desk, body: Any, fault: Any) -> None:
    assert await at.faults("PUT", CONSENT, body) == (422, [fault])


async def test_a_link_turns_a_kind_off_only_when_it_is_posted_and_needs_no_key(at: Desk) -> None:
    body = (await at.get(CONSENT)).body
    token = body["links"]["measure.matched"].removeprefix(f"{links.PLACE}/")
    told = await at.world.get(f"/v1/links/{token}")
    assert (told.status, told.body["type"], told.body["done"]) == (200, "measure.matched", False)
    assert (await at.get(CONSENT)).body["types"] == {}
    for _ in range(2):
        done = await at.world.client.post(
            f"/v1/links/{token}",
            content="List-Unsubscribe=One-Click",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert (done.status_code, done.json()["done"]) == (200, True)
    assert (await at.get(CONSENT)).body["types"] == {"measure.matched": False}
    await published(at)
    assert await at.inbox("f") == []


async def test_a_link_turns_everything_off_and_keeps_what_was_said_of_kinds(at: Desk) -> None:
    await at.put(CONSENT, {"types": {"measure.opened": False}})
    token = links.off(at.services.signer, "f").removeprefix(f"{links.PLACE}/")
    assert (await at.world.post(f"/v1/links/{token}", {})).body["done"]
    body = (await at.get(CONSENT)).body
    assert (body["all"], body["types"]) == (False, {"measure.opened": False})


@pytest.mark.parametrize("change", ["x", "", "A"])
async def test_a_link_that_was_altered_is_not_found(at: Desk, change: str) -> None:
    token = links.off(at.services.signer, "f").removeprefix(f"{links.PLACE}/")
    for method in ("get", "post"):
        assert (await at.world.client.request(method, f"/v1/links/{token[:-1]}{change}")).status_code == 404


async def test_a_cursor_is_no_link_and_a_link_of_a_deleted_enterprise_does_nothing(at: Desk) -> None:
    cursor = at.services.signer.sign({"of": "f", "at": 1})
    assert (await at.world.get(f"/v1/links/{cursor}")).status == 404
    token = links.off(at.services.signer, "f").removeprefix(f"{links.PLACE}/")
    await at.send("DELETE", "/v1/enterprises/f")
    assert (await at.world.post(f"/v1/links/{token}", {})).status == 404


async def test_a_dismissed_measure_is_not_told_again_whatever_becomes_of_it(at: Desk) -> None:
    await published(at)
    (one,) = await at.inbox("f")
    answer = await at.post(f"/v1/enterprises/f/notifications/{one['id']}/dismiss", {"reason": "known"})
    assert (answer.status, answer.body["id"], answer.body["reason"]) == (200, one["id"], "known")
    await published(at, document("a-doc", measure("one", HANGZHOU, budget={"state": "low", "as_of": None})))
    await at.post("/v1/policies/a-doc/withdraw", {"reason": "到期"})
    await at.work()
    await published(at, ONE)
    assert len(await at.inbox("f")) == 1


async def test_the_inbox_says_of_which_measures_the_enterprise_wants_no_more(at: Desk) -> None:
    await published(at, document("a-doc", measure("one", HANGZHOU), measure("two", HANGZHOU)))
    one, two = await at.inbox("f")
    answer = await at.post(f"/v1/enterprises/f/notifications/{one['id']}/dismiss", {"reason": "known"})
    assert [each["dismissed_at"] for each in (one, two)] == [None, None]
    told = [each["dismissed_at"] for each in await at.inbox("f")]
    assert told == [answer.body["dismissed_at"], None]


async def test_a_link_dismisses_by_one_click(at: Desk) -> None:
    await published(at)
    (one,) = await at.inbox("f")
    path = links.dismissal(at.services.signer, "f", one["id"], "not_ours")
    token = path.removeprefix(f"{links.PLACE}/")
    assert (await at.world.get(f"/v1/links/{token}")).body == {
        "deed": "dismiss", "type": None, "title": "one补助", "reason": "not_ours", "done": False
    }  # fmt: skip
    assert (await at.world.post(f"/v1/links/{token}", {})).body["done"]
    assert (await at.world.get(f"/v1/links/{token}")).body["done"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, (422, [("/reason", "missing_member")])),
        ({"reason": "因为"}, (422, [("/reason", "unknown_code")])),
        ({"reason": "other", "text": "x"}, (422, [("/text", "unknown_member")])),
        ({"reason": "other"}, (404, ["not_found"])),
    ],
)
async def test_a_wrong_dismissal_is_refused(at: Desk, body: Any, told: Any) -> None:
    assert await at.faults("POST", "/v1/enterprises/f/notifications/x/dismiss", body) == told


async def test_a_summary_is_about_no_single_measure_and_cannot_be_dismissed(at: Desk) -> None:
    await published(at)
    await at.firm("g", **IN)
    await at.work()
    (one,) = await at.inbox("g")
    place = f"/v1/enterprises/g/notifications/{one['id']}/dismiss"
    assert await at.faults("POST", place, {"reason": "other"}) == (409, ["conflict"])


async def test_push_pauses_when_too_many_say_that_a_measure_is_not_theirs(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wishes, "ENOUGH_TOLD", 4)
    names = ["f", "g1", "g2", "g3"]
    for name in names[1:]:
        await at.firm(name, **IN)
    await at.work()
    await published(at)
    for number, name in enumerate(names[:2], 1):
        assert (await at.get("/v1/pauses")).body["items"] == []
        (one,) = await at.inbox(name)
        await at.post(f"/v1/enterprises/{name}/notifications/{one['id']}/dismiss", {"reason": "not_ours"})
        assert len((await at.get("/v1/pauses")).body["items"]) == number - 1
    (pause,) = (await at.get("/v1/pauses")).body["items"]
    assert (pause["subject"], pause["reason"], pause["told"], pause["not_ours"]) == (
        "a-doc.one",
        "not_ours",
        4,
        2,
    )
    await at.firm("h", **IN)
    await at.work()
    assert await at.inbox("h") == []


async def test_watch_tells_until_when_of_how_many_and_what_was_told(at: Desk) -> None:
    await published(at)
    body = (await at.get("/v1/enterprises/f/watch")).body
    assert (body["measures"], body["told"]) == (1, 1)
    assert body["checked_until"] is not None
    assert (await at.get("/v1/enterprises/nobody/watch")).status == 404


async def test_watch_stands_still_while_something_is_still_to_be_told(at: Desk) -> None:
    await at.published(ONE)
    body = (await at.get("/v1/enterprises/f/watch")).body
    assert body["checked_until"] == "2026-11-24T04:00:00.000Z"
    assert body["told"] == 0


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant", "en"])
async def test_the_page_of_a_link_does_nothing_before_its_button_is_pressed(at: Desk, lang: str) -> None:
    path = links.off(at.services.signer, "f", "measure.deadline")
    page = await at.world.client.get(path, params={"lang": lang})
    assert (page.status_code, page.headers["content-language"]) == (200, lang)
    assert '<form method="post">' in page.text
    assert (await at.get(CONSENT)).body["types"] == {}
    for _ in range(2):
        done = await at.world.client.post(path, data={"List-Unsubscribe": "One-Click"})
        assert (done.status_code, "✓" in done.text, "<form" in done.text) == (200, True, False)
    assert (await at.get(CONSENT)).body["types"] == {"measure.deadline": False}


async def test_the_pages_of_links_name_what_they_are_for_and_refuse_others(at: Desk) -> None:
    await published(at)
    (one,) = await at.inbox("f")
    for path in (
        links.off(at.services.signer, "f"),
        links.dismissal(at.services.signer, "f", one["id"], "known"),
    ):
        assert (await at.world.client.get(path)).status_code == 200
    assert "one补助" in (await at.world.client.get(path)).text
    assert (await at.world.client.get(f"{links.PLACE}/x")).status_code == 404
    assert (await at.world.client.post(f"{links.PLACE}/x")).status_code == 404
