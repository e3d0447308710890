"""The job that encodes enterprises: in batches, each text once, and on from where it was."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from index.encoding import EncoderFailed, kept_under
from service.database import outbox
from service.database.outbox import Job
from service.enterprises import vectors_store
from service.leases import LeaseLost
from service.operations import enterprise_vectors
from service.operations.enterprise_vectors import AT_ONCE, ENCODE_ALL
from tests.service.administering import Desk, desk
from tests.service.recording_encoder import RecordingEncoder

pytestmark = pytest.mark.usefixtures("both")
FIRMS = AT_ONCE * 2 + 5


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


@pytest.fixture
def encoder(at: Desk) -> RecordingEncoder:
    made = RecordingEncoder()
    at.world.use(made)
    return made


async def only_the_large_job(at: Desk, firms: int = FIRMS) -> Job:
    """So many firms, of whose own jobs nothing is left; the job for all of them, claimed."""
    for number in range(firms):
        await at.firm(f"f{number:03}")
    return await large_job(at)


async def large_job(at: Desk) -> Job:
    while (other := await at.claimed()) is not None:
        await at.post(f"/v1/jobs/{other.id}/cancel")
    async with at.services.db.write() as c:
        await outbox.enqueue(c, ENCODE_ALL, {}, now=at.services.clock.now())
    job = await at.claimed()
    assert job is not None
    return job


async def vectors(at: Desk, encoder: RecordingEncoder) -> set[str]:
    async with at.services.db.read() as c:
        return await vectors_store.names(c, kept_under(encoder))


async def test_everybody_is_encoded_once_and_the_pace_is_told(at: Desk, encoder: RecordingEncoder) -> None:
    result = await at.done(await only_the_large_job(at))
    assert (result["encoded"], result["per_s"] > 0) == (FIRMS, True)
    assert sorted(encoder.stored) == [f"f{number:03}公司" for number in range(FIRMS)]
    assert len(await vectors(at, encoder)) == FIRMS
    assert (await at.done(await large_job(at)))["encoded"] == 0
    assert len(encoder.stored) == FIRMS


async def test_what_a_batch_has_made_outlives_the_end_of_the_job_and_is_told_as_progress(
    at: Desk, encoder: RecordingEncoder
) -> None:
    job = await only_the_large_job(at)
    encoder.fails_after(AT_ONCE + 7)
    with pytest.raises(EncoderFailed):
        await enterprise_vectors.encode_all(at.services, job)
    assert len(await vectors(at, encoder)) == AT_ONCE
    body = (await at.get(f"/v1/jobs/{job.id}")).body
    assert body["progress"] == {"done": AT_ONCE, "total": FIRMS}


async def test_who_takes_over_goes_on_where_it_was(at: Desk, encoder: RecordingEncoder) -> None:
    job = await only_the_large_job(at)
    encoder.fails_after(AT_ONCE)
    with pytest.raises(EncoderFailed):
        await enterprise_vectors.encode_all(at.services, job)
    async with at.services.db.write() as c:
        await outbox.release(c, [job])
    made, again = set(encoder.stored), await at.claimed()
    assert again is not None
    encoder.stored, encoder.before = [], lambda _text: None
    at.world.use(encoder)
    assert (await at.done(again))["encoded"] == FIRMS - AT_ONCE
    assert made.isdisjoint(encoder.stored)
    body = (await at.get(f"/v1/jobs/{job.id}")).body
    assert body["progress"] == {"done": FIRMS, "total": FIRMS}


async def test_one_that_lost_its_lease_keeps_nothing_more(at: Desk, encoder: RecordingEncoder) -> None:
    job = await only_the_large_job(at)
    await at.post(f"/v1/jobs/{job.id}/cancel")
    with pytest.raises(LeaseLost):
        await enterprise_vectors.encode_all(at.services, job)
    assert await vectors(at, encoder) == set()


async def test_a_profile_that_changes_while_it_is_encoded_is_encoded_again(
    at: Desk, encoder: RecordingEncoder
) -> None:
    job, loop = await only_the_large_job(at, 1), asyncio.get_running_loop()

    def change(_text: str) -> None:
        encoder.before = lambda _text: None
        asyncio.run_coroutine_threadsafe(at.firm("f000", text="养老服务"), loop).result(10)

    encoder.before = change
    assert (await at.done(job))["encoded"] == 0
    assert await vectors(at, encoder) == set()
    assert ("enterprise.encode", {"encoded": 1}) in await at.work()
    assert encoder.stored == ["f000公司", "f000公司\n养老服务"]


async def test_an_enterprise_that_is_deleted_while_it_is_encoded_leaves_nothing(
    at: Desk, encoder: RecordingEncoder
) -> None:
    job, loop = await only_the_large_job(at, 2), asyncio.get_running_loop()

    def delete(text: str) -> None:
        if text == "f000公司":
            gone = at.send("DELETE", "/v1/enterprises/f000")
            asyncio.run_coroutine_threadsafe(gone, loop).result(10)

    encoder.before = delete
    assert (await at.done(job))["encoded"] == 1
    assert await vectors(at, encoder) == {"f001"}


async def test_a_profile_written_again_with_the_same_text_is_looked_at_once_and_not_encoded(
    at: Desk, encoder: RecordingEncoder
) -> None:
    await at.done(await only_the_large_job(at, 3))
    await at.send("PATCH", "/v1/enterprises/f001", {"facts": {"employees": 5}})
    under = kept_under(encoder)
    async with at.services.db.read() as c:
        assert [one.id for one in await vectors_store.due(c, under, "", 9)] == ["f001"]
    assert (await at.done(await large_job(at)))["encoded"] == 0
    async with at.services.db.read() as c:
        assert await vectors_store.count_due(c, under) == 0
    assert len(encoder.stored) == 3


async def test_a_changed_vector_is_searched_with_at_once(at: Desk, encoder: RecordingEncoder) -> None:
    await at.done(await only_the_large_job(at, 2))
    under = kept_under(encoder)
    async with at.services.db.read() as c:
        before = (await at.services.firms.vectors(c, under, encoder.dim)).score(
            encoder.passages(["养老服务"])[0], ["f000", "f001"]
        )
    await at.firm("f000", text="养老服务" * 9)
    await at.work()
    async with at.services.db.read() as c:
        after = (await at.services.firms.vectors(c, under, encoder.dim)).score(
            encoder.passages(["养老服务"])[0], ["f000", "f001"]
        )
    assert (after[0] > before[0], after[1] == before[1]) == (True, True)
