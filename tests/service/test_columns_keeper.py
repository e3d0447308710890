"""Enterprises as columns follow the database: what is changed, deleted, put anew or asked for at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from policies.facts import china
from policies.faults import Fault
from policies.rules import Rule, read_rule
from service.enterprises.columns_keeper import ColumnsKeeper, Reached
from tests.service.administering import HANGZHOU, Desk, desk


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


async def reached(at: Desk, keeper: ColumnsKeeper | None = None, written: Any = HANGZHOU) -> Reached:
    faults: list[Fault] = []
    rule = read_rule(written, china(), "", faults)
    assert isinstance(rule, Rule), faults
    keeper = keeper or at.services.firms.columns
    async with at.services.db.read() as c:
        found: Mapping[str, Reached] = await keeper.audience(c, {"a.b": rule}, at.services.clock.today())
    return found["a.b"]


async def test_who_came_after_a_count_is_in_the_next(at: Desk) -> None:
    assert sum((await reached(at)).counts.values()) == 0
    await at.firm("hz", facts={"region": "330106"})
    assert (await reached(at)).names["certain"] == ["hz"]


async def test_a_deleted_enterprise_is_in_no_part_though_another_came_meanwhile(at: Desk) -> None:
    await at.firm("hz", facts={"region": "330106"})
    await reached(at)
    await at.send("DELETE", "/v1/enterprises/hz")
    await at.firm("bj", facts={"region": "110108"})
    found = await reached(at)
    assert found.names["certain"] == []
    assert found.counts["excluded"] == 1


async def test_answers_that_are_forgotten_count_no_more(at: Desk) -> None:
    told = {"attest": "told", "text": "已告知"}
    await at.firm("hz", facts={}, answers={"a.b#told": True})
    assert (await reached(at, written=told)).names["certain"] == ["hz"]
    await at.firm("hz", facts={}, answers={})
    assert (await reached(at, written=told)).names["checkable"] == ["hz"]


async def test_columns_read_anew_are_those_that_followed(at: Desk) -> None:
    for i in range(30):
        await at.firm(f"f{i % 20}", facts={"region": "330106" if i % 3 else "110108"})
        if i % 7 == 0:
            await reached(at)
    assert await reached(at) == await reached(at, ColumnsKeeper(china()))


async def test_several_may_ask_at_once_and_one_may_go_away(at: Desk) -> None:
    for i in range(40):
        await at.firm(f"f{i}", facts={"region": "330106"})
    tasks = [asyncio.create_task(reached(at)) for _ in range(6)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    found = await asyncio.gather(*tasks[1:])
    assert [len(each.names["certain"]) for each in found] == [40] * 5
