"""The first page: a name that means one place is taken, one of several is asked, a wrong day is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.asking import World, document, measure, world

REFUSED = 'id="faults"'


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "data", document("a-doc", measure("one", {"all": []}))) as found:
        yield found


async def sent(pages: World, lang: str = "zh-Hans", **form: str) -> str:
    answer = await pages.client.post(f"/?lang={lang}", data={"need": "", **form})
    return str(answer.text)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("浙江省", "浙江省"),
        ("杭州市", "浙江省 杭州市"),
        ("浙江省 杭州市", "浙江省 杭州市"),
        ("浙江省杭州市西湖区", "浙江省 杭州市 西湖区"),
        ("杭州", "浙江省 杭州市"),
        ("廣東省", "广东省"),
        ("330100", "浙江省 杭州市"),
        ("全国", "全国"),
    ],
)
async def test_typed_words_that_mean_one_place_are_taken(pages: World, words: str, shown: str) -> None:
    html = await sent(pages, region_words=words)
    assert REFUSED not in html
    assert f"<span>{shown}</span>" in html


async def test_typed_words_that_mean_one_trade_are_taken(pages: World) -> None:
    html = await sent(pages, industry_words="软件开发")
    assert REFUSED not in html
    assert "软件开发" in html


async def test_a_name_that_several_places_bear_is_asked_and_what_else_was_said_stays(pages: World) -> None:
    html = await sent(pages, region_words="西湖区", need="买设备")
    assert REFUSED in html
    assert html.count('data-code="') > 1
    assert "买设备" in html


async def test_a_place_that_is_taken_stays_chosen_when_something_else_is_wrong(pages: World) -> None:
    html = await sent(pages, region_words="浙江省", employees="many")
    assert html.count('class="fault"') == 1
    assert '<option value="330000" selected>' in html


async def test_a_latin_name_is_told_that_names_are_chinese(pages: World) -> None:
    assert "Chinese names only" in await sent(pages, "en", region_words="Hangzhou")


async def test_a_registration_that_is_still_to_come_is_told(pages: World) -> None:
    later = await sent(pages, registered_on="2026-11-25")
    assert "还没有到" in later
    assert REFUSED not in await sent(pages, registered_on="2026-11-24")
