"""Webhooks as others register them: which addresses are taken, what is shown, what is shown once."""

import base64
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from service.push.message_types import TYPES
from tests.contract.site import Site

PUBLIC = "https://93.184.216.34/hook"
HOSTILE = (Path(__file__).parents[1] / "service" / "hostile_addresses.txt").read_text("utf-8").split("\n")
WEBHOOKS = "/v1/webhooks"
ALL = list(TYPES)
NOBODY = "01a20bb5-e600-7ccf-aaeb-5be5d01a7564"


def registered(at: Site, **members: Any) -> Any:
    answer = at.post(WEBHOOKS, {"url": PUBLIC, "events": ["measure.matched"], **members})
    assert answer.status == 201, answer.body
    return answer.body


def test_a_public_address_is_accepted_and_the_secret_is_shown_once(own: Site) -> None:
    made = registered(own)
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    assert (made["url"], made["state"], made["events"]) == (PUBLIC, "active", ["measure.matched"])
    shown = own.get(f"{WEBHOOKS}/{made['id']}").body
    assert {**shown, "secret": made["secret"]} == made
    assert own.get(WEBHOOKS).body == {"items": [shown], "next_cursor": None}


@pytest.mark.parametrize("url", [line for line in HOSTILE[1:] if line and "example" not in line])
def test_a_hostile_address_is_refused_at_registration(shared: Site, url: str) -> None:
    answer = shared.post(WEBHOOKS, {"url": url, "events": ["measure.matched"]})
    assert (answer.status, answer.faults) == (422, [("/url", "bad_url")])


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("/url", "missing_member"), ("/events", "missing_member")]),
        ({"url": PUBLIC}, [("/events", "missing_member")]),
        ({"url": PUBLIC, "events": None}, [("/events", "missing_member")]),
        ({"url": 5, "events": ALL}, [("/url", "wrong_type")]),
        ({"url": "https://a\u0000b/", "events": ALL}, [("/url", "bad_url")]),
        ({"url": "https://" + "a" * 3_000, "events": ALL}, [("/url", "bad_url")]),
        ({"url": PUBLIC, "events": []}, [("/events", "out_of_range")]),
        ({"url": PUBLIC, "events": ["measure.eaten"]}, [("/events/0", "unknown_code")]),
        ({"url": PUBLIC, "events": ALL, "enterprise_ids": ["不"]}, [("/enterprise_ids/0", "bad_id")]),
        ({"url": PUBLIC, "events": ALL, "secret": "x"}, [("/secret", "unknown_member")]),
        ({"url": "http://93.184.216.34/", "events": [1]}, [("/events/0", "wrong_type")]),
    ],
)
def test_a_faulty_registration_is_refused_with_its_places(shared: Site, body: Any, faults: Any) -> None:
    answer = shared.post(WEBHOOKS, body)
    assert (answer.status, answer.faults) == (422, faults)


def test_the_reason_of_a_refusal_is_told_in_both_languages(shared: Site) -> None:
    for language, word in (("zh", "网络"), ("en", "network")):
        answer = shared.post(WEBHOOKS, {"url": "https://10.0.0.8/", "events": ALL}, accept_language=language)
        assert word in answer.body["errors"][0]["detail"]


def test_an_enterprise_that_is_named_must_be_there(own: Site) -> None:
    own.put("/v1/enterprises/firm", {"name": "甲公司"})
    asked = {"url": PUBLIC, "events": ALL, "enterprise_ids": ["firm", "other"]}
    assert own.post(WEBHOOKS, asked).status == 404
    assert registered(own, enterprise_ids=["firm"])["enterprise_ids"] == ["firm"]


def test_a_repeated_registration_answers_the_same_without_the_secret(own: Site) -> None:
    body = {"url": PUBLIC, "events": ["measure.matched"]}
    first, second = (own.post(WEBHOOKS, body, idempotency_key="one") for _ in range(2))
    made = dict(first.body)
    made.pop("secret")
    assert (second.status, second.body) == (201, made)
    assert len(own.get(WEBHOOKS).body["items"]) == 1
    other = own.post(WEBHOOKS, {**body, "events": ALL}, idempotency_key="one")
    assert other.code == "idempotency_mismatch"


