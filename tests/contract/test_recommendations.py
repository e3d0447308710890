"""Asking: what is listed, in which order, with which members."""

from typing import Any

import pytest

from tests.contract.documents import ATTESTED, NOBODY, SMALL, document, measure
from tests.contract.site import Site

MEMBERS = {
    "request_id",
    "as_of",
    "snapshot",
    "model",
    "degraded",
    "counts",
    "items",
    "questions",
    "next_cursor",
}
ITEM = {
    "measure",
    "verdict",
    "part",
    "state",
    "score",
    "window",
    "benefit",
    "conditions",
    "missing",
    "attests",
    "why",
    "found",
}
CONDITION = {"path", "text", "verdict", "value", "origin", "missing", "place", "distance"}


def parts(answer: Any) -> list[str]:
    return [item["part"] for item in answer.body["items"]]


def test_an_answer_has_the_members_of_the_contract(shared: Site) -> None:
    answer = shared.ask({"facts": {"employees": 18}})
    body = answer.body
    assert set(body) >= MEMBERS
    assert (body["request_id"], body["as_of"]) == (answer.headers["x-request-id"], "2026-11-24")
    assert set(body["counts"]) == {"certain", "checkable", "undecided", "excluded"}
    assert set(body["model"]) >= {"name", "id", "cold_start"}
    assert set(body["snapshot"]) >= {"generation", "catalogue"}
    for item in body["items"]:
        assert set(item) >= ITEM
        assert set(item["measure"]) >= {"id", "title", "document", "kind", "mode", "summary"}
        assert set(item["measure"]["document"]) >= {
            "id", "title", "doc_no", "issuers", "level", "in_force", "provenance"}  # fmt: skip
        assert 0 <= item["score"] <= 1
        assert all(set(condition) >= CONDITION for condition in item["conditions"])
        assert all(set(why) >= {"feature", "text", "contribution"} for why in item["why"])


def test_no_key_and_a_wrong_key_are_both_fine_for_an_inline_profile(shared: Site) -> None:
    for key in (None, "wrong"):
        assert shared.post("/v1/recommendations", {"profile": {}}, key=key).status == 200


def test_a_stored_enterprise_needs_the_key_and_must_be_there(shared: Site) -> None:
    for path in ("/v1/recommendations", "/v1/eligibility"):
        assert shared.post(path, {"enterprise_id": "nobody"}, key=None).code == "key_needed"
        answer = shared.post(path, {"enterprise_id": "nobody"})
        assert (answer.status, answer.code) == (404, "not_found")


def test_parts_come_in_order_and_the_excluded_only_when_asked(shared: Site) -> None:
    order = ["certain", "checkable", "undecided", "excluded"]
    found = parts(shared.ask())
    assert found == sorted(found, key=order.index)
    assert set(found) == {"certain", "checkable", "undecided"}
    assert set(parts(shared.ask(parts=order))) == set(order)
    assert set(parts(shared.ask(parts=["excluded"]))) == {"excluded"}


def test_counts_are_made_before_parts_and_after_states_kinds_and_regions(shared: Site) -> None:
    whole = shared.ask().body["counts"]
    assert shared.ask(parts=["excluded"], limit=1).body["counts"] == whole
    every = ["open", "upcoming", "closed", "rolling", "unstated", "exhausted"]
    assert sum(shared.ask(states=every).body["counts"].values()) == sum(whole.values()) + 1
    assert sum(shared.ask(kinds=["space"]).body["counts"].values()) == 1
    assert sum(shared.ask(regions=["110000"]).body["counts"].values()) == sum(whole.values()) - 1


def test_closed_measures_are_listed_only_when_asked(shared: Site) -> None:
    assert "bb-windows.closed" not in shared.ask(limit=100).ids
    assert shared.ask(states=["closed"]).ids == ["bb-windows.closed"]


@pytest.mark.parametrize("state", ["open", "upcoming", "closed", "unstated"])
def test_states_keep(shared: Site, state: str) -> None:
    body = shared.ask(states=[state]).body
    assert {item["state"] for item in body["items"]} == {state}


