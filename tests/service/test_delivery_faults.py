"""Workers that are killed, stopped past their lease, or told to end while they deliver: nothing is lost."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.errors import Problem
from service.push.pace import MOST
from tests.service.delivering_world import Post, post, until
from tests.service.outgoing_world import LOOPBACK, Received, Write, never, receiver, says

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
LEASE_S = 20


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Post]:
    async with post(tmp_path / "data") as found:
        yield found


@contextmanager
def worker(office: Post) -> Iterator[subprocess.Popen[bytes]]:
    given = {
        "DATA": str(office.services.settings.folder),
        "REDIS_URL": "none",
        "ENCODER": "none",
        "ADMIN_KEY": "k" * 40,
        "WEBHOOK_ALLOW_NETS": LOOPBACK,
    }
    environment = {**os.environ, **{f"HUIQI_{name}": value for name, value in given.items()}}
    process = subprocess.Popen((sys.executable, "-m", "service.worker"), env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_a_worker_killed_between_sending_and_acknowledging_is_followed_by_one_that_sends_the_same_id(
    office: Post,
) -> None:
    victims: list[subprocess.Popen[bytes]] = []

    async def kills(came: Received, writer: Write) -> None:
        if victims:
            victims.pop().kill()
        await says(200)(came, writer)

    async with receiver(kills) as there:
        hook = await office.hook(there)
        await office.told()
        with worker(office) as first:
            victims.append(first)
            await until(lambda: first.poll() is not None, 60)
        assert len(there.received) == 1
        with worker(office):
            await until(lambda: len(there.received) == 2, LEASE_S + 30)
            (item,) = await office.eventually(hook, "delivered")
    assert len({(came.headers["webhook-id"], came.body) for came in there.received}) == 1
    assert item["attempts"] == 2


async def stopped_between_writes(office: Post, process: subprocess.Popen[bytes]) -> None:
    """Stops it while it holds no write lock: inside one, SQLite lets nobody else write."""
    for _ in range(50):
        process.send_signal(signal.SIGSTOP)
        try:
            async with office.services.db.write():
                return
        except Problem:
            process.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.02)
    pytest.fail("it was writing each time")


async def test_a_worker_stopped_past_its_lease_sends_nothing_of_it_when_it_goes_on(office: Post) -> None:
    async def slowly(came: Received, writer: Write) -> None:
        await asyncio.sleep(0.1)
        await says(200)(came, writer)

    def distinct() -> int:
        return len({came.headers["webhook-id"] for came in there.received})

    async with receiver(slowly) as there:
        hook = await office.hook(there)
        await office.told(60)
        with worker(office) as first:
            await until(lambda: there.received, 60)
            await stopped_between_writes(office, first)
            before = len(there.received)
            with worker(office):
                await until(lambda: distinct() == 60, LEASE_S + 60)
                await office.drained()
            first.send_signal(signal.SIGCONT)
            await asyncio.sleep(3)
            first.terminate()
            assert await asyncio.to_thread(first.wait, 20) == 0
        items = await office.deliveries(hook, "delivered")
    assert before < 60
    assert len(there.received) <= 60 + MOST
    assert (len(items), {item["attempts"] for item in items} <= {1, 2}) == (60, True)


async def test_a_worker_told_to_end_while_it_delivers_loses_and_repeats_nothing(office: Post) -> None:
    async with receiver(says(200)) as there:
        await office.hook(there)
        await office.told(100)
        with worker(office) as process:
            await until(lambda: there.received, 60)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 20) == 0
        with worker(office):
            await until(lambda: len({c.headers["webhook-id"] for c in there.received}) == 100, 60)
            await office.drained()
    assert len(there.received) == 100


async def test_a_worker_told_to_end_does_not_wait_for_a_receiver_that_hangs(office: Post) -> None:
    async with receiver(never) as there:
        hook = await office.hook(there)
        await office.told(5)
        with worker(office) as process:
            await until(lambda: len(there.received) == 2, 60)
            await office.eventually(hook, "sending")
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 8) == 0
        assert [item["attempts"] for item in await office.deliveries(hook, "waiting")] == [0] * 5
