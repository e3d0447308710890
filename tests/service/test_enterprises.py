"""Enterprises: kept as sent, changed by patches, shown resolved, forgotten whole."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from index.encoding import kept_under
from tests.service.administering import Desk, desk
from tests.service.asking import LetterEncoder, document

pytestmark = pytest.mark.usefixtures("both")

FIRM = "/v1/enterprises/hz-1"
PROFILE = {"name": "某某软件", "facts": {"region": "330106", "industry": "6513", "revenue": 5200000}}


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def test_a_profile_is_echoed_as_sent_and_resolved(at: Desk) -> None:
    made = await at.put(FIRM, PROFILE)
    assert made.status == 201
    assert made.body == (await at.get(FIRM)).body
    assert made.body["facts"] == {"region": "330106", "industry": "6513", "revenue": {"2025": 5200000}}
    assert made.body["resolved"] == {"region": ["330106"], "industry": ["I6513"]}
    assert made.body["derived"]["size"] == ["micro", "small"] or isinstance(made.body["derived"]["size"], str)
    assert (made.body["id"], made.body["demo"], made.body["text"]) == ("hz-1", False, None)


async def test_a_second_put_replaces_whole(at: Desk) -> None:
    await at.put(FIRM, PROFILE)
    again = await at.put(FIRM, {"name": "另一名", "facts": {"employees": 18}})
    assert (again.status, again.body["facts"]) == (200, {"employees": {"2025": 18}})


async def test_decimals_survive_to_the_last_digit(at: Desk) -> None:
    await at.put(FIRM, {"name": "某", "facts": {"revenue": Decimal("0.01"), "registered_capital": 10**15}})
    facts = (await at.get(FIRM)).body["facts"]
    assert facts == {"revenue": {"2025": Decimal("0.01")}, "registered_capital": 10**15}


async def test_a_patch_replaces_named_facts_and_null_forgets(at: Desk) -> None:
    await at.put(FIRM, {**PROFILE, "answers": {"a-doc.m#k": True}})
    patched = await at.send(
        "PATCH", FIRM, {"facts": {"industry": None, "employees": {"2024": 3}}, "answers": {"a-doc.m#k": None}}
    )
    assert patched.status == 200
    assert patched.body["facts"] == {
        "region": "330106",
        "revenue": {"2025": 5200000},
        "employees": {"2024": 3},
    }
    assert patched.body["answers"] == {}


async def test_a_patch_that_is_wrong_changes_nothing(at: Desk) -> None:
    await at.put(FIRM, PROFILE)
    status, faults = await at.faults("PATCH", FIRM, {"facts": {"employees": 5, "revenue": "5"}})
    assert (status, faults) == (422, [("/facts/revenue", "wrong_type")])
    assert "employees" not in (await at.get(FIRM)).body["facts"]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"facts": {}}, [("/name", "missing_member")]),
        ({"name": "a", "colour": 1}, [("/colour", "unknown_member")]),
        ({"name": "a", "facts": {"employees": True}}, [("/facts/employees", "wrong_type")]),
        ({"name": "a", "facts": {"size": "micro"}}, [("/facts/size", "unknown_fact")]),
        ({"name": "a", "credit_code": "91330106MA27XXXXX1"}, [("/credit_code", "bad_credit_code")]),
        (
            {"facts": {"region": "999999", "employees": -1}, "name": "a"},
            [("/facts/region", "unknown_region"), ("/facts/employees", "out_of_range")],
        ),
    ],
)
async def test_a_wrong_profile_is_refused_with_every_pointer(at: Desk, body: object, faults: object) -> None:
    assert await at.faults("PUT", FIRM, body) == (422, faults)
    assert (await at.get(FIRM)).status == 404


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b'{"name": "a", "name": "b"}', 400, "malformed_json"),
        (b'{"name": "\xff"}', 400, "invalid_encoding"),
        (b'{"name": "a", "facts": {"revenue": NaN}}', 400, "malformed_json"),
        (b"[" * 10_000, 400, "too_deep"),
        (b'{"name": "a", "facts": {"revenue": 1e999}}', 422, "out_of_range"),
        (b'{"name": "\\ud800"}', 422, "bad_text"),
        (b'{"name": "' + b"a" * (1 << 20) + b'"}', 413, "too_large"),
    ],
)
async def test_bytes_that_are_no_profile_are_refused(at: Desk, sent: bytes, status: int, code: str) -> None:
    answer = await at.put(FIRM, sent)
    assert (answer.status, answer.body["code"]) == (status, code)


async def test_a_malformed_id_is_refused_on_put_and_not_found_elsewhere(at: Desk) -> None:
    place = "/v1/enterprises/a.b"
    assert await at.faults("PUT", place, PROFILE) == (422, [("enterprise", "bad_id")])
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        assert (await at.send(method, place, body)).status == 404


async def test_what_is_not_json_is_an_unsupported_type(at: Desk) -> None:
    answer = await at.put(FIRM, PROFILE, content_type="text/plain")
    assert (answer.status, answer.body["code"]) == (415, "unsupported_type")


async def test_without_the_key_nothing_is_told(at: Desk) -> None:
    await at.put(FIRM, PROFILE)
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = await at.world.client.get(FIRM, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "key_needed")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_an_unchanged_enterprise_is_not_sent_twice(at: Desk) -> None:
    await at.put(FIRM, PROFILE)
    first = await at.get(FIRM)
    same = await at.get(FIRM, if_none_match=first.headers["ETag"])
    assert (same.status, same.body, same.headers["Cache-Control"]) == (304, None, "no-store")
    await at.send("PATCH", FIRM, {"text": "新的"})
    assert (await at.get(FIRM, if_none_match=first.headers["ETag"])).status == 200


async def test_a_deleted_enterprise_is_gone_with_everything_below_it(at: Desk) -> None:
    await at.put(FIRM, PROFILE)
    await at.published(document("a-doc"))
    await at.work()
    told = (await at.inbox("hz-1"))[0]["id"]
    assert (await at.send("DELETE", FIRM)).status == 204
    for method, place in (
        ("GET", FIRM),
        ("DELETE", FIRM),
        ("GET", f"{FIRM}/notifications"),
        ("POST", f"{FIRM}/notifications/{told}/read"),
    ):
        assert (await at.send(method, place)).status == 404
    await at.put(FIRM, PROFILE)
    assert await at.inbox("hz-1") == []


async def test_enterprises_are_listed_by_id_each_once(at: Desk) -> None:
    for name in ("b", "C", "a", "d-1"):
        await at.firm(name)
    seen, place = [], "/v1/enterprises?limit=2"
    while place:
        answer = await at.get(place)
        seen += [item["id"] for item in answer.body["items"]]
        place = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert seen == ["C", "a", "b", "d-1"]
    assert set(answer.body["items"][0]) == {"id", "name", "demo"}


async def test_a_cursor_of_another_list_is_refused(at: Desk) -> None:
    for name in ("a", "b"):
        await at.firm(name)
    cursor = (await at.get("/v1/enterprises?limit=1")).body["next_cursor"]
    for place in (f"/v1/jobs?cursor={cursor}", f"/v1/enterprises?cursor={cursor[:-2]}xx"):
        answer = await at.get(place)
        assert (answer.status, answer.body["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("limit=0", ("limit", "out_of_range")),
        ("limit=x", ("limit", "wrong_type")),
        ("colour=1", ("colour", "unknown_member")),
    ],
)
async def test_a_wrong_parameter_is_named(at: Desk, query: str, fault: object) -> None:
    assert await at.faults("GET", f"/v1/enterprises?{query}") == (422, [fault])


async def test_only_a_changed_text_is_encoded_again(at: Desk) -> None:
    at.world.use(LetterEncoder())
    await at.firm("a", text="工业质检")
    encoded, looked = ("enterprise.encode", {"encoded": 1}), ("look", {"told": 0})
    assert sorted(await at.work()) == [encoded, looked]
    await at.send("PATCH", "/v1/enterprises/a", {"facts": {"employees": 5}})
    assert await at.work() == [looked]
    await at.send("PATCH", "/v1/enterprises/a", {"text": "养老服务"})
    assert sorted(await at.work()) == [encoded, looked]


async def test_a_deleted_enterprise_leaves_the_index(at: Desk) -> None:
    encoder = LetterEncoder()
    at.world.use(encoder)
    await at.firm("a")
    await at.firm("b")
    await at.work()
    assert (await at.get("/v1/index")).body["enterprises"] == 2
    await at.send("DELETE", "/v1/enterprises/a")
    async with at.services.db.read() as c:
        index = await at.services.firms.vectors(c, kept_under(encoder), encoder.dim)
    assert ("a" in index, "b" in index) == (False, True)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "GET", "DELETE"])
async def test_an_unknown_parameter_is_refused_whatever_the_method(at: Desk, method: str) -> None:
    body = PROFILE if method in {"PUT", "PATCH"} else None
    told = await at.faults(method, f"{FIRM}?colour=1", body)
    assert told == (422, [("colour", "unknown_member")])
    assert await at.faults(method, f"{FIRM}?colour=1", body, Authorization="x") == (401, ["key_needed"])
