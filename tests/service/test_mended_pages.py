"""What pages say of drafts, amounts, numbers, jobs and dismissals; each language leads to the others."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from policies.leaf_words import traditional
from service.pages.words import Words
from tests.service.administering import Desk, desk
from tests.service.asking import KEY, document, measure


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        await found.post("/v1/policies", document("a-doc", measure("one", {"all": []})))
        await found.world.client.post("/admin/sign-in", data={"key": KEY, "next": "/admin/policies"})
        yield found


async def page(at: Desk, path: str) -> str:
    return str((await at.world.client.get(path)).text)


async def test_a_draft_that_was_never_published_is_not_called_published(at: Desk) -> None:
    draft = (await page(at, "/admin/policies/a-doc")).partition("版本记录")[2]
    assert "草稿" in draft
    assert "已发布版本" not in draft
    await at.post("/v1/policies/a-doc/publish", {"notify": False})
    assert "已发布版本" in (await page(at, "/admin/policies/a-doc")).partition("版本记录")[2]


async def test_documents_of_one_title_are_told_apart_by_their_id(at: Desk) -> None:
    assert ">a-doc</span>" in await page(at, "/admin/policies")


async def test_jobs_are_told_in_words_with_shanghai_time_and_page_by_page(at: Desk) -> None:
    await at.post("/v1/policies/a-doc/publish", {"notify": False})
    for _ in range(21):
        await at.post("/v1/index/rebuild")
    first = await page(at, "/admin/jobs")
    assert "重建索引" in first
    assert "index.rebuild" not in first
    assert "2026年11月24日 12:0" in first
    assert first.count("<tr>") == 21
    older = re.search(r'href="(/admin/jobs\?[^"]*cursor=[^"]+)"', first)
    assert older
    rest = await page(at, older[1].replace("&amp;", "&"))
    assert "把新发布的内容加入索引" in rest + first
    assert 'href="/admin/policies/a-doc"' in rest + first
    assert 1 < rest.count("<tr>") < 21
    assert "cursor=" not in rest


async def test_the_index_was_built_at_shanghai_time(at: Desk) -> None:
    await at.post("/v1/policies/a-doc/publish", {"notify": False})
    await at.world.build_index()
    assert "2026年11月24日 12:00" in await page(at, "/admin/index")


@pytest.mark.parametrize("dismissal", ["card", "message"])
async def test_what_was_dismissed_bears_its_mark_in_the_list(at: Desk, dismissal: str) -> None:
    await at.firm("f")
    await at.published(document("b-doc", measure("two", {"all": []})))
    await at.work()
    html = await page(at, "/firms/f")
    await at.services.impressions.written()
    sent = dict(re.findall(r'name="(token|request|measure)" value="([^"]*)"', html))
    if dismissal == "card":
        await at.world.client.post("/firms/f/deeds", data={**sent, "deed": "dismissed"})
    else:
        note = re.search(r'action="(/firms/f/notifications/[^"]*/dismiss)"', html)
        assert note
        await at.world.client.post(note[1], data={**sent, "reason": "not_ours"})
    tag = r'data-tag="dismissed"( hidden)?>已标为不适合'
    assert re.findall(tag, html) == [" hidden"]
    assert re.findall(tag, await page(at, "/firms/f")) == [""]


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant", "en"])
async def test_every_language_leads_to_the_two_others(at: Desk, lang: str) -> None:
    html = await page(at, f"/firms?lang={lang}")
    others = {"zh-Hans", "zh-Hant", "en"} - {lang}
    assert {other for other in others if f'href="?lang={other}"' in html} == others
    answer = (await at.world.client.post(f"/?lang={lang}", data={"need": "", "region_words": "浙江省"})).text
    assert {other for other in others if f'action="/?lang={other}"' in answer} == others


@pytest.mark.parametrize(
    ("benefit", "amount"),
    [
        ({"min": 0, "max": None}, ""),
        ({"min": None, "max": None}, ""),
        ({"min": 1, "max": None}, "1 元 起"),
        ({"min": 0, "max": 5}, "最高 5 元"),
    ],
)
def test_an_amount_from_nothing_is_no_amount(benefit: dict[str, Any], amount: str) -> None:
    assert Words("zh-Hans").benefit(benefit) == amount


def test_english_counts_one_as_one() -> None:
    t = Words("en")
    assert t("firm.why", n=1) == "Why you are told (1 condition)"
    assert t("firm.why", n=21) == "Why you are told (21 conditions)"
    assert t("gap.points", n=1) == "1 percentage point"
    assert "[" not in t("when.days_left", days=1, day="x")


def test_traditional_characters_have_their_usual_shapes() -> None:
    assert traditional("核对 为准 在哪里 公里") == "核對 為準 在哪裡 公里"
