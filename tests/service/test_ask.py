"""POST /v1/recommendations: what is listed, in which order, why, and what is refused."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.database.tables import asks
from tests.service.asking import WITH_KEY, LetterEncoder, World, document, measure, world

PATH = "/v1/recommendations"
IN_HANGZHOU = {"field": "region", "within": ["330100"]}
FEW = {"field": "employees", "lte": 300}
TOLD = {"attest": "told", "text": "已告知"}
OPEN = [{"opens": "2026-11-01", "closes": "2026-12-31"}]
FOUR = document(
    "hz-2026-four",
    measure("a-certain", IN_HANGZHOU),
    measure("b-checkable", {"all": [IN_HANGZHOU, TOLD]}),
    measure("c-undecided", {"all": [IN_HANGZHOU, FEW]}),
    measure("d-excluded", {"not": IN_HANGZHOU}),
)
FIRM = {"facts": {"region": "330106"}}


@pytest.fixture
async def four(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "data", FOUR) as found:
        yield found


async def test_parts_come_in_order_and_the_excluded_are_left_out_unless_asked(four: World) -> None:
    body = await four.ask(FIRM)
    assert [item["part"] for item in body["items"]] == ["certain", "checkable", "undecided"]
    assert body["counts"] == {"certain": 1, "checkable": 1, "undecided": 1, "excluded": 1}
    everything = await four.ask(FIRM, parts=["excluded", "certain"])
    assert [item["part"] for item in everything["items"]] == ["certain", "excluded"]
    assert everything["counts"] == body["counts"]


async def test_an_item_has_every_member_of_the_contract(four: World) -> None:
    item = (await four.ask(FIRM, parts=["undecided"]))["items"][0]
    assert set(item) == {
        "measure", "verdict", "part", "state", "score", "window", "benefit",
        "conditions", "missing", "attests", "why", "found",
    }  # fmt: skip
    assert (item["verdict"], item["missing"], item["attests"]) == ("unknown", ["employees"], [])
    assert 0 <= item["score"] <= 1
    assert item["measure"]["document"]["provenance"] == "from-memory"
    assert {"path", "text", "verdict", "value", "origin", "missing", "place", "distance"} <= set(
        item["conditions"][0]
    )


async def test_an_answer_names_snapshot_model_and_day(four: World) -> None:
    body = await four.ask(FIRM)
    assert body["as_of"] == "2026-11-24"
    assert body["snapshot"] == {"generation": None, "catalogue": 1}
    assert body["degraded"] == []
    assert set(body["model"]) == {"name", "id", "cold_start"}


async def test_questions_name_what_listed_measures_wait_for(four: World) -> None:
    asked = [q.get("fact") or q.get("attest") for q in (await four.ask(FIRM))["questions"]]
    assert asked == ["employees", "hz-2026-four.b-checkable#told"]


async def test_exact_numbers_survive_into_the_answer(tmp_path: Path) -> None:
    rule = {"field": "revenue", "lt": 5}
    benefits = [{"nature": "cash", "max": Decimal("0.10")}, {"nature": "cash", "max": 3}]
    async with world(tmp_path / "data", document("exact", measure("m", rule, benefits=benefits))) as found:
        profile = {"facts": {"revenue": {"2025": Decimal("4.99")}}}
        item = (await found.ask(profile))["items"][0]
    assert item["conditions"][0]["value"] == Decimal("4.99")
    assert item["benefit"] == {"nature": "cash", "min": None, "max": 3, "text": None}


async def test_states_kinds_and_regions_keep_before_counting(tmp_path: Path) -> None:
    documents = (
        document("closed", measure("m", windows=[{"opens": "2025-01-01", "closes": "2025-12-31"}])),
        document("taxes", measure("m", kind="tax")),
        document("hangzhou", measure("m"), level="city", region="330100"),
        document("beijing", measure("m"), level="province", region="110000"),
    )
    async with world(tmp_path / "data", *documents) as found:
        assert set(await found.ids()) == {"beijing.m", "hangzhou.m", "taxes.m"}
        assert await found.ids(states=["closed"]) == ["closed.m"]
        assert await found.ids(kinds=["tax"]) == ["taxes.m"]
        assert set(await found.ids(regions=["330106"])) == {"hangzhou.m", "taxes.m"}
        assert set(await found.ids(regions=["330000"])) == {"hangzhou.m", "taxes.m"}
        assert set(await found.ids(regions=["110101", "330500"])) == {"beijing.m", "taxes.m"}
        assert (await found.ask(kinds=["tax"]))["counts"]["certain"] == 1


async def test_deadline_puts_the_earliest_end_first_and_none_last(tmp_path: Path) -> None:
    ends = {"a": "2026-12-31", "b": "2026-11-30", "c": None}
    measures = [measure(key, windows=[{"opens": "2026-01-01", "closes": end}]) for key, end in ends.items()]
    async with world(tmp_path / "data", document("ends", *measures, measure("d"))) as found:
        assert await found.ids(sort="deadline") == ["ends.b", "ends.a", "ends.c", "ends.d"]
        item = (await found.ask(sort="deadline"))["items"][0]
    assert item["window"] == {"opens": "2026-01-01", "closes": "2026-11-30", "days_left": 6}


async def test_as_of_moves_windows_but_not_the_catalogue(tmp_path: Path) -> None:
    async with world(tmp_path / "data", document("soon", measure("m", windows=OPEN))) as found:
        before = await found.ask(as_of="2026-10-31")
        after = await found.ask(as_of="2027-01-01", states=["closed"])
    assert before["items"][0]["state"] == "upcoming"
    assert after["items"][0]["state"] == "closed"
    assert before["snapshot"] == after["snapshot"]


async def test_a_withdrawn_or_draft_document_is_never_listed(four: World) -> None:
    await four.withdraw("hz-2026-four")
    body = await four.ask(FIRM)
    assert (body["items"], body["snapshot"]["catalogue"]) == ([], 2)


async def test_words_order_and_never_remove(tmp_path: Path) -> None:
    titles = {"a": "稳岗返还", "b": "研发费用补助", "c": "展会补贴"}
    measures = [measure(key, title=title) for key, title in titles.items()]
    async with world(tmp_path / "data", document("words", *measures)) as found:
        await found.build_index()
        assert (await found.ids(query="研发费用"))[0] == "words.b"
        assert (await found.ids({"text": "我们要参加展会"}))[0] == "words.c"
        assert set(await found.ids(query="无关的话")) == {"words.a", "words.b", "words.c"}


async def test_while_the_encoder_loads_words_order_and_the_answer_says_so(tmp_path: Path) -> None:
    measures = [measure(key, title=title) for key, title in (("a", "稳岗返还"), ("b", "研发补助"))]
    async with world(tmp_path / "data", document("words", *measures)) as found:
        await found.build_index(LetterEncoder())
        found.use(None, "loading")
        loading = await found.ask(query="研发")
        found.use(LetterEncoder())
        ready = await found.ask(query="研发")
    assert (loading["degraded"], ready["degraded"]) == (["dense"], [])
    assert [item["measure"]["id"] for item in loading["items"]] == ["words.b", "words.a"]


async def test_another_encoders_vectors_are_never_compared(tmp_path: Path) -> None:
    async with world(tmp_path / "data", document("doc")) as found:
        await found.build_index(LetterEncoder())
        found.use(LetterEncoder("other"))
        assert (await found.ask(query="研发"))["degraded"] == ["dense"]


async def test_what_is_published_after_the_index_was_built_is_found_by_its_words(tmp_path: Path) -> None:
    async with world(tmp_path / "data", document("old", measure("m", title="稳岗返还"))) as found:
        await found.build_index()
        generation = (await found.ask())["snapshot"]["generation"]
        await found.publish(document("new", measure("m", title="展会补贴")))
        body = await found.ask(query="展会补贴")
    assert body["snapshot"] == {"generation": generation, "catalogue": 2}
    assert body["items"][0]["measure"]["id"] == "new.m"
    assert body["items"][0]["score"] > body["items"][1]["score"]


async def test_a_redis_that_is_down_is_told_and_holds_nothing_up(tmp_path: Path) -> None:
    async with world(tmp_path / "data", FOUR, redis_url=f"unix://{tmp_path}/nothing.sock") as found:
        body = await found.ask(FIRM)
    assert (body["degraded"], len(body["items"])) == (["redis"], 3)


async def test_the_example_of_the_reference_is_answered_as_its_schema_says(four: World) -> None:
    paths = (await four.get("/openapi.json")).body["paths"]
    for path in (PATH, "/v1/eligibility"):
        asked = paths[path]["post"]["requestBody"]["content"]["application/json"]
        assert {"profile", "enterprise_id", "as_of"} <= set(asked["schema"]["properties"])
        assert (await four.post(path, asked["example"])).status == 200


async def test_asks_are_counted_and_nothing_else_of_them_is_kept(four: World) -> None:
    await four.ask({"text": "秘密的事", **FIRM})
    await four.services.asks.close()
    async with four.services.db.read() as c:
        assert (await c.execute(select(asks))).all() == [("2026-11-24", "recommendations", 1)]
    data = four.services.settings.folder
    assert not [f for f in data.rglob("*") if f.is_file() and "秘密的事".encode() in f.read_bytes()]


async def test_a_stored_enterprise_needs_the_key(four: World) -> None:
    await four.register("e1", FIRM)
    assert await four.refused(PATH, {"enterprise_id": "e1"}) == (401, [("", "key_needed")])
    answer = await four.post(PATH, {"enterprise_id": "e1"}, **WITH_KEY)
    assert [item["part"] for item in answer.body["items"]] == ["certain", "checkable", "undecided"]
    assert await four.refused(PATH, {"enterprise_id": "nobody"}, **WITH_KEY) == (404, [("", "not_found")])


async def test_nobody_may_keep_an_answer(four: World) -> None:
    answer = await four.post(PATH, {"profile": FIRM})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"] == answer.body["request_id"]


async def test_reasons_come_in_the_language_asked_for(four: World) -> None:
    texts = {
        lang: (await four.ask(FIRM, parts=["certain"], lang=lang))["items"][0]["conditions"][0]["text"]
        for lang in ("zh-Hans", "zh-Hant", "en")
    }
    assert len(set(texts.values())) == 3


REFUSED: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "nobody": ({}, [("/enterprise_id", "missing_member")]),
    "both": ({"profile": {}, "enterprise_id": "a"}, [("/enterprise_id", "conflicting_values")]),
    "sort": ({"profile": {}, "sort": "size"}, [("/sort", "unknown_code")]),
    "part": ({"profile": {}, "parts": ["sure"]}, [("/parts/0", "unknown_code")]),
    "no states": ({"profile": {}, "states": []}, [("/states", "out_of_range")]),
    "no kinds": ({"profile": {}, "kinds": []}, [("/kinds", "out_of_range")]),
    "no regions": ({"profile": {}, "regions": []}, [("/regions", "out_of_range")]),
    "region": ({"profile": {}, "regions": ["999999"]}, [("/regions/0", "unknown_region")]),
    "limit": ({"profile": {}, "limit": 0}, [("/limit", "out_of_range")]),
    "true for a number": ({"profile": {}, "limit": True}, [("/limit", "wrong_type")]),
    "day": ({"profile": {}, "as_of": "2026-02-30"}, [("/as_of", "bad_date")]),
    "far day": ({"profile": {}, "as_of": "1989-12-31"}, [("/as_of", "out_of_range")]),
    "query": ({"profile": {}, "query": "长" * 2_001}, [("/query", "bad_text")]),
    "two": ({"size": 1, "profile": {"facts": {"x": 1}}}, [
        ("/size", "unknown_member"), ("/profile/facts/x", "unknown_fact"),
    ]),
    "no object": ([], [("", "wrong_type")]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
async def test_a_faulty_ask_is_refused_with_every_pointer(case: str, four: World) -> None:
    body, faults = REFUSED[case]
    assert await four.refused(PATH, body) == (422, faults)
