"""The shelf: masks over arrays that agree with one measure at a time, and older versions made anew."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from policies.documents import read_document
from policies.facts import china
from policies.known import Known
from policies.profiles import read_profile
from policies.rules import read_rule
from policies.windows import standing
from ranking.features import SCALES
from service.catalogue.columns import industry_share, size_share
from service.catalogue.pinned import Order
from service.catalogue.shelf import Shelf, area_of
from tests.service.asking import document, measure, world

DAY = date(2026, 11, 24)


def shelf(*documents: dict[str, Any]) -> Shelf:
    return Shelf.of(1, [(read_document(plain, china()), 1) for plain in documents], china())


def test_measures_lie_by_id_whatever_the_order_of_documents() -> None:
    assert shelf(document("bbb", measure("z"), measure("a")), document("aaa")).ids == (
        "aaa.one",
        "bbb.a",
        "bbb.z",
    )


def test_standings_are_those_of_each_measure_on_the_day() -> None:
    windows = [None, [], [{"opens": "2026-12-01", "closes": None}], [{"opens": None, "closes": "2026-11-30"}]]
    made = shelf(document("doc", *[measure(f"m{n}", windows=w) for n, w in enumerate(windows)]))
    now = made.standings(DAY)
    each = [standing(one.document, one.measure, DAY) for one in made.placed]
    assert list(now.each) == each
    assert now.closes.tolist()[3] == date(2026, 11, 30).toordinal()
    assert np.isnan(now.days_left).tolist() == [True, True, True, False]
    assert made.standings(DAY) is now


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("330106", "country city"),
        ("330000", "country city"),
        ("000000", "country city other"),
        ("110101", "country other"),
    ],
)
def test_a_region_keeps_what_equals_contains_or_lies_inside(asked: str, kept: str) -> None:
    regions = {"country": "000000", "city": "330100", "other": "110000"}
    made = shelf(*[document(name, region=region) for name, region in regions.items()])
    mask = made.in_regions(area_of([asked], china()))
    assert {made.placed[n].document.id for n in np.flatnonzero(mask)} == set(kept.split())


def test_a_title_that_is_held_on_the_day_is_known_to_be_held() -> None:
    made = shelf(
        document("doc", measure("a", grants=["high_tech"]), measure("b", grants=["tech_sme"]), measure("c"))
    )
    facts = {"facts": {"qualifications": [{"code": "high_tech", "until": "2026-11-24"}, "gazelle"]}}
    profile = read_profile(facts, china(), today=DAY)
    assert made.held(Known(profile, china(), DAY)).tolist() == [True, False, False]
    assert made.held(Known(profile, china(), date(2026, 11, 25))).tolist() == [False, False, False]


@pytest.mark.parametrize(
    ("rule", "most"),
    [
        ({"all": []}, 1.0),
        ({"field": "industry", "within": ["I"]}, 0.1),
        ({"all": [{"field": "industry", "within": ["I"]}, {"field": "employees", "lte": 3}]}, 0.1),
        ({"any": [{"field": "industry", "within": ["I"]}, {"field": "employees", "lte": 3}]}, 1.0),
    ],
)
def test_the_share_of_industries_follows_the_rule(rule: Any, most: float) -> None:
    faults: list[Any] = []
    read = read_rule(rule, china(), "", faults)
    assert not faults
    share = industry_share(read.root, china())
    assert (share == 1.0) == (most == 1.0)
    assert 0 < share <= most


@pytest.mark.parametrize(
    ("rule", "share"),
    [
        ({"all": []}, 1.0),
        ({"field": "size", "in": ["micro", "small"]}, 0.5),
        ({"all": [{"field": "size", "is": "micro"}, {"field": "employees", "lte": 3}]}, 0.25),
        ({"any": [{"field": "size", "is": "micro"}, {"field": "employees", "lte": 3}]}, 1.0),
        ({"not": {"field": "size", "is": "large"}}, 0.75),
    ],
)
def test_the_share_of_sizes_follows_the_rule(rule: Any, share: float) -> None:
    faults: list[Any] = []
    assert size_share(read_rule(rule, china(), "", faults).root, china()) == share
    assert not faults


def test_recurrence_is_what_the_windows_say() -> None:
    yearly = {"recurs": "yearly", "opens": "03-01", "closes": "09-30"}
    once = {"opens": "2026-12-01", "closes": None}
    windows = [None, [], [once], [yearly], [once, yearly]]
    made = shelf(document("doc", *[measure(f"m{n}", windows=w) for n, w in enumerate(windows)]))
    words = [*SCALES["recurrence"], None]
    assert [words[code] for code in made.columns.recurrence] == [None, "rolling", "once", "yearly", "yearly"]


def test_an_empty_catalogue_is_a_shelf_like_any_other() -> None:
    made = shelf().warmed(DAY)
    known = Known(read_profile({}, china(), today=DAY), china(), DAY)
    assert len(made.book.parts(known)) == len(made.in_regions(area_of(["330106"], china()))) == 0


def test_an_order_travels_as_text_and_comes_back_equal() -> None:
    order = Order(np.array([70_000, 3]), np.array([0.123457, 1.0]))
    back = Order.unpacked(order.packed())
    assert (back.places.tolist(), back.scores.tolist()) == ([70_000, 3], [0.123457, 1.0])
    with pytest.raises(ValueError):
        Order.unpacked("###")


async def test_an_older_version_is_made_anew_from_the_database(tmp_path: Path) -> None:
    async with world(tmp_path / "data", document("aaa", measure("m", title="旧"))) as found:
        await found.publish(document("aaa", measure("m", title="新")), document("bbb"))
        await found.withdraw("bbb")
        async with found.services.db.read() as c:
            shelves = [await found.services.shelf.at_version(c, version) for version in (0, 1, 2, 3, 4)]
    titles = [[one.measure.title for one in each.placed] for each in shelves]
    assert titles == [[], ["旧"], ["新"], ["新", "one补助"], ["新"]]


async def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    async with world(tmp_path / "data", document("aaa"), document("bbb")) as found:
        async with found.services.db.read() as c:
            before = await found.services.shelf.current(c)
        await found.publish(document("bbb", measure("m")))
        async with found.services.db.read() as c:
            after = await found.services.shelf.current(c)
            assert await found.services.shelf.current(c) is after
    assert after.documents["aaa"] is before.documents["aaa"]
    assert after.documents["bbb"] is not before.documents["bbb"]
