"""Policies: drafted, revised, published, withdrawn; what each changes, and what not yet."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.documents import NOBODY, document, measure
from tests.contract.site import Site

WRITTEN = {"id", "revision", "status", "warnings"}


def state(at: Site, name: str) -> tuple[Any, ...]:
    body = at.get(f"/v1/policies/{name}").body
    return tuple(body[member] for member in ("status", "revision", "draft_revision"))


def test_a_new_document_is_a_draft(own: Site) -> None:
    answer = own.post("/v1/policies", document("doc-one"))
    assert answer.status == 201
    assert set(answer.body) >= WRITTEN
    assert (answer.body["id"], answer.body["status"], answer.body["warnings"]) == ("doc-one", "draft", [])
    assert own.get("/v1/measures").body["items"] == []
    assert own.get("/v1/measures/doc-one.one").status == 404


def test_an_id_that_exists_is_refused(own: Site) -> None:
    own.post("/v1/policies", document("doc-one"))
    answer = own.post("/v1/policies", document("doc-one", title="另一份"))
    assert (answer.status, answer.faults) == (409, [("/id", "duplicate_id")])
    assert own.get("/v1/policies/doc-one").body["title"] == "doc-one办法"


def test_a_document_is_given_back_with_every_member(own: Site) -> None:
    own.post("/v1/policies", document("doc-one"))
    body = own.get("/v1/policies/doc-one").body
    assert set(body) >= {
        "id", "title", "doc_no", "issuers", "level", "region", "published_on", "effective_from",
        "effective_to", "in_force", "provenance", "checked_on", "source", "text", "summary", "measures",
    }  # fmt: skip
    assert set(body["measures"][0]) >= {
        "key", "title", "kind", "mode", "summary", "rule", "windows", "benefits", "materials", "steps",
        "contact", "budget", "requires", "grants", "excludes",
    }  # fmt: skip


def test_a_draft_changes_nothing_until_it_is_published(own: Site) -> None:
    own.publish(document("doc-one", measure("a", title="旧名")))
    before = own.ask().body
    answer = own.put("/v1/policies/doc-one", document("doc-one", measure("a", NOBODY, title="新名")))
    assert (answer.status, answer.body["revision"], answer.body["status"]) == (200, 2, "published")
    assert state(own, "doc-one") == ("published", 1, 2)
    assert own.ask().body["items"] == before["items"]
    assert own.get("/v1/measures/doc-one.a").body["title"] == "旧名"
    own.post("/v1/policies/doc-one/publish")
    assert state(own, "doc-one") == ("published", 2, None)
    assert own.ask().body["counts"]["excluded"] == 1


def test_equal_content_makes_no_revision(own: Site) -> None:
    own.publish(document("doc-one"))
    assert own.put("/v1/policies/doc-one", document("doc-one")).body["revision"] == 1
    assert state(own, "doc-one") == ("published", 1, None)
    assert len(own.get("/v1/policies/doc-one/revisions").body["items"]) == 1


def test_publishing_again_is_no_job_and_no_telling(own: Site) -> None:
    own.post("/v1/policies", document("doc-one"))
    first = own.post("/v1/policies/doc-one/publish")
    assert (first.status, len(first.body["jobs"]) > 0) == (202, True)
    again = own.post("/v1/policies/doc-one/publish", {"notify": True})
    assert (again.status, again.body) == (202, {"jobs": []})


def test_withdrawing_twice_is_no_job_and_a_draft_conflicts(own: Site) -> None:
    own.post("/v1/policies", document("doc-one"))
    draft = own.withdraw("doc-one")
    assert (draft.status, draft.code) == (409, "conflict")
    own.post("/v1/policies/doc-one/publish")
    assert own.withdraw("doc-one").status == 202
    again = own.withdraw("doc-one")
    assert (again.status, again.body) == (202, {"jobs": []})


def test_a_withdrawn_document_may_be_published_again(own: Site) -> None:
    own.publish(document("doc-one"))
    own.withdraw("doc-one")
    assert own.ask().ids == []
    assert own.post("/v1/policies/doc-one/publish").status == 202
    assert own.ask().ids == ["doc-one.one"]
    assert own.get("/v1/measures/doc-one.one").body["status"] == "published"


def test_a_withdrawn_measure_says_since_when_why_and_what_replaces_it(own: Site) -> None:
    own.publish(document("doc-one"))
    own.post("/v1/policies", document("doc-two"))
    body = {"reason": "被新办法取代", "replaced_by": "doc-two"}
    assert own.post("/v1/policies/doc-one/withdraw", body).status == 202
    shown = own.get("/v1/measures/doc-one.one")
    assert shown.status == 200
    assert shown.body.items() >= {"status": "withdrawn", **body}.items()
    assert shown.body["withdrawn_at"].startswith("2026-11-24T")
    assert own.get("/v1/measures").body["items"] == []
    assert own.get("/v1/policies/doc-one").body["status"] == "withdrawn"


def test_a_measure_that_a_revision_lacks_is_withdrawn_as_revised(own: Site) -> None:
    own.publish(document("doc-one", measure("a"), measure("b")))
    own.publish(document("doc-one", measure("b"), measure("c")))
    assert sorted(own.ask().ids) == ["doc-one.b", "doc-one.c"]
    gone = own.get("/v1/measures/doc-one.a").body
    assert (gone["status"], gone["reason"]) == ("withdrawn", "revised")
    own.publish(document("doc-one", measure("a")))
    assert own.get("/v1/measures/doc-one.a").body["status"] == "published"
    assert own.get("/v1/measures/doc-one.b").body["reason"] == "revised"


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("PUT", "/v1/policies/no-such", "no-such", (404, "not_found")),
        ("PUT", "/v1/policies/Bad.Id", "no-such", (422, "bad_id")),
        ("PUT", "/v1/policies/ab", "no-such", (422, "bad_id")),
        ("PUT", "/v1/policies/doc-one", "other-id", (422, "bad_id")),
        ("GET", "/v1/policies/no-such", None, (404, "not_found")),
        ("GET", "/v1/policies/Bad.Id", None, (404, "not_found")),
        ("GET", "/v1/policies/no-such/revisions", None, (404, "not_found")),
        ("POST", "/v1/policies/no-such/publish", {}, (404, "not_found")),
        ("POST", "/v1/policies/no-such/withdraw", {"reason": "x"}, (404, "not_found")),
        ("POST", "/v1/policies/doc-one/withdraw", {}, (422, "missing_member")),
        ("POST", "/v1/policies/doc-one/withdraw", {"reason": ""}, (422, "bad_text")),
        (
            "POST",
            "/v1/policies/doc-one/withdraw",
            {"reason": "x", "replaced_by": "no-such"},
            (404, "not_found"),
        ),
        ("POST", "/v1/policies/doc-one/withdraw", {"reason": "x", "replaced_by": "A"}, (422, "bad_id")),
        ("POST", "/v1/policies/doc-one/publish", {"notify": "yes"}, (422, "wrong_type")),
        ("POST", "/v1/policies/doc-one/publish", {"loud": True}, (422, "unknown_member")),
        ("GET", "/v1/policies?status=live", None, (422, "unknown_code")),
    ],
)
def test_what_cannot_be_is_refused(own: Site, method: str, path: str, body: Any, told: Any) -> None:
    own.publish(document("doc-one"))
    answer = own.send(method, path, document(body) if isinstance(body, str) else body)
    assert (answer.status, answer.code) == told
    assert state(own, "doc-one") == ("published", 1, None)


WRONG: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"id": "Ab"}, [("/id", "bad_id")]),
    ({"id": "ab"}, [("/id", "bad_id")]),
    ({"id": "-abc"}, [("/id", "bad_id")]),
    ({"title": ""}, [("/title", "bad_text")]),
    ({"issuers": []}, [("/issuers", "out_of_range")]),
    ({"level": "world"}, [("/level", "unknown_code")]),
    ({"region": 0}, [("/region", "wrong_type")]),
    ({"region": "999999"}, [("/region", "unknown_region")]),
    ({"published_on": "2016-02-30"}, [("/published_on", "bad_date")]),
    ({"effective_from": "2016-02-01", "effective_to": "2016-01-01"}, [("/effective_to", "bad_range")]),
    ({"in_force": "yes"}, [("/in_force", "unknown_code")]),
    ({"provenance": "guessed"}, [("/provenance", "unknown_code")]),
    ({"source": {"url": "ftp://x"}}, [("/source/url", "bad_url")]),
    ({"source": {"url": "javascript:alert(1)"}}, [("/source/url", "bad_url")]),
    ({"source": {"link": "x"}}, [("/source/link", "unknown_member")]),
    ({"measures": []}, [("/measures", "out_of_range")]),
    ({"measures": None}, [("/measures", "missing_member")]),
    ({"warnings": []}, [("/warnings", "unknown_member")]),
    ({"status": "draft"}, [("/status", "unknown_member")]),
    ({"measures": [measure("a"), measure("a")]}, [("/measures/1/key", "duplicate_id")]),
    ({"measures": [measure("A")]}, [("/measures/0/key", "bad_id")]),
    ({"measures": [measure(kind="loan")]}, [("/measures/0/kind", "unknown_code")]),
    ({"measures": [measure(mode="post")]}, [("/measures/0/mode", "unknown_code")]),
    ({"measures": [measure(windows=[{"opens": "2026-03-02", "closes": "2026-03-01"}])]}, [
        ("/measures/0/windows/0/closes", "bad_range")]),
    ({"measures": [measure(windows=[{"recurs": "monthly", "opens": "03-01", "closes": "03-02"}])]}, [
        ("/measures/0/windows/0/recurs", "unknown_code")]),
    ({"measures": [measure(windows=[{"recurs": "yearly", "opens": "02-30", "closes": "03-02"}])]}, [
        ("/measures/0/windows/0/opens", "bad_date")]),
    ({"measures": [measure(windows=[{"recurs": "yearly", "opens": "03-01", "closes": None}])]}, [
        ("/measures/0/windows/0/closes", "missing_member")]),
    ({"measures": [measure(windows={})]}, [("/measures/0/windows", "wrong_type")]),
    ({"measures": [measure(benefits=[{"nature": "gift"}])]}, [
        ("/measures/0/benefits/0/nature", "unknown_code")]),
    ({"measures": [measure(benefits=[{"nature": "cash", "min": 5, "max": 4}])]}, [
        ("/measures/0/benefits/0/max", "bad_range")]),
    ({"measures": [measure(benefits=[{"nature": "cash", "max": -1}])]}, [
        ("/measures/0/benefits/0/max", "out_of_range")]),
    ({"measures": [measure(budget={"state": "gone"})]}, [("/measures/0/budget/state", "unknown_code")]),
    ({"measures": [measure(contact={"url": "x"})]}, [("/measures/0/contact/url", "bad_url")]),
    ({"measures": [measure(requires=["best"])]}, [("/measures/0/requires/0", "unknown_code")]),
    ({"measures": [measure(excludes=["x"])]}, [("/measures/0/excludes/0", "bad_id")]),
    ({"measures": [measure(rule={"field": "employees", "over": 5})]}, [
        ("/measures/0/rule/over", "unknown_operator")]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "faults"), WRONG, ids=lambda each: str(each)[:60])
def test_a_wrong_document_is_refused_at_its_place(shared: Site, change: Any, faults: Any) -> None:
    answer = shared.post("/v1/policies", {**document("zz-wrong"), **change})
    assert answer.faults == faults
    assert answer.status == (409 if faults[0][1] == "duplicate_id" else 422)
    assert shared.get("/v1/policies/zz-wrong").status == 404


def test_documents_are_listed_by_id_and_by_status(own: Site) -> None:
    own.publish(document("doc-live"))
    own.publish(document("doc-gone"))
    own.withdraw("doc-gone")
    own.post("/v1/policies", document("doc-draft"))
    own.put("/v1/policies/doc-live", document("doc-live", title="新"))
    items = own.get("/v1/policies").body["items"]
    assert [item["id"] for item in items] == ["doc-draft", "doc-gone", "doc-live"]
    assert set(items[0]) == {"id", "title", "level", "region", "status", "revision", "draft_revision"}
    for status, name in (("draft", "doc-draft"), ("published", "doc-live"), ("withdrawn", "doc-gone")):
        assert own.get(f"/v1/policies?status={status}").ids == [name]
    assert items[2].items() >= {"title": "doc-live办法", "revision": 1, "draft_revision": 2}.items()


def test_a_key_makes_a_repeated_post_one(own: Site) -> None:
    plain = document("doc-one")
    first = own.post("/v1/policies", plain, idempotency_key="k1")
    again = own.post("/v1/policies", plain, idempotency_key="k1")
    assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
    other = own.post("/v1/policies", document("doc-two"), idempotency_key="k1")
    assert (other.status, other.code) == (409, "idempotency_mismatch")
    assert own.get("/v1/policies/doc-two").status == 404


def test_a_key_is_kept_for_a_day_and_for_its_own_path(own: Site) -> None:
    own.post("/v1/policies", document("doc-one"), idempotency_key="k1")
    assert own.post("/v1/policies/doc-one/publish", {}, idempotency_key="k1").status == 202
    own.later(hours=24, seconds=1)
    assert own.post("/v1/policies", document("doc-one"), idempotency_key="k1").code == "duplicate_id"


def test_a_refusal_is_not_kept(own: Site) -> None:
    assert own.post("/v1/policies", {}, idempotency_key="k1").status == 422
    assert own.post("/v1/policies", document("doc-one"), idempotency_key="k1").status == 201
    assert own.post("/v1/policies/doc-two/publish", {}, idempotency_key="k2").status == 404
    own.post("/v1/policies", document("doc-two"))
    assert own.post("/v1/policies/doc-two/publish", {}, idempotency_key="k2").body["jobs"] != []


def test_twins_at_one_moment_have_one_effect(own: Site) -> None:
    own.post("/v1/policies", document("doc-one"))
    with ThreadPoolExecutor(6) as pool:
        each = [
            pool.submit(own.post, "/v1/policies/doc-one/publish", {}, idempotency_key="twin")
            for _ in range(6)
        ]
    answers = {str(one.result().body) for one in each}
    assert len(answers) == 1
    assert "[]" not in answers.pop()


def test_twins_that_create_without_a_key_have_one_effect(own: Site) -> None:
    with ThreadPoolExecutor(6) as pool:
        each = [pool.submit(own.post, "/v1/policies", document("doc-one")) for _ in range(6)]
    assert sorted(one.result().status for one in each) == [201, 409, 409, 409, 409, 409]