@pytest.mark.parametrize(
    ("region", "kept"),
    [("000000", {"cc", "dd"}), ("330000", {"cc"}), ("330106", {"cc"}), ("330200", set()), ("110105", {"dd"}),
     ("110000", {"dd"})],
)  # fmt: skip
def test_regions_keep_what_equals_contains_or_lies_inside(shared: Site, region: str, kept: set[str]) -> None:
    for names in (
        shared.ask(regions=[region], limit=100).ids,
        shared.get(f"/v1/measures?region={region}&limit=100").ids,
    ):
        assert {name[:2] for name in names} >= {"aa", *kept}
        assert {name[:2] for name in names} & {"cc", "dd"} == kept


def test_a_window_is_shown_with_the_days_left(shared: Site) -> None:
    by_id = {item["measure"]["id"]: item for item in shared.ask(limit=100).body["items"]}
    assert by_id["bb-windows.open"]["window"] == {
        "opens": "2026-11-01",
        "closes": "2026-11-30",
        "days_left": 6,
    }
    assert by_id["bb-windows.upcoming"]["window"]["days_left"] is None
    assert by_id["bb-windows.unstated"]["window"] is None
    assert by_id["aa-parts.certain"]["window"] is None


def test_the_earliest_deadline_comes_first_and_none_last(shared: Site) -> None:
    ids = shared.ask(sort="deadline", parts=["certain"], limit=100).ids
    assert ids[:2] == ["bb-windows.open", "bb-windows.upcoming"]
    assert ids[2:] == sorted(ids[2:])


def test_query_and_text_order_and_never_remove(shared: Site) -> None:
    plain = shared.ask(limit=100)
    for more in (
        {"query": "space补助"},
        {"profile": {"text": "space补助 space"}},
        {"query": "zzz"},
        {"query": ""},
    ):
        found = shared.post("/v1/recommendations", {"profile": {}, "limit": 100, **more})
        assert (sorted(found.ids), found.body["counts"]) == (sorted(plain.ids), plain.body["counts"])


def test_the_day_moves_windows_and_never_the_catalogue(shared: Site) -> None:
    assert "bb-windows.closed" in shared.ask(as_of="2026-01-01", states=["open"]).ids
    assert "bb-windows.closed" in shared.ask(as_of="2026-02-01", states=["open"]).ids
    assert "bb-windows.closed" not in shared.ask(as_of="2026-02-02", states=["open"]).ids
    for day in ("1990-01-01", "2099-12-31"):
        assert shared.ask(as_of=day).body["as_of"] == day


def test_missing_and_attests_name_what_can_still_change_the_verdict(shared: Site) -> None:
    by_id = {item["measure"]["id"]: item for item in shared.ask(limit=100).body["items"]}
    undecided, checkable = by_id["aa-parts.undecided"], by_id["aa-parts.checkable"]
    assert undecided["missing"] == ["employees"]
    assert undecided["attests"] == [{"key": "in-key-industry", "text": "属于重点产业"}]
    assert checkable["missing"] == []
    assert by_id["aa-parts.certain"]["missing"] == by_id["aa-parts.certain"]["attests"] == []


def test_an_answer_decides(shared: Site) -> None:
    key = "aa-parts.checkable#in-key-industry"
    for answer, part in ((True, "certain"), (False, "excluded")):
        found = shared.ask(
            {"answers": {key: answer}}, parts=["certain", "checkable", "undecided", "excluded"]
        )
        by_id = {item["measure"]["id"]: item["part"] for item in found.body["items"]}
        assert by_id["aa-parts.checkable"] == part


def test_questions_count_what_they_unlock(own: Site) -> None:
    own.publish(
        document("one-doc", measure("a", SMALL), measure("b", SMALL), measure("c", {"all": [ATTESTED]}))
    )
    questions = own.ask().body["questions"]
    assert [q["unlocks"] for q in questions if q.get("fact") == "employees"] == [2]
    assert [q["unlocks"] for q in questions if q.get("attest") == "one-doc.c#in-key-industry"] == [1]
    assert all(q["text"] for q in questions)


