"""The index and the jobs: what waits, what is built, going back, cancelling."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from index.encoding import EncoderFailed
from service.database import outbox
from service.operations import indexing
from service.worker import HANDLERS
from tests.service.administering import Desk, desk
from tests.service.asking import LetterEncoder, document, measure

ONE, TWO = document("a-doc"), document("b-doc", measure("one"), measure("two"))


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def built(at: Desk) -> Any:
    """Rebuilds; the index as told."""
    await at.post("/v1/index/rebuild")
    await at.work()
    return (await at.get("/v1/index")).body


async def built_once(at: Desk) -> Any:
    """Runs one rebuild, whatever else waits; the index as told."""
    async with at.services.db.write() as c:
        job = await outbox.enqueue(c, "index.rebuild", {}, now=at.services.clock.now())
    await HANDLERS["index.rebuild"](at.services, outbox.Job(job, "index.rebuild", {}, 1, "test", 0))
    return (await at.get("/v1/index")).body


async def test_without_a_generation_the_index_is_told_empty(at: Desk) -> None:
    body = (await at.get("/v1/index")).body
    assert list(body) == [
        "generation", "built_at", "encoder", "measures", "passages", "pending", "enterprises", "kept",
    ]  # fmt: skip
    assert (body["generation"], body["measures"], body["kept"]) == (None, 0, [])


async def test_a_publication_without_a_generation_asks_for_one(at: Desk) -> None:
    await at.published(ONE, notify=False)
    kinds = [kind for kind, _ in await at.work() if kind != "tell"]
    assert kinds == ["index.delta", "index.rebuild"]
    assert (await at.get("/v1/index")).body["measures"] == 1


async def test_a_rebuild_makes_a_generation_of_what_is_published(at: Desk) -> None:
    encoder = LetterEncoder()
    at.world.use(encoder)
    await at.published(ONE)
    await at.published(TWO)
    await at.firm("f")
    body = await built(at)
    assert (body["measures"], body["enterprises"], body["pending"]) == (3, 1, 0)
    assert body["passages"] == 3
    assert body["encoder"] == {"id": encoder.id, "dim": encoder.dim, "sha256": encoder.sha256}
    assert body["kept"][0] == body["generation"]


async def test_without_its_encoder_a_first_generation_is_of_words_and_another_is_asked_for(at: Desk) -> None:
    at.world.use(None, "down")
    await at.published(ONE)
    body = await built_once(at)
    assert (body["measures"], body["encoder"]) == (1, None)
    at.world.use(LetterEncoder())
    await at.work()
    assert (await at.get("/v1/index")).body["encoder"] is not None


async def test_without_its_encoder_a_good_generation_is_not_replaced(at: Desk) -> None:
    at.world.use(LetterEncoder())
    before = await built(at)
    at.world.use(None, "down")
    with pytest.raises(EncoderFailed):
        await built_once(at)
    assert (await at.get("/v1/index")).body["generation"] == before["generation"]


async def test_another_encoder_asks_for_a_generation_of_its_own(at: Desk) -> None:
    at.world.use(LetterEncoder())
    await at.firm("f")
    await built(at)
    at.world.use(LetterEncoder("others"))
    await at.published(ONE, notify=False)
    kinds = [kind for kind, _ in await at.work() if kind != "tell"]
    assert kinds == ["index.delta", "index.rebuild", "enterprise.encode_all"]
    body = (await at.get("/v1/index")).body
    assert (body["encoder"]["id"], body["enterprises"]) == ("others", 1)


async def test_an_empty_catalogue_has_an_empty_generation(at: Desk) -> None:
    body = await built(at)
    assert (body["measures"], body["kept"]) == (0, [body["generation"]])


async def test_a_delta_keeps_the_generation_and_measures_wait_until_they_are_encoded(at: Desk) -> None:
    at.world.use(LetterEncoder())
    before = await built(at)
    await at.published(TWO, notify=False)
    waiting = (await at.get("/v1/index")).body
    assert (waiting["pending"], waiting["generation"]) == (2, before["generation"])
    await at.work()
    at.services.index._looked = 0.0
    after = (await at.get("/v1/index")).body
    assert (after["pending"], after["measures"], after["generation"]) == (0, 2, before["generation"])


async def test_no_text_is_encoded_twice(at: Desk) -> None:
    encoder, encoded = LetterEncoder(), []
    passages = encoder.passages
    encoder.passages = lambda texts: (encoded.extend(texts), passages(texts))[1]  # type: ignore[method-assign]
    at.world.use(encoder)
    await at.published(TWO)
    await at.work()
    await built(at)
    await at.published({**TWO, "doc_no": "某〔2026〕1号"})
    await built(at)
    assert len(encoded) == len(set(encoded)) == 2


async def test_a_rollback_serves_the_older_generation_with_what_was_published_since(at: Desk) -> None:
    await at.published(ONE, notify=False)
    first = await built(at)
    await at.published(TWO, notify=False)
    second = await built(at)
    assert second["generation"] != first["generation"]
    answer = await at.post("/v1/index/rollback", {"generation": first["generation"]})
    assert answer.status == 202
    await at.work()
    body = (await at.get("/v1/index")).body
    assert (body["generation"], body["measures"]) == (first["generation"], 3)
    assert set(body["kept"]) == {first["generation"], second["generation"]}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, (422, [("/generation", "missing_member")])),
        ({"generation": 1}, (422, [("/generation", "wrong_type")])),
        ({"generation": "../.."}, (404, ["not_found"])),
        ({"generation": "01a20bb5-e600-7a7c-b4b4-ca7076ee0740"}, (404, ["not_found"])),
    ],
)
async def test_going_back_to_what_is_not_kept_is_refused(at: Desk, body: object, told: object) -> None:
    assert await at.faults("POST", "/v1/index/rollback", body) == told


async def test_a_job_is_told_from_queued_to_done(at: Desk) -> None:
    (job,) = (await at.post("/v1/index/rebuild")).body["jobs"]
    first = (await at.get(f"/v1/jobs/{job}")).body
    assert {"id", "kind", "state", "progress", "eta_s", "result", "error"} <= set(first)
    assert (first["kind"], first["state"]) == ("index.rebuild", "queued")
    assert first["progress"] == {"done": 0, "total": None}
    await at.work()
    last = (await at.get(f"/v1/jobs/{job}")).body
    assert (last["state"], last["error"], last["result"]["measures"]) == ("done", None, 0)


async def test_a_running_job_tells_its_pace(at: Desk) -> None:
    await at.post("/v1/index/rebuild")
    job = await at.claimed()
    assert job is not None
    async with at.services.db.write() as c:
        assert await outbox.renew(c, [job], done=2, total=4)
    body = (await at.get(f"/v1/jobs/{job.id}")).body
    assert (body["state"], body["progress"]) == ("running", {"done": 2, "total": 4})
    assert body["eta_s"] >= 0


async def test_a_cancelled_job_never_runs(at: Desk) -> None:
    (job,) = (await at.post("/v1/index/rebuild")).body["jobs"]
    answer = await at.post(f"/v1/jobs/{job}/cancel")
    assert (answer.status, answer.body["state"]) == (200, "cancelled")
    assert await at.work() == []
    assert await at.faults("POST", f"/v1/jobs/{job}/cancel") == (409, ["conflict"])


async def test_a_running_job_that_is_cancelled_loses_its_lease(at: Desk) -> None:
    (name,) = (await at.post("/v1/index/rebuild")).body["jobs"]
    job = await at.claimed()
    assert job is not None
    await at.post(f"/v1/jobs/{name}/cancel")
    async with at.services.db.write() as c:
        assert not await outbox.finish(c, job, {})
    assert (await at.get(f"/v1/jobs/{name}")).body["state"] == "cancelled"


async def test_a_finished_job_cannot_be_cancelled(at: Desk) -> None:
    (job,) = (await at.post("/v1/index/rebuild")).body["jobs"]
    await at.work()
    assert await at.faults("POST", f"/v1/jobs/{job}/cancel", {}) == (409, ["conflict"])


async def test_jobs_are_listed_by_state_newest_first_in_pages(at: Desk) -> None:
    done = (await at.post("/v1/index/rebuild")).body["jobs"]
    await at.work()
    queued = [(await at.post("/v1/index/rebuild")).body["jobs"][0] for _ in range(3)]
    seen, place = [], "/v1/jobs?state=queued&limit=2"
    while place:
        answer = await at.get(place)
        seen += [item["id"] for item in answer.body["items"]]
        place = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert seen == sorted(queued, reverse=True)
    assert [item["id"] for item in (await at.get("/v1/jobs?state=done")).body["items"]] == done


@pytest.mark.parametrize(
    ("method", "place", "body", "told"),
    [
        ("GET", "/v1/jobs?state=new", None, (422, [("state", "unknown_code")])),
        ("GET", "/v1/jobs/x", None, (404, ["not_found"])),
        ("POST", "/v1/jobs/x/cancel", {}, (404, ["not_found"])),
        ("POST", "/v1/jobs/x/cancel", {"a": 1}, (422, [("/a", "unknown_member")])),
        ("POST", "/v1/index/rebuild", {"a": 1}, (422, [("/a", "unknown_member")])),
        ("POST", "/v1/index/rebuild", [], (422, [("", "wrong_type")])),
        ("GET", "/v1/index?a=1", None, (422, [("a", "unknown_member")])),
        ("DELETE", "/v1/index", None, (405, ["method_not_allowed"])),
    ],
)
async def test_a_wrong_request_is_refused(
    at: Desk, method: str, place: str, body: object, told: object
) -> None:
    assert await at.faults(method, place, body) == told


async def test_a_repeated_rebuild_with_a_key_is_one_job(at: Desk) -> None:
    first = await at.post("/v1/index/rebuild", {}, idempotency_key="k")
    again = await at.post("/v1/index/rebuild", {}, idempotency_key="k")
    assert first.body == again.body
    assert len(await at.work()) == 1


@pytest.mark.parametrize(("set_now", "asked"), [(LetterEncoder("others"), True), (LetterEncoder(), False)])
async def test_a_start_with_another_encoder_asks_for_a_generation(
    at: Desk, set_now: LetterEncoder, asked: bool
) -> None:
    at.world.use(LetterEncoder())
    await built(at)
    at.world.use(set_now)
    await indexing.rebuild_when_due(at.services)
    waiting = [job["kind"] for job in (await at.get("/v1/jobs?state=queued")).body["items"]]
    assert waiting == ["index.rebuild"] * asked