def test_a_change_replaces_what_is_given_and_null_takes_a_restriction_away(own: Site) -> None:
    place = f"{WEBHOOKS}/{registered(own)['id']}"
    changed = own.send("PATCH", place, {"state": "paused"}).body
    assert (changed["state"], changed["reason"], changed["events"]) == (
        "paused",
        "by hand",
        ["measure.matched"],
    )
    changed = own.send("PATCH", place, {"events": None, "url": "https://8.8.8.8/", "state": "active"}).body
    assert (changed["state"], changed["events"], changed["url"]) == ("active", None, "https://8.8.8.8/")
    assert own.send("PATCH", place, {"url": "https://127.0.0.1/"}).faults == [("/url", "bad_url")]
    assert own.send("PATCH", place, {"state": "disabled"}).faults == [("/state", "unknown_code")]
    assert own.get(place).body == changed


def test_an_endpoint_may_have_a_language_and_lose_it_again(own: Site) -> None:
    made = registered(own, lang="en")
    place = f"{WEBHOOKS}/{made['id']}"
    assert (made["lang"], registered(own)["lang"]) == ("en", None)
    assert own.send("PATCH", place, {"state": "paused"}).body["lang"] == "en"
    assert own.send("PATCH", place, {"lang": None}).body["lang"] is None
    assert own.send("PATCH", place, {"lang": "fr"}).faults == [("/lang", "unknown_code")]


def test_a_rotated_secret_is_another_one_and_shown_once(own: Site) -> None:
    made = registered(own)
    rotated = own.post(f"{WEBHOOKS}/{made['id']}/rotate")
    assert (rotated.status, set(rotated.body)) == (200, {"secret"})
    assert rotated.body["secret"] != made["secret"]


def test_what_is_forgotten_is_not_found_any_more(own: Site) -> None:
    place = f"{WEBHOOKS}/{registered(own)['id']}"
    assert own.send("DELETE", place).status == 204
    for method, path, body in (
        ("GET", place, None),
        ("PATCH", place, {}),
        ("DELETE", place, None),
        ("POST", f"{place}/rotate", {}),
        ("GET", f"{place}/deliveries", None),
        ("POST", f"{place}/replay", {"since": "2026-11-24T00:00:00Z"}),
        ("POST", f"/v1/deliveries/{NOBODY}/replay", {}),
    ):
        assert own.send(method, path, body).status == 404, path


def test_endpoints_are_listed_page_by_page_and_need_the_key(own: Site) -> None:
    names = []
    for _ in range(3):
        own.later(seconds=1)
        names.append(registered(own)["id"])
    first = own.get(f"{WEBHOOKS}?limit=2")
    assert [item["id"] for item in first.body["items"]] == names[:2]
    assert own.get(f"{WEBHOOKS}?cursor={first.body['next_cursor']}").body["items"][0]["id"] == names[2]
    assert own.get(WEBHOOKS, key=None).code == "key_needed"
    assert own.post(f"/v1/deliveries/{NOBODY}/replay", key=None).code == "key_needed"


def test_endpoints_are_listed_by_a_known_state(own: Site) -> None:
    active, paused = (registered(own)["id"] for _ in range(2))
    own.send("PATCH", f"{WEBHOOKS}/{paused}", {"state": "paused"})
    found = {state: own.get(f"{WEBHOOKS}?state={state}").ids for state in ("active", "paused", "disabled")}
    assert found == {"active": [active], "paused": [paused], "disabled": []}
    assert own.get(f"{WEBHOOKS}?state=asleep").faults == [("state", "unknown_code")]


def test_deliveries_are_listed_by_a_known_state_and_replayed_since_an_instant(own: Site) -> None:
    place = f"{WEBHOOKS}/{registered(own)['id']}"
    assert own.get(f"{place}/deliveries?state=dead").body == {"items": [], "next_cursor": None}
    assert own.get(f"{place}/deliveries?state=lost").faults == [("state", "unknown_code")]
    again = own.post(f"{place}/replay", {"since": "2026-11-24T00:00:00+08:00"})
    assert (again.status, again.body) == (202, {"replayed": 0})
    assert own.post(f"{place}/replay").faults == [("/since", "missing_member")]
    assert own.post(f"{place}/replay", {"since": "yesterday"}).faults == [("/since", "bad_date")]


def test_no_secret_stands_readable_in_the_database(own: Site) -> None:
    secrets = [registered(own)["secret"] for _ in range(2)]
    made = own.get(WEBHOOKS).body["items"][0]["id"]
    secrets.append(own.post(f"{WEBHOOKS}/{made}/rotate", idempotency_key="r").body["secret"])
    folder = own.services.settings.folder
    with sqlite3.connect(folder / "huiqi.sqlite") as opened:
        dump = "\n".join(opened.iterdump())
    bare = [secret.removeprefix("whsec_") for secret in secrets]
    assert not any(each in dump for each in bare)
    files = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    assert not any(each.encode() in content for each in bare for content in files)
