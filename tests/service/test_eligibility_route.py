"""POST /v1/eligibility: named measures, withdrawn ones, and rules that come along."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.asking import WITH_KEY, World, document, measure, world

PATH = "/v1/eligibility"
SMALL = {"field": "employees", "lte": 20}
TOLD = {"attest": "told", "text": "已告知"}
FIRM = {"facts": {"employees": 5}}


@pytest.fixture
async def found(tmp_path: Path) -> AsyncIterator[World]:
    documents = (document("bbb", measure("m", SMALL)), document("aaa", measure("m", {"all": [SMALL, TOLD]})))
    async with world(tmp_path / "data", *documents) as made:
        yield made


async def judged(found: World, **members: Any) -> list[dict[str, Any]]:
    answer = await found.post(PATH, {"profile": FIRM, **members})
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.body["items"]
    return items


async def test_by_default_everything_published_is_judged_by_id(found: World) -> None:
    items = await judged(found)
    assert [(item["measure"], item["part"]) for item in items] == [
        ("aaa.m", "checkable"),
        ("bbb.m", "certain"),
    ]


async def test_a_judgement_has_every_member_of_the_contract(found: World) -> None:
    item = (await judged(found, measures=["aaa.m"]))[0]
    assert set(item) == {
        "measure", "status", "state", "verdict", "part", "conditions",
        "decisive", "missing", "attests", "would_be_eligible_if", "blocked_by", "then",
    }  # fmt: skip
    assert (item["status"], item["state"], item["verdict"]) == ("published", "rolling", "unknown")
    assert item["attests"] == [{"key": "told", "text": "已告知"}]
    assert (item["decisive"], item["then"]) == ([], None)


async def test_what_decides_and_by_how_much_it_is_missed_is_told(found: World) -> None:
    item = (await judged(found, profile={"facts": {"employees": 23}}, measures=["aaa.m"]))[0]
    assert (item["verdict"], item["decisive"]) == ("ineligible", ["/all/0"])
    assert [one["distance"] for one in item["conditions"]] == [3, None]


async def test_the_fewest_steps_to_eligible_are_told(found: World) -> None:
    late = {"field": "registered_on", "after": "2025-01-01"}
    profile = {"facts": {"employees": 5, "registered_on": "2020-01-01"}}
    items = await judged(
        found, profile=profile, rules={"told": TOLD, "late": late, "small": SMALL}, lang="en"
    )
    steps = {item["rule"]: (item["would_be_eligible_if"], item["blocked_by"]) for item in items}
    assert (steps["small"], steps["late"]) == (([], []), (None, [""]))
    ((step,), _) = steps["told"]
    assert (step["do"], step["attest"], step["target"], step["on"]) == ("confirm", "told", True, None)
    assert step["text"] == "To be confirmed: 已告知"


async def test_a_step_of_time_has_its_day_and_what_if_its_own_steps(found: World) -> None:
    rules = {"old": {"field": "age_months", "gte": 36}}
    what_if = {"facts": {"registered_on": "2020-01-01"}}
    profile = {"facts": {"registered_on": "2024-03-01"}}
    (item,) = await judged(found, profile=profile, rules=rules, what_if=what_if, as_of="2026-11-24")
    (step,) = item["would_be_eligible_if"]
    assert (step["do"], step["on"], step["distance"]) == ("wait", "2027-03-01", 97)
    assert item["then"]["would_be_eligible_if"] == []


async def test_what_if_says_how_each_would_stand_then(found: World) -> None:
    what_if = {"facts": {"employees": 23}, "answers": {"mine#told": True}}
    items = await judged(found, measures=["bbb.m"], rules={"mine": TOLD}, what_if=what_if)
    assert [(item["verdict"], item["then"]["verdict"]) for item in items] == [
        ("eligible", "ineligible"), ("unknown", "eligible"),
    ]  # fmt: skip
    for item in items:
        assert set(item["then"]) == set(item)
        assert item["then"]["then"] is None


async def test_what_if_replaces_a_fact_whole_and_null_forgets_it(found: World) -> None:
    profile = {"facts": {"employees": {"2024": 5, "2025": 5}}}
    rules = {"before": {**SMALL, "year": -2}, "last": SMALL}
    items = await judged(found, profile=profile, rules=rules, what_if={"facts": {"employees": 7}})
    assert [item["then"]["verdict"] for item in items] == ["unknown", "eligible"]
    items = await judged(found, profile=profile, rules=rules, what_if={"facts": {"employees": None}})
    assert [item["then"]["verdict"] for item in items] == ["unknown", "unknown"]


async def test_supposing_nothing_changes_nothing(found: World) -> None:
    (item,) = await judged(found, measures=["bbb.m"], what_if={})
    assert item["then"] == {**item, "then": None}


async def test_what_is_supposed_of_a_stored_enterprise_is_not_kept(found: World) -> None:
    await found.register("e1", FIRM)
    body = {"enterprise_id": "e1", "measures": ["bbb.m"], "what_if": {"facts": {"employees": 99}}}
    for _ in range(2):
        (item,) = (await found.post(PATH, body, **WITH_KEY)).body["items"]
        assert (item["verdict"], item["then"]["verdict"]) == ("eligible", "ineligible")


async def test_measures_come_in_the_order_asked_then_rules_by_name(found: World) -> None:
    rules = {"zz": SMALL, "aa": {"not": SMALL}}
    items = await judged(found, measures=["bbb.m", "aaa.m"], rules=rules)
    assert [item.get("measure") or item["rule"] for item in items] == ["bbb.m", "aaa.m", "aa", "zz"]
    assert [item["verdict"] for item in items[2:]] == ["ineligible", "eligible"]


async def test_rules_alone_judge_only_the_rules_and_have_their_own_answers(found: World) -> None:
    profile = {"answers": {"mine#told": True}}
    items = await judged(found, profile=profile, rules={"mine": TOLD})
    assert [(item["rule"], item["part"], item["status"]) for item in items] == [("mine", "certain", None)]


async def test_a_withdrawn_measure_is_judged_with_its_status(found: World) -> None:
    await found.withdraw("bbb")
    item = (await judged(found, measures=["bbb.m"]))[0]
    assert (item["status"], item["verdict"]) == ("withdrawn", "eligible")
    assert [item["measure"] for item in await judged(found)] == ["aaa.m"]


async def test_a_measure_that_a_revision_lacks_is_judged_as_withdrawn(found: World) -> None:
    await found.publish(document("bbb", measure("other")))
    items = await judged(found, measures=["bbb.m", "bbb.other"])
    assert [item["status"] for item in items] == ["withdrawn", "published"]


async def test_a_stored_enterprise_is_judged_with_the_key_only(found: World) -> None:
    await found.register("e1", FIRM)
    assert await found.refused(PATH, {"enterprise_id": "e1"}) == (401, [("", "key_needed")])
    answer = await found.post(PATH, {"enterprise_id": "e1", "measures": ["bbb.m"]}, **WITH_KEY)
    assert answer.body["items"][0]["verdict"] == "eligible"
    assert answer.headers["cache-control"] == "no-store"


REFUSED: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "nobody": ({}, [("/enterprise_id", "missing_member")]),
    "what if": ({"profile": {}, "what_if": {"text": "x", "facts": {"x/y": 1, "employees": -1}}}, [
        ("/what_if/text", "unknown_member"), ("/what_if/facts/x~1y", "unknown_fact"),
        ("/what_if/facts/employees", "out_of_range"),
    ]),
    "what if answers": ({"profile": {}, "what_if": {"answers": {"a#b": 1}}}, [
        ("/what_if/answers/a#b", "wrong_type"),
    ]),
    "what if a word": ({"profile": {}, "what_if": "x"}, [("/what_if", "wrong_type")]),
    "unknown": ({"profile": {}, "measures": ["bbb.m", "no-such.m"]}, [("/measures/1", "unknown_measure")]),
    "malformed": ({"profile": {}, "measures": ["?"]}, [("/measures/0", "unknown_measure")]),
    "none": ({"profile": {}, "measures": []}, [("/measures", "out_of_range")]),
    "many": ({"profile": {}, "measures": ["bbb.m"] * 201}, [("/measures", "out_of_range")]),
    "rule": ({"profile": {}, "rules": {"r/1": {"any": []}}}, [("/rules/r~11", "bad_rule")]),
    "two": ({"profile": {}, "rules": {"a": {"field": "x", "is": 1}}, "as_of": "x"}, [
        ("/rules/a/field", "unknown_fact"), ("/as_of", "bad_date"),
    ]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
async def test_a_faulty_question_is_refused_with_every_pointer(case: str, found: World) -> None:
    body, faults = REFUSED[case]
    assert await found.refused(PATH, body) == (422, faults)


async def test_a_draft_is_no_published_measure(found: World) -> None:
    async with found.services.db.write() as c:
        from policies.documents import read_document
        from service.publishing import actions

        draft = read_document(document("ccc", measure("m")), found.services.registry)
        await actions.create(c, draft, found.clock.now())
    body = {"profile": {}, "measures": ["ccc.m"]}
    assert await found.refused(PATH, body) == (422, [("/measures/0", "unknown_measure")])
