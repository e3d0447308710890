"""What a measure is worth in answers: formulas for the profile, the order by amount, the ranker's view."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from policies.documents import read_document
from policies.expressions import Formula
from policies.facts import china
from policies.known import Known
from policies.profiles import read_profile
from service.catalogue.shelf import Shelf
from tests.service.asking import World, document, measure, world

SHOWN = {"nature": "cash", "text": "每人1500元"}
BY_HEAD = {**SHOWN, "min": 1, "max": 2, "formula": {"mul": [1_500, {"field": "employees"}]}}
TENTH = {"mul": [Decimal("0.1"), {"field": "revenue"}]}
CAPPED = {"nature": "tax_saved", "formula": {"min": [TENTH, 500_000]}}


def worth(**ranges: Any) -> dict[str, Any]:
    """A document with one measure for each range (a list of benefits, or min and max)."""
    made = []
    for key, ends in ranges.items():
        given = [{"nature": "cash", "min": ends[0], "max": ends[1]}] if isinstance(ends, tuple) else ends
        made.append(measure(key, benefits=given))
    return document("worth", *made)


def firm(**facts: Any) -> dict[str, Any]:
    return {"facts": facts}


@pytest.fixture
async def five(tmp_path: Path) -> AsyncIterator[World]:
    fixed = {"a": (None, 20_000), "b": (30_000, 90_000), "c": (None, None), "d": []}
    async with world(tmp_path / "data", worth(**fixed, e=[BY_HEAD])) as found:
        yield found


async def benefits(found: World, profile: Any) -> dict[str, Any]:
    items = (await found.ask(profile))["items"]
    return {item["measure"]["id"].split(".")[1]: item["benefit"] for item in items}


async def test_a_formula_shows_its_interval_for_the_profile(five: World) -> None:
    assert (await benefits(five, firm(employees=18)))["e"] == {**SHOWN, "min": 27_000, "max": 27_000}
    band = firm(employees={"min": 2, "max": 4})
    assert (await benefits(five, band))["e"] == {**SHOWN, "min": 3_000, "max": 6_000}
    assert (await benefits(five, {}))["e"] == {**SHOWN, "min": 0, "max": None}
    assert (await benefits(five, {}))["d"] is None


async def test_lists_of_measures_show_what_is_written(five: World) -> None:
    listed = (await five.get("/v1/measures")).body["items"][-1]
    assert (listed["benefit"]["min"], listed["benefit"]["max"]) == (1, 2)
    whole = (await five.get("/v1/measures/worth.e")).body
    assert whole["benefits"][0]["formula"] == BY_HEAD["formula"]
    assert whole["benefit"] == listed["benefit"]


@pytest.mark.parametrize(
    ("employees", "order"),
    [(100, "ebacd"), (30, "beacd"), (1, "baecd"), (None, "baecd"), ({"min": 50}, "ebacd")],
)
async def test_the_largest_middle_comes_first_and_no_amount_last(
    employees: Any, order: str, five: World
) -> None:
    ids = await five.ids(firm(employees=employees), sort="amount")
    assert "".join(name[-1] for name in ids) == order


async def test_a_part_goes_before_an_amount(tmp_path: Path) -> None:
    rich = measure("a-rich", {"attest": "told", "text": "已告知"}, benefits=[{"max": 10**15}])
    async with world(tmp_path / "data", document("doc", rich, measure("b-poor"))) as found:
        assert await found.ids(sort="amount") == ["doc.b-poor", "doc.a-rich"]


async def test_equal_middles_go_by_id_and_a_fen_decides(tmp_path: Path) -> None:
    most, less = 10**15 - 1, 10**14
    ranges = {"a": (most, most), "b": (most, most + Decimal("0.01")), "c": (0, 2 * less), "d": (None, less)}
    async with world(tmp_path / "data", worth(**ranges)) as found:
        assert await found.ids(sort="amount") == ["worth.b", "worth.a", "worth.c", "worth.d"]


async def test_later_pages_keep_order_and_amounts(five: World) -> None:
    profile = firm(employees={"min": 10, "max": 40})
    whole = (await five.ask(profile, sort="amount"))["items"]
    paged, cursor = [], None
    for _ in whole:
        page = await five.ask(profile, sort="amount", limit=1, cursor=cursor)
        paged += page["items"]
        cursor = page["next_cursor"]
    assert (paged, cursor) == (whole, None)


def shelf(plain: dict[str, Any]) -> Shelf:
    return Shelf.of(1, [(read_document(plain, china()), 1)], china())


def known(**facts: Any) -> Known:
    day = date(2026, 11, 24)
    return Known(read_profile(firm(**facts), china(), today=day), china(), day)


def test_a_ranker_reads_the_amount_for_the_profile_and_nothing_where_it_is_open() -> None:
    made = shelf(worth(a=(None, 5), b=(3, None), c=(None, None), d=[], e=[BY_HEAD], f=[CAPPED]))
    places = np.arange(6)
    told = made.prices.seen_by(known(employees=2, revenue=40)).amounts(places)
    np.testing.assert_array_equal(told.largest, [5, 3, np.nan, np.nan, 3_000, 4])
    assert told.nature.tolist() == [0, 0, 0, -1, 0, 1]
    open_ = made.prices.seen_by(known()).amounts(places)
    np.testing.assert_array_equal(open_.largest, [5, 3, np.nan, np.nan, np.nan, 500_000])


def test_equal_formulas_are_worked_out_once_and_only_where_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    worked = []
    plain = Formula.possible
    monkeypatch.setattr(Formula, "possible", lambda one, known: worked.append(one) or plain(one, known))
    made = shelf(worth(a=[BY_HEAD], b=[BY_HEAD], c=[CAPPED], d=(1, 2)))
    seen = made.prices.seen_by(known())
    seen.amounts(np.array([3]))
    assert worked == []
    seen.ranks(np.array([0, 1, 3]))
    seen.amounts(np.array([0, 1]))
    assert len(worked) == 1


async def test_prerequisites_titles_and_exclusions_are_data_of_a_measure(tmp_path: Path) -> None:
    excludes = ["doc.two", "gone-2020.any"]
    links = {"requires": ["high_tech"], "grants": ["srdi", "tech_sme"], "excludes": excludes}
    async with world(tmp_path / "data", document("doc", measure("one", **links), measure("two"))) as found:
        one, two = [(await found.get(f"/v1/measures/doc.{key}")).body for key in ("one", "two")]
    assert {name: one[name] for name in links} == links
    assert {name: two[name] for name in links} == dict.fromkeys(links)
