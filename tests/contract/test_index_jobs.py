"""The index, its generations, the jobs, and health."""

from typing import Any

import pytest

from tests.contract.documents import document
from tests.contract.site import Site

JOB = {"id", "kind", "state", "progress", "eta_s", "result", "error"}


def test_the_index_is_told(own: Site) -> None:
    own.publish(document("doc-one"))
    [job] = own.post("/v1/index/rebuild").body["jobs"]
    own.work()
    body = own.get("/v1/index").body
    assert set(body) >= {
        "generation", "built_at", "measures", "passages", "enterprises", "encoder", "pending", "kept",
    }  # fmt: skip
    assert (body["measures"], body["pending"], body["encoder"]) == (1, 0, None)
    assert body["generation"] in body["kept"]
    assert own.get(f"/v1/jobs/{job}").body["state"] == "done"
    assert own.ask().body["snapshot"]["generation"] == body["generation"]


def test_a_publication_keeps_the_generation_and_a_rollback_applies_it_again(own: Site) -> None:
    own.publish(document("doc-one"))
    own.post("/v1/index/rebuild")
    own.work()
    first = own.get("/v1/index").body["generation"]
    own.publish(document("doc-two"))
    own.work()
    body = own.get("/v1/index").body
    assert (body["generation"], body["measures"], body["pending"]) == (first, 2, 0)
    own.post("/v1/index/rebuild")
    own.work()
    assert own.get("/v1/index").body["generation"] != first
    assert own.post("/v1/index/rollback", {"generation": first}).status == 202
    own.work()
    body = own.get("/v1/index").body
    assert (body["generation"], body["measures"]) == (first, 2)
    assert sorted(own.ask(query="doc-two办法").ids) == ["doc-one.one", "doc-two.one"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, (422, "missing_member")),
        ({"generation": 5}, (422, "wrong_type")),
        ({"generation": "../../etc"}, (404, "not_found")),
        ({"generation": "01a20bb5-e600-7ccf-aaeb-5be5d01a7564"}, (404, "not_found")),
    ],
)
def test_a_generation_that_is_not_kept_is_refused(shared: Site, body: Any, told: Any) -> None:
    answer = shared.post("/v1/index/rollback", body)
    assert (answer.status, answer.code) == told


def test_jobs_are_told_and_listed_by_state(own: Site) -> None:
    [job] = own.post("/v1/index/rebuild").body["jobs"]
    queued = own.get(f"/v1/jobs/{job}").body
    assert set(queued) >= JOB
    assert (queued["state"], set(queued["progress"])) == ("queued", {"done", "total"})
    assert own.get("/v1/jobs?state=queued").ids == [job]
    own.work()
    assert own.get("/v1/jobs?state=queued").ids == []
    assert own.get("/v1/jobs?state=done").ids == [job]
    assert own.get("/v1/jobs?state=sleeping").faults == [("state", "unknown_code")]
    assert own.get("/v1/jobs/nothing").status == 404


@pytest.mark.parametrize(
    ("state", "shown"), [("held", "queued"), ("recalled", "cancelled"), ("running", "running")]
)
def test_a_delivery_that_is_held_or_recalled_is_told_in_the_words_of_jobs(
    own: Site, state: str, shown: str
) -> None:
    [job] = own.post("/v1/index/rebuild").body["jobs"]
    own.stands(job, state)
    assert own.get(f"/v1/jobs/{job}").body["state"] == shown
    found = {name: own.get(f"/v1/jobs?state={name}").ids for name in ("queued", "running", "cancelled")}
    assert found == {name: [job] if name == shown else [] for name in found}


def test_a_held_job_can_be_cancelled(own: Site) -> None:
    [job] = own.post("/v1/index/rebuild").body["jobs"]
    own.stands(job, "held")
    assert own.post(f"/v1/jobs/{job}/cancel").body["state"] == "cancelled"


def test_a_waiting_job_can_be_cancelled_and_a_finished_one_not(own: Site) -> None:
    [job] = own.post("/v1/index/rebuild").body["jobs"]
    assert own.post(f"/v1/jobs/{job}/cancel").body["state"] == "cancelled"
    assert own.work() == []
    again = own.post(f"/v1/jobs/{job}/cancel")
    assert (again.status, again.code) == (409, "conflict")
    assert own.post("/v1/jobs/nothing/cancel").status == 404


def test_a_process_that_lives_says_so(own: Site) -> None:
    assert own.get("/livez", key=None).status == 200


def test_without_a_generation_nothing_is_ready(own: Site) -> None:
    answer = own.get("/readyz", key=None)
    assert (answer.status, answer.code) == (503, "not_ready")
    assert int(answer.headers["retry-after"]) >= 0


def test_an_empty_catalogue_has_an_empty_generation_and_is_ready(own: Site) -> None:
    own.post("/v1/index/rebuild")
    own.work()
    body = own.get("/readyz", key=None).body
    parts = {"database", "catalogue", "index", "encoder", "ranker", "redis", "worker"}
    assert set(body["parts"]) == parts
    assert set(body["parts"].values()) <= {"ok", "loading", "down", "off"}
    assert (body["parts"]["encoder"], body["parts"]["redis"]) == ("off", "off")
    assert (body["status"], body["parts"]["worker"]) == ("degraded", "down")


def test_metrics_are_told_without_a_key(shared: Site) -> None:
    assert shared.get("/metrics", key=None).status == 200
