"""A push is paused, resumed and recalled by its document; each answers with the same numbers."""

import pytest

from tests.contract.documents import document, measure
from tests.contract.site import Site

DEEDS = ("pause", "resume", "recall")
NUMBERS = {"waiting", "sent", "recalled"}


def told(at: Site) -> list[str]:
    return [item["measure_id"] for item in at.get("/v1/enterprises/firm/notifications").body["items"]]


@pytest.mark.parametrize("deed", DEEDS)
def test_each_is_answered_with_its_numbers_and_may_be_repeated(own: Site, deed: str) -> None:
    own.publish(document("doc-one"))
    for _ in range(2):
        answer = own.post(f"/v1/policies/doc-one/push/{deed}")
        assert answer.status == 200
        assert set(answer.body) >= NUMBERS
        assert all(answer.body[name] == 0 for name in NUMBERS)


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_not_there_is_not_found_and_a_draft_conflicts(own: Site, deed: str) -> None:
    assert own.post(f"/v1/policies/doc-one/push/{deed}").code == "not_found"
    own.post("/v1/policies", document("doc-one"))
    answer = own.post(f"/v1/policies/doc-one/push/{deed}")
    assert (answer.status, answer.code) == (409, "conflict")


def test_every_deed_needs_the_key(shared: Site) -> None:
    for deed in DEEDS:
        assert shared.post(f"/v1/policies/aa-parts/push/{deed}", key=None).code == "key_needed"


def test_nobody_is_told_under_a_pause_and_everybody_once_it_ends(own: Site) -> None:
    own.put("/v1/enterprises/firm", {"name": "甲公司"})
    own.work()
    own.publish(document("doc-one"), notify=True)
    own.post("/v1/policies/doc-one/push/pause")
    own.work()
    assert told(own) == []
    own.post("/v1/policies/doc-one/push/resume")
    own.work()
    assert told(own) == ["doc-one.one"]


def test_what_is_paused_is_listed_with_how_many_were_told_of_the_whole_document(own: Site) -> None:
    for name in ("one", "two"):
        own.put(f"/v1/enterprises/{name}", {"name": name})
    own.work()
    own.publish(document("a-doc", measure("x"), measure("y")), notify=True)
    own.work()
    own.post("/v1/policies/a-doc/push/pause")
    [paused] = own.get("/v1/pauses").body["items"]
    assert (paused["subject"], paused["told"], paused["not_ours"]) == ("a-doc", 2, 0)


def test_nobody_is_told_after_a_recall(own: Site) -> None:
    own.put("/v1/enterprises/firm", {"name": "甲公司"})
    own.work()
    own.publish(document("doc-one"), notify=True)
    own.post("/v1/policies/doc-one/push/recall")
    own.work()
    assert told(own) == []
