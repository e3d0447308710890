"""Every code of the contract's table that can be raised by now: its status, and a title and a sentence."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.documents import EVERYBODY, document, measure
from tests.contract.site import PROBLEM, Answer, Site

ASK = "/v1/recommendations"


def facts(at: Site, **given: Any) -> Answer:
    return at.ask({"facts": given})


def rule(at: Site, written: Any) -> Answer:
    return at.post("/v1/eligibility", {"profile": {}, "rules": {"r": written}})


def gone(at: Site) -> Answer:
    cursor = at.ask(limit=1).body["next_cursor"]
    at.later(hours=1, seconds=1)
    answer = at.ask(limit=1, cursor=cursor)
    at.later(hours=-1, seconds=-1)
    return answer


def mismatch(at: Site) -> Answer:
    at.post("/v1/index/rebuild", {}, idempotency_key="mismatch")
    return at.post("/v1/index/rebuild", b"", idempotency_key="mismatch")


def conflict(at: Site) -> Answer:
    at.post("/v1/policies", document("zz-conflict"))
    return at.withdraw("zz-conflict")


RAISED: dict[str, tuple[int, Callable[[Site], Answer]]] = {
    "malformed_json": (400, lambda at: at.post(ASK, b"{")),
    "invalid_encoding": (400, lambda at: at.post(ASK, b'"\xff"')),
    "too_deep": (400, lambda at: at.post(ASK, b"[" * 200 + b"]" * 200)),
    "bad_cursor": (400, lambda at: at.ask(cursor="x")),
    "key_needed": (401, lambda at: at.get("/v1/jobs", key=None)),
    "not_found": (404, lambda at: at.get("/v1/jobs/x")),
    "method_not_allowed": (405, lambda at: at.send("DELETE", "/v1/jobs")),
    "duplicate_id": (409, lambda at: at.post("/v1/policies", document("aa-parts"))),
    "conflict": (409, conflict),
    "idempotency_mismatch": (409, mismatch),
    "cursor_gone": (410, gone),
    "too_large": (413, lambda at: at.post(ASK, b" " * (1 << 21))),
    "unsupported_type": (415, lambda at: at.post(ASK, b"{}", content_type="text/plain")),
    "unknown_member": (422, lambda at: at.ask(colour=1)),
    "missing_member": (422, lambda at: at.post(ASK, {})),
    "wrong_type": (422, lambda at: facts(at, employees=True)),
    "out_of_range": (422, lambda at: facts(at, employees=-1)),
    "bad_range": (422, lambda at: facts(at, employees={"min": 2, "max": 1})),
    "bad_date": (422, lambda at: facts(at, registered_on="2026-02-30")),
    "bad_text": (422, lambda at: at.ask({"name": "\x00"})),
    "bad_id": (422, lambda at: at.put("/v1/enterprises/a.b", {"name": "x"})),
    "bad_url": (422, lambda at: at.post("/v1/policies", document("zz-url", source={"url": "x"}))),
    "bad_credit_code": (422, lambda at: at.ask({"credit_code": "1"})),
    "unknown_region": (422, lambda at: facts(at, region="999999")),
    "unknown_industry": (422, lambda at: facts(at, industry="Z")),
    "unknown_fact": (422, lambda at: facts(at, size="micro")),
    "unknown_code": (422, lambda at: facts(at, legal_form="gmbh")),
    "unknown_operator": (422, lambda at: rule(at, {"allof": []})),
    "unknown_measure": (422, lambda at: at.post("/v1/eligibility", {"profile": {}, "measures": ["x"]})),
    "bad_rule": (422, lambda at: rule(at, {})),
    "rule_too_large": (422, lambda at: rule(at, {"all": [EVERYBODY] * 2_000})),
    "conflicting_values": (422, lambda at: at.post(ASK, {"profile": {}, "enterprise_id": "x"})),
    "not_yet": (422, lambda at: at.post("/v1/measures/aa-parts.certain/audience", {"by": ["size"]})),
}


@pytest.mark.parametrize("code", RAISED)
def test_a_code_is_raised_with_its_status_as_a_problem(shared: Site, code: str) -> None:
    status, raised = RAISED[code]
    answer = raised(shared)
    body = answer.body
    assert (answer.status, answer.code, body["status"]) == (status, code, status)
    assert answer.headers["content-type"] == PROBLEM
    assert body["type"]
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert all({"code", "detail"} < set(fault) for fault in body["errors"])


@pytest.mark.slow
def test_a_locked_database_is_told_with_when_to_come_again(own: Site) -> None:
    with sqlite3.connect(own.services.settings.folder / "huiqi.sqlite") as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = own.post("/v1/policies", document("doc-one"))
    assert (answer.status, answer.code) == (503, "database_unavailable")
    assert int(answer.headers["retry-after"]) >= 0
    assert own.get("/v1/policies/doc-one").status == 404


def test_what_breaks_inside_is_told_without_its_insides(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret 机密")

    monkeypatch.setattr(own.services.shelf, "current", breaks)
    answer = own.ask()
    assert (answer.status, answer.code) == (500, "internal")
    assert answer.headers["content-type"] == PROBLEM
    assert "机密" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def test_a_publication_that_breaks_midway_leaves_nothing(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    own.post("/v1/policies", document("doc-one", measure()))
    monkeypatch.setattr("service.publishing.actions.enqueue", breaks)
    assert own.post("/v1/policies/doc-one/publish").status == 500
    monkeypatch.undo()
    assert own.get("/v1/policies/doc-one").body["status"] == "draft"
    assert own.ask().body["snapshot"]["catalogue"] == 0
    assert own.get("/v1/jobs").body["items"] == []
