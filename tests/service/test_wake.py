"""Waking: at once where a Redis-protocol server runs, after a short poll where none does."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.processes import Child
from service.wake import POLL_S, Wake
from tests.service.valkey import valkey, wait_for

LONG = 20.0


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[Child, str]]:
    with valkey(tmp_path) as found:
        yield found


async def listening(wake: Wake) -> None:
    """Returns once the waker hears; what happens before is polled."""
    while not wake._hears:
        await wake.wait(0.01, wake.next())


async def waited(wake: Wake, seconds: float = LONG) -> float:
    started = time.monotonic()
    await wake.wait(seconds, wake.next())
    return time.monotonic() - started


async def test_a_waiter_of_another_process_is_woken_at_once(redis: tuple[Child, str]) -> None:
    teller, waiter = Wake(redis[1]), Wake(redis[1])
    await listening(waiter)
    waiting = asyncio.create_task(waited(waiter))
    await asyncio.sleep(0.05)
    await teller.notify()
    assert await waiting < 1
    await asyncio.gather(teller.close(), waiter.close())


async def test_every_waiter_of_a_process_is_woken_by_one_message(redis: tuple[Child, str]) -> None:
    teller, waiter = Wake(redis[1]), Wake(redis[1])
    await listening(waiter)
    waiting = [asyncio.create_task(waited(waiter)) for _ in range(3)]
    await asyncio.sleep(0.05)
    await teller.notify()
    assert max(await asyncio.gather(*waiting)) < 1
    await asyncio.gather(teller.close(), waiter.close())


async def test_what_comes_between_looking_and_waiting_is_not_missed(redis: tuple[Child, str]) -> None:
    teller, waiter = Wake(redis[1]), Wake(redis[1])
    await listening(waiter)
    before = waiter.next()
    await teller.notify()
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await waiter.wait(LONG, before)
    assert time.monotonic() - started < 0.5
    await asyncio.gather(teller.close(), waiter.close())


async def test_without_a_server_waiting_is_a_short_poll_and_telling_fails_silently(tmp_path: Path) -> None:
    wake = Wake(f"unix://{tmp_path / 'none.sock'}")
    await wake.notify()
    assert await waited(wake) < POLL_S + 0.5
    assert await wake.state() == "down"
    await wake.close()


async def test_turned_off_it_polls_and_says_that_it_is_off() -> None:
    wake = Wake(None)
    assert await waited(wake) < POLL_S + 0.5
    assert await wake.state() == "off"
    await wake.close()


async def test_a_server_that_is_killed_and_comes_back_is_heard_again(
    redis: tuple[Child, str], tmp_path: Path
) -> None:
    child, url = redis
    teller, waiter = Wake(url), Wake(url)
    await listening(waiter)
    assert child.process is not None
    child.process.kill()
    child.process.wait()
    while waiter._hears:
        await waiter.wait(0.01, waiter.next())
    assert await waited(waiter) < POLL_S + 0.5
    child.start()
    wait_for(tmp_path / "redis.sock")
    await listening(waiter)
    assert await teller.state() == "ok"
    await asyncio.gather(teller.close(), waiter.close())


def test_only_our_user_may_open_the_servers_socket(redis: tuple[Child, str], tmp_path: Path) -> None:
    assert (tmp_path / "redis.sock").stat().st_mode & 0o777 == 0o600
