"""What enterprises are told, in the language that whoever reads it asks for."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from policies.facts import LANGUAGES
from policies.leaf_words import traditional
from service.database.tables import notifications
from service.push.message_types import DEADLINE, MATCHED, OPENED, REVISED, SUMMARY, TYPES, WITHDRAWN
from service.push.wording import Kept, said
from tests.service.administering import HANGZHOU, Desk, desk
from tests.service.asking import document, measure

NAMES = ("研发补助", "补助办法", "某局", "属于重点产业", "到期")
WINDOW = {"opens": "2026-11-01", "closes": "2026-12-24", "days_left": 7}
ABOUT = {
    "state": "open",
    "window": WINDOW,
    "mode": "instant",
    "document": {"title": "补助办法", "issuers": ["某局"]},
}
CHANGE = {"zh-Hans": "资金由“有余额”变为“余额不多”", "en": "Money: little left (was: left)"}
KEPT = {
    MATCHED: {**ABOUT, "attests": ["属于重点产业"]},
    REVISED: {**ABOUT, "difference": [{"what": "budget", "text": CHANGE}]},
    OPENED: ABOUT,
    DEADLINE: ABOUT,
    WITHDRAWN: {"reason": "到期", "window": None},
    SUMMARY: {"counts": {"certain": 2, "checkable": 1}, "measures": [{"title": "研发补助"}], "window": None},
}


def told(kind: str, lang: str, **data: Any) -> tuple[str, str]:
    found = said(Kept(kind, "研发补助", "checkable", {**KEPT[kind], **data}), lang)
    assert found is not None
    return found


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        await found.firm("f", facts={"region": "330106"})
        await found.work()
        await found.published(document("a-doc", measure("one", HANGZHOU)))
        await found.work()
        yield found


async def inbox(at: Desk, lang: str | None) -> list[dict[str, Any]]:
    query = "" if lang is None else f"?lang={lang}"
    items: list[dict[str, Any]] = (await at.get(f"/v1/enterprises/f/notifications{query}")).body["items"]
    return items


@pytest.mark.parametrize("kind", KEPT)
def test_in_english_only_names_and_reasons_stay_chinese(kind: str) -> None:
    text = " ".join(told(kind, "en"))
    for name in NAMES:
        text = text.replace(name, "")
    assert re.search("[\u3000-\u9fff\uff00-\uffef]", text) is None
    assert "  " not in told(kind, "en")[1]


@pytest.mark.parametrize("kind", KEPT)
def test_in_traditional_chinese_everything_is_traditional(kind: str) -> None:
    plain = told(kind, "zh-Hans")
    assert told(kind, "zh-Hant") == (traditional(plain[0]), traditional(plain[1]))
    assert told(kind, "zh-Hant") != plain


@pytest.mark.parametrize("state", ["open", "upcoming", "rolling", "closed", "exhausted", "unstated"])
@pytest.mark.parametrize("window", [None, WINDOW, {"opens": None, "closes": None, "days_left": None}])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_state_can_be_said(lang: str, window: Any, state: str) -> None:
    assert told(REVISED, lang, state=state, window=window)[1]


@pytest.mark.parametrize(("days", "words"), [(14, "in 14 days"), (1, "tomorrow"), (0, "today")])
def test_the_days_that_are_left_are_said(days: int, words: str) -> None:
    assert words in told(DEADLINE, "en", window={**WINDOW, "days_left": days})[1]


def test_every_type_that_is_told_of_an_enterprise_has_words() -> None:
    assert set(KEPT) == set(TYPES) - {"endpoint.disabled"}


async def test_an_inbox_is_read_in_the_language_that_is_asked_for(at: Desk) -> None:
    (plain,) = await inbox(at, None)
    assert await inbox(at, "zh-Hans") == [plain]
    (english,) = await inbox(at, "en")
    assert english["text"] == (
        "You meet every condition of “one补助”. Open all year. Source: a-doc办法 (某局)."
    )
    (hant,) = await inbox(at, "zh-Hant")
    assert hant["text"] == traditional(plain["text"])
    refused = await at.get("/v1/enterprises/f/notifications?lang=fr")
    assert (refused.status, refused.body["code"]) == (422, "unknown_code")


async def test_what_was_told_before_texts_could_be_made_anew_is_shown_as_it_was_told(at: Desk) -> None:
    (plain,) = await inbox(at, None)
    async with at.services.db.write() as c:
        await c.execute(update(notifications).values(data=json.dumps({"why": []})))
    (english,) = await inbox(at, "en")
    assert english["text"] == plain["text"]
