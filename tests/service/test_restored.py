"""A restored installation sends nothing by itself: receivers may have had it since the backup was taken."""

from pathlib import Path

from service.backup import backup, restore
from service.push.restored_store import MAY_HAVE_BEEN_SENT, Quieted
from service.settings import Settings
from tests.service.delivering_world import post
from tests.service.outgoing_world import receiver, says

TAKEN, RESTORED = "2026-11-24T08:00:00.000Z", "2026-11-24T09:00:00.000Z"


async def test_what_waited_when_the_backup_was_taken_is_sent_again_only_on_demand(tmp_path: Path) -> None:
    async with receiver(says(200)) as there:
        async with post(tmp_path / "data") as office:
            hook = await office.hook(there)
            (notification,) = await office.told()
            backup(Settings(data=tmp_path / "data"), tmp_path / "huiqi.tar", TAKEN)
        restored = restore(Settings(data=tmp_path / "twin"), tmp_path / "huiqi.tar", RESTORED)
        assert restored.quieted == Quieted(endpoints=1, deliveries=1)
        async with post(tmp_path / "twin") as twin:
            twin.count = office.count
            await twin.told()
            async with twin.dispatching():
                await twin.eventually(hook, "waiting")
            assert there.received == []
            shown = (await twin.desk.get(f"/v1/webhooks/{hook}")).body
            assert (shown["state"], shown["reason"]) == ("paused", "restored")
            (dead,) = await twin.deliveries(hook, "dead")
            assert (dead["error"], dead["notification_id"]) == (MAY_HAVE_BEEN_SENT, notification)
            await twin.desk.send("PATCH", f"/v1/webhooks/{hook}", {"state": "active"})
            again = await twin.desk.post(f"/v1/webhooks/{hook}/replay", {"since": RESTORED})
            assert again.body == {"replayed": 1}
            await twin.all_settled()
        assert notification in {came.headers["webhook-id"] for came in there.received}
        assert len(there.received) == 2
