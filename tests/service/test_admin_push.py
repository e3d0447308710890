"""The administrator's page of a document: its number confirmed before many are told, its push in hand."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.database import outbox
from service.database.outbox import NewJob
from service.push.endpoints_store import KIND
from service.push.message_types import TYPES
from tests.service.administering import Desk, desk
from tests.service.asking import KEY, document, measure

PAGE = "/admin/policies/a-doc"


@dataclass
class Admin:
    """A signed-in administrator with a browser that has no script."""

    at: Desk
    html: str = ""

    async def open(self, lang: str = "zh") -> None:
        self.html = (await self.at.world.client.get(f"{PAGE}?lang={lang}")).text

    async def press(self, action: str) -> int:
        """Sends the form with this action as it stands on the page; to where it leads."""
        found = re.search(rf'<form method="post" action="{action}">(.*?)</form>', self.html, re.DOTALL)
        assert found, f"no form {action}"
        fields = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', found[1]))
        answer = await self.at.world.client.post(action, data=fields)
        if answer.status_code == 303:
            self.html = (await self.at.world.client.get(answer.headers["location"])).text
        else:
            self.html = answer.text
        return int(answer.status_code)


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    async with desk(tmp_path / "data", confirm_over=1) as at:
        for name in ("a", "b", "c"):
            await at.firm(name)
        await at.post("/v1/policies", document("a-doc", measure("one", {"all": []})))
        await at.world.client.post("/admin/sign-in", data={"key": KEY, "next": "/admin/policies"})
        yield Admin(at)


async def state(at: Desk) -> Any:
    return (await at.get("/v1/policies/a-doc")).body["status"]


async def test_who_publishes_to_many_sees_the_number_and_confirms_it_once(admin: Admin) -> None:
    await admin.open()
    assert 'id="push"' not in admin.html
    assert await admin.press(f"{PAGE}/publish") == 409
    assert "将告知至多 3 家" in admin.html
    assert await state(admin.at) == "draft"
    assert await admin.press(f"{PAGE}/publish") == 303
    assert await state(admin.at) == "published"


async def test_a_number_that_is_old_is_shown_anew(admin: Admin) -> None:
    await admin.open()
    await admin.press(f"{PAGE}/publish")
    await admin.at.firm("d")
    assert await admin.press(f"{PAGE}/publish") == 409
    assert "发布并告知 4 家" in admin.html


async def test_a_push_is_paused_resumed_and_recalled_by_its_buttons(admin: Admin) -> None:
    await admin.at.post("/v1/policies/a-doc/publish", {"confirm": 3})
    await admin.open()
    assert await admin.press(f"{PAGE}/push/pause") == 303
    assert "推送已暂停" in admin.html
    await admin.press(f"{PAGE}/push/resume")
    assert "推送已继续" in admin.html
    await admin.press(f"{PAGE}/push/recall")
    assert "尚未送出的已收回" in admin.html


async def test_a_dead_letter_is_shown_and_sent_again(admin: Admin) -> None:
    await admin.at.post("/v1/policies/a-doc/publish", {"confirm": 3})
    webhook = (
        await admin.at.post("/v1/webhooks", {"url": "https://93.184.216.34/hook", "events": list(TYPES)})
    ).body["id"]
    letter = NewJob(KIND, {"id": "e"}, lane="deliver", subject=webhook, topic="a-doc", key="k")
    async with admin.at.services.db.write() as c:
        await outbox.enqueue_all(c, [letter], now=admin.at.services.clock.now())
        (job,) = await outbox.claim(c, token="t", lane="deliver")
        await outbox.fail(c, job, "HTTP 500", dead=True)
    await admin.open()
    assert "HTTP 500" in admin.html
    assert "https://93.184.216.34/hook" in admin.html
    assert await admin.press(f"{PAGE}/deliveries/{job.id}") == 303
    assert "HTTP 500" not in admin.html


@pytest.mark.parametrize(
    ("lang", "word"), [("zh", "推送"), ("zh-Hant", "暫停推送"), ("en", "Pause the push")]
)
async def test_the_push_is_told_in_three_languages(admin: Admin, lang: str, word: str) -> None:
    await admin.at.post("/v1/policies/a-doc/publish", {"confirm": 3})
    await admin.open(lang)
    assert word in admin.html
    assert "<script>" not in admin.html


async def test_a_form_without_its_token_changes_nothing(admin: Admin) -> None:
    await admin.at.post("/v1/policies/a-doc/publish", {"confirm": 3})
    answer = await admin.at.world.client.post(f"{PAGE}/push/pause", data={"token": "x"})
    assert "/admin/sign-in" in answer.headers["location"]
    assert (await admin.at.get("/v1/policies/a-doc/push")).body["paused"] == []
