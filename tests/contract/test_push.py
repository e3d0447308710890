"""Telling: who is told of what, once each, and what an inbox shows."""

from typing import Any

import pytest

from tests.contract.documents import ATTESTED, EVERYBODY, NOBODY, SMALL, document, measure
from tests.contract.site import Site


def inbox(at: Site, name: str, query: str = "") -> list[Any]:
    return list(at.get(f"/v1/enterprises/{name}/notifications{query}").body["items"])


def told(at: Site, name: str) -> list[str]:
    return [item["measure_id"] for item in inbox(at, name)]


@pytest.fixture
def firm(own: Site) -> Site:
    own.put("/v1/enterprises/firm", {"name": "甲公司"})
    return own


@pytest.mark.parametrize(
    ("rule", "part"),
    [(EVERYBODY, "certain"), (ATTESTED, "checkable"), (SMALL, None), (NOBODY, None)],
    ids=["certain", "checkable", "undecided", "excluded"],
)
def test_certain_and_checkable_matches_are_told(firm: Site, rule: Any, part: str | None) -> None:
    firm.publish(document("doc-one", measure("a", rule)), notify=True)
    firm.work()
    assert [item["part"] for item in inbox(firm, "firm")] == ([part] if part else [])


@pytest.mark.parametrize(
    ("windows", "is_told"),
    [
        ([], True),
        (None, False),
        ([{"opens": "2026-11-24", "closes": "2026-11-24"}], True),
        ([{"opens": "2026-11-25", "closes": None}], True),
        ([{"opens": None, "closes": "2026-11-23"}], False),
    ],
)
def test_what_is_open_rolling_or_upcoming_is_told(firm: Site, windows: Any, is_told: bool) -> None:
    firm.publish(document("doc-one", measure("a", windows=windows)), notify=True)
    firm.work()
    assert told(firm, "firm") == (["doc-one.a"] if is_told else [])


def test_a_notification_has_the_members_of_the_contract(firm: Site) -> None:
    firm.publish(document("doc-one"), notify=True)
    firm.work()
    [item] = inbox(firm, "firm")
    assert set(item) >= {"id", "type", "created_at", "measure_id", "title", "part", "text", "read_at"}
    assert (item["type"], item["measure_id"], item["read_at"]) == ("measure.matched", "doc-one.one", None)
    assert item["title"]
    assert item["text"]


def test_publishing_tells_by_default(firm: Site) -> None:
    firm.post("/v1/policies", document("doc-one"))
    firm.post("/v1/policies/doc-one/publish")
    firm.work()
    assert told(firm, "firm") == ["doc-one.one"]


def test_nobody_is_told_of_a_measure_twice(firm: Site) -> None:
    firm.publish(document("doc-one"), notify=True)
    firm.work()
    firm.publish(document("doc-one", measure(title="改")), notify=True)
    firm.withdraw("doc-one")
    firm.post("/v1/policies/doc-one/publish")
    firm.send("PATCH", "/v1/enterprises/firm", {"facts": {"employees": 5}})
    firm.work()
    assert told(firm, "firm") == ["doc-one.one"]


def test_a_changed_profile_is_told_one_by_one_and_a_new_one_all_at_once(firm: Site) -> None:
    firm.work()
    firm.publish(document("doc-one", measure("a", SMALL), measure("b", SMALL)), notify=True)
    firm.work()
    firm.send("PATCH", "/v1/enterprises/firm", {"facts": {"employees": 5}})
    firm.put("/v1/enterprises/late", {"name": "后来公司", "facts": {"employees": 5}})
    firm.work()
    assert told(firm, "firm") == ["doc-one.a", "doc-one.b"]
    [summary] = inbox(firm, "late")
    assert (summary["type"], summary["measure_id"]) == ("matches.summary", None)
    assert [each["id"] for each in summary["data"]["measures"]] == ["doc-one.a", "doc-one.b"]


def test_who_was_not_told_before_is_told_by_a_later_publication(firm: Site) -> None:
    firm.publish(document("doc-one"), notify=False)
    firm.work()
    assert told(firm, "firm") == []
    firm.publish(document("doc-one", measure(title="改")), notify=True)
    firm.work()
    assert told(firm, "firm") == ["doc-one.one"]


