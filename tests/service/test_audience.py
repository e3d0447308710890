"""The audience of a measure: counts, the nearest of those it is for, and which rule counts."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.administering import HANGZHOU, Desk, desk
from tests.service.asking import LetterEncoder, document, measure

pytestmark = pytest.mark.usefixtures("both")

PLACE = "/v1/measures/a-doc.one/audience"
BEIJING = {"field": "region", "within": ["110000"]}
FIRMS: dict[str, Any] = {
    "hz-1": {"facts": {"region": "330106"}},
    "hz-2": {"facts": {"region": "330108"}},
    "zj": {"facts": {"region": "330000"}},
    "bj": {"facts": {"region": "110108"}},
}


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        for name, members in FIRMS.items():
            await found.firm(name, **members)
        yield found


async def test_every_enterprise_is_counted_once(at: Desk) -> None:
    await at.published(document("a-doc", measure("one", HANGZHOU)))
    answer = await at.post(PLACE)
    assert answer.status == 200
    assert answer.body == {
        "counts": {"certain": 2, "checkable": 0, "undecided": 1, "excluded": 1},
        "by": {},
        "sample": ["hz-1", "hz-2"],
    }


async def test_the_certain_come_before_the_checkable_and_a_sample_is_cut(at: Desk) -> None:
    told = {"attest": "told", "text": "已告知"}
    rule = {"any": [{"field": "region", "within": ["330108"]}, {"all": [HANGZHOU, told]}]}
    await at.published(document("a-doc", measure("one", rule)))
    assert (await at.post(PLACE)).body["sample"] == ["hz-2", "hz-1"]
    assert (await at.post(PLACE, {"sample": 1})).body["sample"] == ["hz-2"]
    assert (await at.post(PLACE, {"sample": 0})).body["sample"] == []


async def test_the_nearest_in_meaning_come_first_and_who_has_no_text_last(at: Desk) -> None:
    at.world.use(LetterEncoder())
    await at.firm("hz-2", facts={"region": "330108"}, text="工业质检软件研发补助")
    await at.work()
    await at.published(document("a-doc", measure("one", HANGZHOU, title="工业质检软件研发补助")))
    await at.work()
    assert (await at.post(PLACE)).body["sample"] == ["hz-2", "hz-1"]


async def test_a_changed_or_deleted_profile_counts_at_once(at: Desk) -> None:
    await at.published(document("a-doc", measure("one", HANGZHOU)))
    await at.firm("bj", facts={"region": "330106"})
    await at.send("DELETE", "/v1/enterprises/hz-1")
    answer = await at.post(PLACE)
    assert answer.body["counts"] == {"certain": 2, "checkable": 0, "undecided": 1, "excluded": 0}
    assert answer.body["sample"] == ["bj", "hz-2"]


async def test_the_day_moves_ages(at: Desk) -> None:
    young = {"field": "registered_on", "within_last": {"years": 3}}
    await at.firm("bj", facts={"registered_on": "2021-01-01"})
    await at.published(document("a-doc", measure("one", young)))
    for day, certain in (("2023-01-01", 1), ("2026-01-01", 0)):
        assert (await at.post(PLACE, {"as_of": day})).body["counts"]["certain"] == certain


async def test_the_live_rule_counts_unless_the_waiting_draft_is_asked_for(at: Desk) -> None:
    await at.post("/v1/policies", document("a-doc", measure("one", HANGZHOU)))
    assert (await at.post(PLACE)).body["counts"]["certain"] == 2
    await at.post("/v1/policies/a-doc/publish", {"notify": False})
    await at.put("/v1/policies/a-doc", document("a-doc", measure("one", BEIJING), measure("new")))
    assert (await at.post(PLACE)).body["sample"] == ["hz-1", "hz-2"]
    assert (await at.post(PLACE, {"draft": True})).body["sample"] == ["bj"]
    fresh = "/v1/measures/a-doc.new/audience"
    assert ((await at.post(fresh)).status, (await at.post(fresh, {"draft": True})).status) == (404, 200)


async def test_a_withdrawn_measure_keeps_its_audience(at: Desk) -> None:
    await at.published(document("a-doc", measure("one", HANGZHOU), measure("two", BEIJING)))
    await at.published(document("a-doc", measure("two", BEIJING)))
    assert (await at.post(PLACE)).body["counts"]["certain"] == 2


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"by": ["region"]}, [("/by", "not_yet")]),
        ({"compare_to": {"all": []}}, [("/compare_to", "not_yet")]),
        ({"sample": -1}, [("/sample", "out_of_range")]),
        ({"sample": 1.5}, [("/sample", "wrong_type")]),
        ({"as_of": "2026-02-30"}, [("/as_of", "bad_date")]),
        ({"as_of": "1989-12-31"}, [("/as_of", "out_of_range")]),
        ({"draft": 1, "colour": 2}, [("/draft", "wrong_type"), ("/colour", "unknown_member")]),
    ],
)
async def test_a_wrong_question_is_refused_with_its_pointer(at: Desk, body: Any, faults: Any) -> None:
    await at.published(document("a-doc"))
    assert await at.faults("POST", PLACE, body) == (422, faults)


@pytest.mark.parametrize("name", ["no-such.one", "a-doc.no", "A", "a-doc"])
async def test_an_unknown_measure_is_not_found(at: Desk, name: str) -> None:
    await at.published(document("a-doc"))
    assert (await at.post(f"/v1/measures/{name}/audience")).status == 404


async def test_a_draft_that_does_not_wait_is_not_found(at: Desk) -> None:
    await at.published(document("a-doc"))
    assert (await at.post(PLACE, {"draft": True})).status == 404


async def test_an_audience_needs_the_key_and_is_not_to_be_stored(at: Desk) -> None:
    await at.published(document("a-doc"))
    answer = await at.world.client.post(PLACE)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (401, "no-store")
