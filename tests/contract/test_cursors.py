"""Cursors: a list begun is a list kept, whatever is published meanwhile; and nobody else's."""

import base64
from pathlib import Path
from typing import Any

import pytest

from service.clock import FixedClock
from tests.contract.documents import NOBODY, SMALL, document, measure
from tests.contract.site import NOW, Site, site

MANY = [document(f"doc-{n:02}", measure("a"), measure("b", SMALL)) for n in range(8)]


@pytest.fixture
def many(own: Site) -> Site:
    for plain in MANY:
        own.publish(plain)
    return own


def follow(at: Site, body: dict[str, Any], cursor: str) -> Any:
    return at.post("/v1/recommendations", {**body, "cursor": cursor})


def rest(at: Site, body: dict[str, Any], cursor: str | None) -> list[Any]:
    found = []
    while cursor is not None:
        answer = follow(at, body, cursor)
        assert answer.status == 200, answer.body
        found.append(answer)
        cursor = answer.body["next_cursor"]
    return found


@pytest.mark.parametrize("limit", [1, 3, 5, 15, 16, 100])
@pytest.mark.parametrize("sort", ["score", "deadline"])
def test_paging_to_the_end_gives_each_once(many: Site, limit: int, sort: str) -> None:
    body = {"profile": {}, "limit": limit, "sort": sort}
    whole = many.ask(limit=100, sort=sort).ids
    pages = list(many.pages(body))
    assert [name for page in pages for name in page.ids] == whole
    assert len(pages) == -(-16 // limit)


def test_publications_withdrawals_and_days_between_change_nothing(many: Site) -> None:
    whole = many.ask(limit=100).ids
    body = {"profile": {}, "limit": 3}
    first = many.post("/v1/recommendations", body)
    many.publish(document("doc-00", measure("a", NOBODY), measure("c")))
    many.withdraw("doc-03")
    many.publish(document("doc-99", measure("new")))
    many.later(minutes=50)
    pages = [first, *rest(many, body, first.body["next_cursor"])]
    assert [name for page in pages for name in page.ids] == whole
    for member in ("counts", "snapshot", "as_of", "model", "degraded", "questions"):
        assert len({str(page.body[member]) for page in pages}) == 1, member


def test_a_day_that_ends_meanwhile_does_not_move_the_list(many: Site) -> None:
    many.clock.instant = NOW.replace(hour=15, minute=50)
    body = {"profile": {}, "limit": 10}
    first = many.post("/v1/recommendations", body).body
    many.later(minutes=20)
    second = follow(many, body, first["next_cursor"]).body
    assert first["as_of"] == second["as_of"] == "2026-11-24"
    assert many.ask().body["as_of"] == "2026-11-25"


def test_a_cursor_outlives_a_restart(tmp_path: Path) -> None:
    body, clock = {"profile": {}, "limit": 3}, FixedClock(NOW)
    with site(tmp_path / "data", clock) as before:
        for plain in MANY:
            before.publish(plain)
        whole, first = before.ask(limit=100).ids, before.post("/v1/recommendations", body)
        before.withdraw("doc-03")
    with site(tmp_path / "data", clock) as after:
        pages = [first, *rest(after, body, first.body["next_cursor"])]
    assert [name for page in pages for name in page.ids] == whole


def test_a_cursor_lives_an_hour(many: Site) -> None:
    body = {"profile": {}, "limit": 3}
    cursor = many.post("/v1/recommendations", body).body["next_cursor"]
    many.later(seconds=3_600)
    second = follow(many, body, cursor)
    assert second.status == 200
    many.later(seconds=1)
    answer = follow(many, body, second.body["next_cursor"])
    assert (answer.status, answer.code) == (410, "cursor_gone")


def test_the_limit_may_differ_and_nothing_else(many: Site) -> None:
    body = {"profile": {"facts": {"employees": 18}}, "limit": 3, "query": "补助"}
    cursor = many.post("/v1/recommendations", body).body["next_cursor"]
    assert follow(many, {**body, "limit": 5}, cursor).status == 200
    others: tuple[dict[str, Any], ...] = (
        {"query": "补"}, {"sort": "deadline"}, {"parts": ["certain"]}, {"states": ["open"]},
        {"kinds": ["tax"]}, {"regions": ["330000"]}, {"as_of": "2026-11-25"}, {"lang": "en"}, {"query": None},
        {"profile": {"facts": {"employees": 19}}},
    )  # fmt: skip
    for change in others:
        answer = follow(many, {**body, **change}, cursor)
        assert (answer.status, answer.code) == (400, "bad_cursor"), change


def test_a_cursor_that_was_tampered_with_is_refused(many: Site) -> None:
    body = {"profile": {}, "limit": 3}
    cursor = many.post("/v1/recommendations", body).body["next_cursor"]
    flipped = cursor[:40] + ("A" if cursor[40] != "A" else "B") + cursor[41:]
    zeros = base64.urlsafe_b64encode(b"\0" * 60).decode()
    for wrong in (
        cursor[:-1],
        cursor + "A",
        cursor + "=",
        " " + cursor,
        flipped,
        zeros,
        "x",
        "游标",
        "%%%",
        "A" * 9_999,
    ):
        answer = follow(many, body, wrong)
        assert (answer.status, answer.code) == (400, "bad_cursor"), wrong[:30]


def test_cursors_of_lists_and_of_asks_are_not_exchanged(many: Site) -> None:
    ask = many.ask(limit=3).body["next_cursor"]
    listed = many.get("/v1/measures?limit=3").body["next_cursor"]
    assert follow(many, {"profile": {}, "limit": 3}, listed).code == "bad_cursor"
    for path in (
        "/v1/measures",
        "/v1/enterprises",
        "/v1/policies",
        "/v1/jobs",
        "/v1/codes/regions",
        "/v1/facts",
    ):
        for cursor in (ask, listed, "tampered"):
            if (path, cursor) != ("/v1/measures", listed):
                answer = many.get(f"{path}?cursor={cursor}")
                assert (answer.status, answer.code) == (400, "bad_cursor"), path


def test_a_cursor_of_another_service_is_refused(many: Site, tmp_path: Path) -> None:
    cursor = many.ask(limit=3).body["next_cursor"]
    with site(tmp_path / "other") as other:
        assert follow(other, {"profile": {}, "limit": 3}, cursor).code == "bad_cursor"


@pytest.mark.parametrize("change", ["PUT", "PATCH"])
def test_a_changed_profile_ends_its_cursors(many: Site, change: str) -> None:
    many.put("/v1/enterprises/firm", {"name": "甲公司"})
    body = {"enterprise_id": "firm", "limit": 3}
    cursor = many.post("/v1/recommendations", body).body["next_cursor"]
    assert many.send(change, "/v1/enterprises/firm", {"name": "甲公司"}).status == 200
    assert follow(many, body, cursor).status == 200
    many.send(change, "/v1/enterprises/firm", {"name": "甲公司", "facts": {"employees": 5}})
    answer = follow(many, body, cursor)
    assert (answer.status, answer.code) == (410, "cursor_gone")


def test_a_profile_that_was_deleted_and_put_anew_is_another(many: Site) -> None:
    many.put("/v1/enterprises/firm", {"name": "甲公司"})
    body = {"enterprise_id": "firm", "limit": 3}
    cursor = many.post("/v1/recommendations", body).body["next_cursor"]
    many.send("DELETE", "/v1/enterprises/firm")
    assert follow(many, body, cursor).status == 404
    many.put("/v1/enterprises/firm", {"name": "乙公司"})
    assert follow(many, body, cursor).code == "cursor_gone"


def test_a_stored_profiles_cursor_needs_the_key_too(many: Site) -> None:
    many.put("/v1/enterprises/firm", {"name": "甲公司"})
    body = {"enterprise_id": "firm", "limit": 3}
    cursor = many.post("/v1/recommendations", body).body["next_cursor"]
    assert many.post("/v1/recommendations", {**body, "cursor": cursor}, key=None).code == "key_needed"


LISTS = ("/v1/measures", "/v1/measures?q=补助", "/v1/policies", "/v1/enterprises", "/v1/jobs",
         "/v1/policies/doc-00/revisions", "/v1/measures?document=doc-00")  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_links_lead_through_every_page_of_a_list(many: Site, path: str) -> None:
    for n in range(4):
        many.put(f"/v1/enterprises/firm-{n}", {"name": f"{n}公司"})
        many.put("/v1/policies/doc-00", document("doc-00", measure("a", summary=f"第{n}版"), measure("b")))
    more = "&" if "?" in path else "?"
    whole = [str(item) for item in many.get(f"{path}{more}limit=100").body["items"]]
    place, seen, pages = f"{path}{more}limit=1", [], 0
    while place:
        answer = many.get(place)
        seen += [str(item) for item in answer.body["items"]]
        link = answer.headers.get("link")
        assert (link is None) == (answer.body["next_cursor"] is None)
        assert link is None or link.endswith('>; rel="next"')
        place = "" if link is None else link[1:].partition(">")[0]
        pages += 1
    assert (seen, pages) == (whole, len(whole))


def test_a_list_of_measures_is_one_snapshot(many: Site) -> None:
    first = many.get("/v1/measures?limit=5")
    many.withdraw("doc-07")
    many.publish(document("doc-98"))
    assert many.get(first.headers["link"][1:].partition(">")[0] + "&limit=100").status == 422
    following = many.get(f"/v1/measures?limit=100&cursor={first.body['next_cursor']}")
    assert len(following.ids) == 11
    assert "doc-07.a" in following.ids
    assert "doc-98.one" not in following.ids


def test_an_ask_that_fits_one_page_has_no_cursor_and_no_link(many: Site) -> None:
    answer = many.ask(limit=16)
    assert answer.body["next_cursor"] is None
    assert "link" not in answer.headers
