"""From a publication over the worker's handlers to a receiver: each enterprise's message arrives once."""

from pathlib import Path
from typing import Any

from tests.service.asking import document, measure
from tests.service.delivering_world import post
from tests.service.outgoing_world import receiver, says


async def test_what_is_published_arrives_once_for_each_enterprise_it_is_for(tmp_path: Path) -> None:
    async with post(tmp_path / "data") as office, receiver(says(200)) as there:
        desk = office.desk
        await desk.work()
        await desk.firm("other")
        await desk.work()
        hook = await office.hook(there, events=["measure.matched"])
        await desk.published(document("doc-new", measure("a")))
        await desk.work()
        await office.all_settled()
        bodies: list[Any] = [office.verified(hook, came) for came in there.received]
        told = {name: (await desk.inbox(name))[-1]["id"] for name in ("firm", "other")}
    assert {body["data"]["enterprise_id"]: body["data"]["notification_id"] for body in bodies} == told
    assert len(bodies) == 2
    assert {body["data"]["measure"]["id"] for body in bodies} == {"doc-new.a"}
    assert {body["data"]["measure"]["document"]["id"] for body in bodies} == {"doc-new"}
    assert all(body["data"]["details"]["why"] == [] for body in bodies)
