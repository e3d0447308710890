"""How messages name what changed: a new title beside it, and days in one form for each language."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from policies.documents import Document, Measure, read_document
from policies.facts import china
from service.pages import inbox
from service.push.differences import differences
from service.push.wording import day_in_words
from tests.service.asking import document, measure

RULE = {"field": "employees", "lte": 10}
MARCH = [{"opens": "2026-11-01", "closes": "2027-03-31"}]
YEARLY = [{"recurs": "yearly", "opens": "03-01", "closes": "12-31"}]
ISO = re.compile(r"\d-\d")


def one(title: str = "补助", **members: Any) -> tuple[Document, Measure]:
    read = read_document(document("a-doc", measure("one", RULE) | {"title": title} | members), china())
    return read, read.measures[0]


def told(old: tuple[Document, Measure], new: tuple[Document, Measure]) -> list[dict[str, Any]]:
    return differences(old, new, china())


@pytest.mark.parametrize(
    ("windows", "chinese", "english"),
    [
        (MARCH, "2026年11月1日至2027年3月31日", "2026-11-01 to 2027-03-31"),
        (YEARLY, "每年3月1日至12月31日", "every year 03-01 to 12-31"),
        ([{"opens": None, "closes": "2027-01-31"}], "至2027年1月31日止", "until 2027-01-31"),
    ],
)
def test_days_of_changed_windows_have_the_form_of_all_days_in_the_language(
    windows: Any, chinese: str, english: str
) -> None:
    (change,) = told(one(windows=[]), one(windows=windows))
    assert chinese in change["text"]["zh-Hans"]
    assert english in change["text"]["en"]
    for lang in ("zh-Hans", "zh-Hant"):
        assert not ISO.search(change["text"][lang])


def test_a_day_without_a_year_is_one_of_every_year() -> None:
    assert day_in_words("2027-01-05", english=False) == "2027年1月5日"
    assert day_in_words("02-29", english=False) == "2月29日"
    assert day_in_words("2027-01-05", english=True) == "2027-01-05"


def test_another_title_is_named_where_something_material_changed_and_alone_it_is_no_change() -> None:
    assert told(one("旧补助"), one("新补助")) == []
    title, windows = told(one("旧补助", windows=[]), one("新补助", windows=MARCH))
    assert (title["what"], windows["what"]) == ("title", "windows")
    assert title["text"] == {
        "zh-Hans": "名称由“旧补助”改为“新补助”",
        "zh-Hant": "名稱由“舊補助”改為“新補助”",
        "en": "Name: “新补助” (was: “旧补助”)",
    }


@pytest.mark.parametrize(("kind", "part"), [("measure.withdrawn", None), ("measure.matched", "certain")])
def test_a_message_of_a_measure_that_is_gone_wears_no_tag_of_what_one_may_do(kind: str, part: Any) -> None:
    row = {
        **dict.fromkeys(("read_at", "dismissed_at")),
        "id": "n",
        "type": kind,
        "title": "补助",
        "text": "已撤回",
        "part": "certain",
        "measure_id": "a-doc.one",
        "created_at": "2026-11-24T04:00:00.000Z",
        "data": {},
    }
    show: Any = SimpleNamespace(t=SimpleNamespace(day_of=lambda at: at, language="en"))
    assert inbox.note(row, show)["part"] == part