def test_an_inbox_is_read_oldest_first_and_onward_from_one(firm: Site) -> None:
    for n in range(3):
        firm.later(seconds=1)
        firm.publish(document(f"doc-{n}00"), notify=True)
        firm.work()
    items = inbox(firm, "firm")
    assert [item["measure_id"] for item in items] == ["doc-000.one", "doc-100.one", "doc-200.one"]
    assert inbox(firm, "firm", f"?after={items[0]['id']}") == items[1:]
    assert inbox(firm, "firm", f"?after={items[2]['id']}") == []
    first = firm.get(f"/v1/enterprises/firm/notifications?limit=1&after={items[0]['id']}")
    assert first.body["items"] == items[1:2]
    assert inbox(firm, "firm", f"?after={items[0]['id']}&cursor={first.body['next_cursor']}") == items[2:]


@pytest.mark.parametrize("after", ["01a20bb5-e600-7ccf-aaeb-5be5d01a7564", "x", "'--", "%E4%B8%80"])
def test_an_unknown_after_is_not_found(firm: Site, after: str) -> None:
    answer = firm.get(f"/v1/enterprises/firm/notifications?after={after}")
    assert (answer.status, answer.code) == (404, "not_found")


def test_another_enterprises_notification_is_not_found(firm: Site) -> None:
    firm.put("/v1/enterprises/other", {"name": "乙公司"})
    firm.publish(document("doc-one"), notify=True)
    firm.work()
    [mine] = inbox(firm, "firm")
    assert firm.get(f"/v1/enterprises/other/notifications?after={mine['id']}").status == 404
    assert firm.post(f"/v1/enterprises/other/notifications/{mine['id']}/read").status == 404


def test_reading_may_be_repeated(firm: Site) -> None:
    firm.publish(document("doc-one"), notify=True)
    firm.work()
    [item] = inbox(firm, "firm")
    path = f"/v1/enterprises/firm/notifications/{item['id']}/read"
    first = firm.post(path)
    firm.later(minutes=1)
    assert (first.status, firm.post(path).status) == (200, 200)
    assert inbox(firm, "firm")[0]["read_at"] is not None
    assert firm.post("/v1/enterprises/firm/notifications/nothing/read").status == 404
    assert firm.post(path, {"colour": 1}).faults == [("/colour", "unknown_member")]


def test_an_audience_counts_every_enterprise_by_its_part(own: Site) -> None:
    own.publish(document("doc-one", measure("a", {"all": [SMALL, ATTESTED]})))
    answers = {"doc-one.a#in-key-industry": True}
    own.put("/v1/enterprises/z-certain", {"name": "一", "facts": {"employees": 5}, "answers": answers})
    own.put("/v1/enterprises/a-checkable", {"name": "二", "facts": {"employees": 5}})
    own.put("/v1/enterprises/b-checkable", {"name": "三", "facts": {"employees": 6}})
    own.put("/v1/enterprises/undecided", {"name": "四"})
    own.put("/v1/enterprises/excluded", {"name": "五", "facts": {"employees": 21}})
    body = own.post("/v1/measures/doc-one.a/audience").body
    assert body["counts"] == {"certain": 1, "checkable": 2, "undecided": 1, "excluded": 1}
    assert body["sample"] == ["z-certain", "a-checkable", "b-checkable"]
    assert own.post("/v1/measures/doc-one.a/audience", {"sample": 0}).body["sample"] == []
    assert len(own.post("/v1/measures/doc-one.a/audience", {"sample": 2}).body["sample"]) == 2


def test_an_audience_is_of_the_live_rule_unless_the_draft_is_asked_for(own: Site) -> None:
    own.put("/v1/enterprises/firm", {"name": "甲公司"})
    own.post("/v1/policies", document("doc-one", measure("a", NOBODY)))
    path = "/v1/measures/doc-one.a/audience"
    assert own.post(path).body["counts"]["excluded"] == 1
    own.post("/v1/policies/doc-one/publish")
    own.put("/v1/policies/doc-one", document("doc-one", measure("a")))
    assert own.post(path).body["counts"]["excluded"] == 1
    assert own.post(path, {"draft": True}).body["counts"]["certain"] == 1
    assert own.post("/v1/measures/doc-one.b/audience").status == 404


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"sample": -1}, ("/sample", "out_of_range")),
        ({"sample": "5"}, ("/sample", "wrong_type")),
        ({"as_of": "2026-02-30"}, ("/as_of", "bad_date")),
        ({"draft": 1}, ("/draft", "wrong_type")),
        ({"limit": 1}, ("/limit", "unknown_member")),
    ],
)
def test_a_wrong_question_about_an_audience_is_refused(shared: Site, body: Any, fault: Any) -> None:
    answer = shared.post("/v1/measures/aa-parts.certain/audience", body)
    assert (answer.status, answer.faults) == (422, [fault])
