"""The encoder of an installation and its change: roles, no mixed vectors, the old index serves meanwhile."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from index.encoding import EncoderFailed, kept_under
from service.database.tables import enterprise_vectors, passage_vectors
from service.operations import enterprise_vectors as firms
from service.operations import indexing
from tests.service.administering import Desk, desk
from tests.service.asking import document, measure
from tests.service.recording_encoder import RecordingEncoder

pytestmark = pytest.mark.usefixtures("both")
TWO = document("b-doc", measure("one"), measure("two"))
ASK = {"profile": {"text": "研发补助"}}


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def serving(at: Desk, encoder: RecordingEncoder) -> str:
    """Two measures and a firm under this encoder; the generation."""
    at.world.use(encoder)
    await at.published(TWO, notify=False)
    await at.firm("f", text="工业质检")
    await at.post("/v1/index/rebuild")
    await at.work()
    return str((await at.get("/v1/index")).body["generation"])


async def degraded(at: Desk) -> Any:
    return (await at.post("/v1/recommendations", ASK)).body["degraded"]


async def encoder_part(at: Desk) -> Any:
    return (await at.get("/readyz")).body["parts"]["encoder"]


async def vectors_kept(at: Desk, encoder: RecordingEncoder) -> tuple[int, int]:
    """How many of passages and of enterprises."""
    under, found = kept_under(encoder), []
    async with at.services.db.read() as c:
        for table in (passage_vectors, enterprise_vectors):
            query = select(func.count()).select_from(table).where(table.c.encoder == under)
            found.append(int((await c.execute(query)).scalar_one()))
    return found[0], found[1]


async def test_what_is_stored_goes_as_passages_and_what_is_asked_as_queries(at: Desk) -> None:
    encoder = RecordingEncoder()
    await serving(at, encoder)
    assert (len(encoder.stored), encoder.asked) == (3, [])
    await at.post("/v1/recommendations", ASK)
    await at.get("/v1/measures?q=R%26D")
    assert (len(encoder.stored), encoder.asked) == (3, ["研发补助", "R&D"])


@pytest.mark.parametrize(
    "other",
    [RecordingEncoder("others"), RecordingEncoder(sha256="1" * 64), RecordingEncoder("wide", dim=96)],
    ids=["another model", "another file under the same name", "another dimension"],
)
async def test_a_question_of_another_encoder_meets_no_vector_of_this_one(
    at: Desk, other: RecordingEncoder
) -> None:
    await serving(at, RecordingEncoder())
    assert await degraded(at) == []
    other.asked.clear()
    at.world.use(other)
    assert await degraded(at) == ["dense"]
    assert (await at.get("/v1/measures?q=one")).status == 200
    assert other.asked == []


@pytest.mark.parametrize(
    "make",
    [lambda: RecordingEncoder("others", dim=96), lambda: RecordingEncoder(sha256="1" * 64)],
    ids=["another model", "another file under the same name"],
)
async def test_a_change_builds_beside_the_old_generation_which_serves_until_then(
    at: Desk, make: Callable[[], RecordingEncoder]
) -> None:
    before, new = await serving(at, RecordingEncoder()), make()
    assert await encoder_part(at) == "ok"
    at.world.use(new)
    await indexing.rebuild_when_due(at.services)
    body = (await at.get("/v1/index")).body
    assert (body["generation"], body["measures"]) == (before, 2)
    assert (await degraded(at), await encoder_part(at)) == (["dense"], "loading")
    await at.work()
    body = (await at.get("/v1/index")).body
    assert body["generation"] != before
    assert body["encoder"] == {"id": new.id, "dim": new.dim, "sha256": new.sha256}
    assert (await degraded(at), await encoder_part(at), len(new.stored)) == ([], "ok", 3)
    assert await vectors_kept(at, new) == (2, 1)


async def test_back_again_nothing_is_encoded_but_what_has_changed(at: Desk) -> None:
    old, new = RecordingEncoder(), RecordingEncoder("others", dim=96)
    await serving(at, old)
    at.world.use(new)
    await at.firm("late", text="养老服务")
    await indexing.rebuild_when_due(at.services)
    await at.work()
    at.world.use(old)
    old.stored.clear()
    await indexing.rebuild_when_due(at.services)
    await at.work()
    assert (await at.get("/v1/index")).body["encoder"]["id"] == old.id
    assert old.stored == ["late公司\n养老服务"]


async def test_a_firm_that_changed_meanwhile_keeps_no_vector_of_its_former_text(at: Desk) -> None:
    old, new = RecordingEncoder(), RecordingEncoder("others")
    await serving(at, old)
    at.world.use(new)
    await at.firm("f", text="养老服务")
    await at.work()
    assert (await vectors_kept(at, old), await vectors_kept(at, new)) == ((2, 0), (0, 1))


async def test_vectors_of_an_encoder_that_made_no_generation_on_disk_are_forgotten(at: Desk) -> None:
    old, new = RecordingEncoder(), RecordingEncoder("others")
    await serving(at, old)
    at.world.use(new)
    kept = []
    for _ in range(3):
        at.world.clock.instant += timedelta(seconds=1)
        await at.post("/v1/index/rebuild")
        await at.work()
        kept.append(await vectors_kept(at, old))
    assert kept == [(2, 1), (2, 1), (0, 0)]
    assert await vectors_kept(at, new) == (2, 1)


async def test_without_any_firm_the_vectors_of_passages_are_forgotten_all_the_same(at: Desk) -> None:
    old = RecordingEncoder()
    at.world.use(old)
    await at.published(TWO, notify=False)
    await at.work()
    at.world.use(RecordingEncoder("others"))
    for _ in range(3):
        at.world.clock.instant += timedelta(seconds=1)
        await at.post("/v1/index/rebuild")
        await at.work()
    assert await vectors_kept(at, old) == (0, 0)


async def test_an_encoder_that_fails_is_let_go_and_answers_go_on_with_words(at: Desk) -> None:
    encoder = RecordingEncoder()
    await serving(at, encoder)

    def fail(_texts: object) -> None:
        raise EncoderFailed("its process has ended")

    encoder.queries = fail  # type: ignore[method-assign]
    assert await degraded(at) == ["dense"]
    assert at.services.encoder.encoder is not encoder


async def test_what_a_worker_could_not_encode_is_asked_for_once_there_is_an_encoder(at: Desk) -> None:
    encoder = RecordingEncoder()
    await serving(at, encoder)
    at.world.use(None, "down")
    await at.published(document("c-doc"), notify=False)
    await at.firm("late")
    while (job := await at.claimed()) is not None:  # as if tried too often
        await at.post(f"/v1/jobs/{job.id}/cancel")
    at.world.use(encoder)
    await indexing.rebuild_when_due(at.services)
    done = [kind for kind, _ in await at.work()]
    assert sorted(done) == [firms.ENCODE_ALL, indexing.REBUILD]
    assert await vectors_kept(at, encoder) == (3, 2)


async def test_metrics_tell_how_many_texts_were_cut_asked_and_stored(at: Desk) -> None:
    from service.operations import store

    async with at.services.db.write() as c:
        await store.count_cut(c, 2)
        await store.count_cut(c, 3)
    encoder = RecordingEncoder()
    encoder.truncated = 4
    at.world.use(encoder)
    told = [line for line in (await at.world.client.get("/metrics")).text.split("\n") if "cut{" in line]
    assert told == ['huiqi_texts_cut{role="asked"} 4', 'huiqi_texts_cut{role="stored"} 5']
    assert [at.services.encoder.newly_cut(), at.services.encoder.newly_cut()] == [4, 0]