def test_an_answer_to_a_question_moves_as_many_measures_as_it_unlocks(own: Site) -> None:
    both = {"at_least": 2, "of": [SMALL, {"field": "revenue", "lte": 5}, {"field": "profit", "lte": 5}]}
    own.publish(document("one-doc", measure("a", SMALL), measure("b", {"all": [SMALL]}), measure("c", both)))
    before = own.ask().body
    assert [(q["fact"], q["unlocks"]) for q in before["questions"]] == [("employees", 2)]
    after = own.ask({"facts": {"employees": {"2025": 5}}}).body
    assert (before["counts"]["certain"], after["counts"]["certain"]) == (0, 2)


def test_questions_are_at_most_five(own: Site) -> None:
    names = (
        "employees",
        "patents_invention",
        "rd_staff",
        "staff_insured",
        "standards_led",
        "software_copyrights",
    )
    own.publish(
        document("many-facts", *(measure(f"m{n}", {"field": f, "gte": 1}) for n, f in enumerate(names)))
    )
    assert len(own.ask().body["questions"]) == 5


def test_the_benefit_with_the_largest_end_is_shown(own: Site) -> None:
    some = [
        {"nature": "status", "text": "称号"},
        {"nature": "cash", "min": 5, "max": 100.5, "text": "奖"},
        {"nature": "loan", "max": 20},
    ]
    own.publish(
        document("doc-benefit", measure("a", benefits=some), measure("b", benefits=some[:1]), measure("c"))
    )
    shown = {item["measure"]["id"][-1]: item["benefit"] for item in own.ask().body["items"]}
    assert (
        shown["a"] == {"nature": "cash", "min": 5, "max": some[1]["max"], "text": "奖"}
        or str(shown["a"]["max"]) == "100.5"
    )
    assert shown["b"] == {"nature": "status", "min": None, "max": None, "text": "称号"}
    assert shown["c"] is None


def test_the_catalogue_grows_by_one_with_each_publication_and_withdrawal(own: Site) -> None:
    def version() -> int:
        return int(own.ask().body["snapshot"]["catalogue"])

    start = version()
    own.post("/v1/policies", document("doc-v"))
    assert version() == start
    own.post("/v1/policies/doc-v/publish")
    own.post("/v1/policies/doc-v/publish")
    assert version() == start + 1
    own.withdraw("doc-v")
    own.withdraw("doc-v")
    assert version() == start + 2


def test_only_what_is_published_is_listed(own: Site) -> None:
    own.post("/v1/policies", document("doc-draft"))
    assert own.ask().ids == []
    own.publish(document("doc-live", measure("a"), measure("b")))
    own.put("/v1/policies/doc-live", document("doc-live", measure("a", NOBODY)))
    assert own.ask().ids == ["doc-live.a", "doc-live.b"] or sorted(own.ask().ids) == [
        "doc-live.a",
        "doc-live.b",
    ]
    own.post("/v1/policies/doc-live/publish")
    assert own.ask().ids == []
    own.withdraw("doc-live")
    assert sum(own.ask().body["counts"].values()) == 0


def test_an_empty_catalogue_answers(own: Site) -> None:
    body = own.ask().body
    assert (body["items"], body["next_cursor"], body["questions"]) == ([], None, [])


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant", "en"])
def test_reasons_come_in_each_language(shared: Site, lang: str) -> None:
    answer = shared.ask({"facts": {"employees": 25}}, lang=lang, parts=["excluded", "undecided"])
    texts = [c["text"] for item in answer.body["items"] for c in item["conditions"] if not c.get("attest")]
    assert texts
    if lang == "en":
        assert any(text.isascii() for text in texts)


def test_a_conditions_value_and_origin_are_those_of_the_profile(shared: Site) -> None:
    fact = {"value": {"2025": 18}, "source": "registry", "as_of": "2026-10-01"}
    answer = shared.ask({"facts": {"employees": fact}}, limit=100)
    [item] = [item for item in answer.body["items"] if item["measure"]["id"] == "aa-parts.undecided"]
    assert item["part"] == "checkable"
    first, second = item["conditions"]
    assert (first["path"], first["verdict"], first["value"]) == ("/all/0", "met", 18)
    assert first["origin"] == {"source": "registry", "as_of": "2026-10-01"}
    assert (second["path"], second["verdict"], second["value"]) == ("/all/1", "unknown", None)
