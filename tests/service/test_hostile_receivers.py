"""Receivers that hang, drip, pour, lie and break off: each ends in time, and none harms another."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.push.retries import JITTER, SCHEDULE, retry_after_s, wait_s
from tests.service.certificates import server_context
from tests.service.delivering_world import QUICK, Post, post, until
from tests.service.outgoing_world import (
    Received,
    Write,
    drips,
    hangs_up,
    never,
    pours,
    receiver,
    says,
)

BOMB = gzip.compress(b"\0" * 20_000_000)
ONCE = replace(QUICK, schedule=(0.05,), time_s=0.4)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Post]:
    async with post(tmp_path / "data") as found:
        yield found


@pytest.mark.parametrize(
    ("behave", "state", "error"),
    [
        (never, "dead", "no answer in time: 0.4 s"),
        (drips, "dead", "no answer in time: 0.4 s"),
        (hangs_up, "dead", "answer broken off"),
        (pours, "delivered", None),
        (says(200, BOMB, content_encoding="gzip"), "delivered", None),
        (says(302, location="http://169.254.169.254/latest/meta-data"), "dead", "HTTP 302"),
        (says(304), "dead", "HTTP 304"),
        (says(400), "dead", "HTTP 400"),
        (says(500), "dead", "HTTP 500"),
        (says(201), "delivered", None),
    ],
    ids=["silent", "a byte a second", "reset", "100 MB", "bomb", "302", "304", "400", "500", "201"],
)
async def test_what_a_receiver_does_ends_in_time_and_is_told(
    office: Post, behave: Any, state: str, error: str | None
) -> None:
    async with receiver(behave) as there:
        hook = await office.hook(there)
        await office.told()
        await office.all_settled(ONCE)
        (item,) = await office.deliveries(hook)
    assert item["state"] == state
    assert error is None or item["error"].startswith(error)
    assert len(there.received) == (2 if state == "dead" else 1)


async def test_a_certificate_that_nobody_trusts_gets_no_byte(office: Post, tmp_path: Path) -> None:
    async with receiver(says(200), server_context(tmp_path, "127.0.0.1")) as there:
        hook = await office.hook(there)
        await office.told()
        await office.all_settled(ONCE)
        (item,) = await office.deliveries(hook, "dead")
    assert item["error"].startswith("no connection")
    assert there.received == []


@pytest.mark.slow
async def test_while_one_endpoint_hangs_the_others_are_told_within_two_seconds(office: Post) -> None:
    arrived: dict[str, float] = {}

    async def quick(came: Received, writer: Write) -> None:
        arrived.setdefault(f"{came.target} {came.headers['webhook-id']}", time.monotonic())
        await says(200)(came, writer)

    patient = replace(QUICK, schedule=(60.0,), time_s=15.0)
    async with receiver(never) as hanging, receiver(drips) as dripping, receiver(quick) as well:
        for each in (hanging, dripping):
            for n in range(5):
                await office.hook(f"{each.url}/{n}")
        for n in range(3):
            await office.hook(f"{well.url}/{n}")
        sent: dict[str, float] = {}
        async with office.dispatching(patient) as dispatcher:
            dispatcher.drain_s = 0.1
            for _ in range(40):
                sent |= dict.fromkeys(await office.told(5), time.monotonic())
                await office.services.wake.notify()
                await asyncio.sleep(0.05)
            await until(lambda: len(arrived) == 3 * len(sent), 30)
    waits = sorted(at - sent[key.split(" ")[1]] for key, at in arrived.items())
    assert waits[int(0.99 * len(waits))] < 2


@pytest.mark.slow
async def test_an_endpoint_that_fails_is_asked_little_and_gets_everything_once_it_is_well(
    office: Post,
) -> None:
    is_well = asyncio.Event()
    at_once, most = 0, [0]

    async def sick(came: Received, writer: Write) -> None:
        nonlocal at_once
        at_once += 1
        most[0] = max(most[0], at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        await says(200 if is_well.is_set() else 503)(came, writer)

    async with receiver(sick) as there:
        hook = await office.hook(there)
        await office.told(100)
        often = replace(QUICK, schedule=(0.2,) * 200)
        async with office.dispatching(often):
            await until(lambda: len(there.received) > 150, 30)
            assert most[0] <= 2
            is_well.set()
            await office.drained()
        assert len(await office.deliveries(hook, "delivered")) == 100
    assert len({came.headers["webhook-id"] for came in there.received}) == 100


def test_the_schedule_is_the_one_of_standard_webhooks_with_a_fifth_of_chance() -> None:
    assert SCHEDULE == (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    for attempts, planned in enumerate(SCHEDULE, 1):
        waits = [wait_s(SCHEDULE, attempts, lambda c=chance: c, None) for chance in (0, 0.5, 0.999999)]  # type: ignore[misc]
        assert waits[0] == pytest.approx(planned * (1 - JITTER))
        assert waits[1] == pytest.approx(planned)
        assert planned < waits[2] <= planned * (1 + JITTER)
    assert wait_s(SCHEDULE, len(SCHEDULE) + 1, lambda: 0.5, 5.0) is None


def test_a_receiver_may_ask_for_more_time_never_for_less() -> None:
    assert wait_s((100.0,), 1, lambda: 0.5, 300.0) == 300
    assert wait_s((100.0,), 1, lambda: 0.5, 1.0) == 100
    assert wait_s((100.0,), 1, lambda: 0.5, 1e9) == 86_400


@pytest.mark.parametrize("header", [None, "", "-1", "1.5", "٣", "soon", "Tue, 99 Nov 2026"])
def test_a_retry_after_that_cannot_be_read_asks_for_nothing(header: str | None) -> None:
    assert retry_after_s(header, datetime(2026, 11, 24, tzinfo=UTC)) is None
