"""Enterprises: kept as sent, resolved, patched, forgotten whole."""

from typing import Any

import pytest

from policies.credit_code import credit_check_character
from tests.contract.documents import document, measure
from tests.contract.site import Site

BEGUN = "91330106MA27XXXXX"
CREDIT_CODE = BEGUN + credit_check_character(BEGUN)
WHOLE = {
    "name": "杭州某某软件有限公司",
    "credit_code": CREDIT_CODE,
    "text": "工业质检软件研发，想申请研发补助",
    "facts": {
        "region": "330106",
        "industry": "6513",
        "registered_on": "2021-03-01",
        "employees": {"2025": 18},
        "revenue": {"2024": 5200000, "2025": {"min": 6800000, "max": 7000000}},
        "qualifications": {
            "held": [{"code": "tech_sme", "since": "2024-06-01"}, "srdi"],
            "not_held": ["high_tech"],
        },
        "zones": ["hz-hi-tech"],
        "credit_dishonest": {"value": False, "source": "registry", "as_of": "2026-10-01"},
    },
    "answers": {"hz-2024-rd.subsidy#in-key-industry": True, "nothing#at-all": False},
}


def test_what_was_sent_is_echoed_and_what_follows_from_it_is_told(own: Site) -> None:
    assert own.put("/v1/enterprises/Firm_1-a", WHOLE).status == 201
    body = own.get("/v1/enterprises/Firm_1-a").body
    assert {name: body[name] for name in WHOLE} == WHOLE
    assert (body["id"], body["demo"]) == ("Firm_1-a", False)
    assert body["resolved"] == {"region": ["330106"], "industry": ["I6513"]}
    assert body["derived"]["age_months"] == 68
    assert set(body["derived"]) == {"size", "age_months", "rd_ratio", "small_low_profit"}


def test_an_echo_can_be_put_again_and_is_the_same(own: Site) -> None:
    own.put("/v1/enterprises/firm", WHOLE)
    first = own.get("/v1/enterprises/firm")
    echoed = {name: first.body[name] for name in ("name", "credit_code", "text", "facts", "answers")}
    assert own.put("/v1/enterprises/firm", echoed).status == 200
    assert own.get("/v1/enterprises/firm").headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [
        (5, {"2025": 5}),
        ({"min": 5}, {"2025": {"min": 5}}),
        ({"min": 5, "max": 6}, {"2025": {"min": 5, "max": 6}}),
        ({"value": 5}, {"value": {"2025": 5}}),
        ({"value": 5, "as_of": "2024-01-01"}, {"value": {"2023": 5}, "as_of": "2024-01-01"}),
        ({"value": {"2020": 5}, "source": None}, {"value": {"2020": 5}}),
        ({"2020": 5, "2021": None}, {"2020": 5}),
        ({"2099": 5, "1949": 6}, {"2099": 5, "1949": 6}),
    ],
)
def test_a_bare_value_stands_under_the_year_before(own: Site, sent: Any, echoed: Any) -> None:
    own.put("/v1/enterprises/firm", {"name": "甲公司", "facts": {"employees": sent}})
    assert own.get("/v1/enterprises/firm").body["facts"] == {"employees": echoed}


def test_the_year_of_a_bare_value_is_fixed_when_it_is_written(own: Site) -> None:
    own.put("/v1/enterprises/firm", {"name": "甲公司", "facts": {"employees": 5}})
    own.later(days=400)
    assert own.get("/v1/enterprises/firm").body["facts"] == {"employees": {"2025": 5}}
    own.send("PATCH", "/v1/enterprises/firm", {"facts": {"rd_staff": 2}})
    facts = own.get("/v1/enterprises/firm").body["facts"]
    assert facts == {"employees": {"2025": 5}, "rd_staff": {"2026": 2}}


def test_a_bare_value_of_an_inline_profile_is_of_the_year_before_the_day_asked(shared: Site) -> None:
    rule = {"field": "employees", "year": -2, "lte": 5}
    wrapped = {"value": 5, "as_of": "2025-06-01"}
    assert shared.judge(rule, {"facts": {"employees": 5}})["verdict"] == "unknown"
    assert shared.judge(rule, {"facts": {"employees": wrapped}})["verdict"] == "eligible"
    last = {"field": "employees", "lte": 5}
    assert shared.judge(last, {"facts": {"employees": 5}}, as_of="2020-01-01")["verdict"] == "eligible"


def test_nulls_are_absent(own: Site) -> None:
    sent = {
        "name": "甲公司",
        "credit_code": None,
        "text": None,
        "answers": None,
        "facts": {"region": None, "employees": {"value": None}, "qualifications": {"held": None}},
    }
    assert own.put("/v1/enterprises/firm", sent).status == 201
    body = own.get("/v1/enterprises/firm").body
    assert (body["credit_code"], body["text"], body["answers"]) == (None, None, {})
    assert "region" not in body["facts"]
    assert "employees" not in body["facts"]


def test_a_put_replaces_whole(own: Site) -> None:
    assert own.put("/v1/enterprises/firm", WHOLE).status == 201
    assert own.put("/v1/enterprises/firm", {"name": "乙公司"}).status == 200
    body = own.get("/v1/enterprises/firm").body
    assert (body["name"], body["facts"], body["answers"], body["text"]) == ("乙公司", {}, {}, None)


def test_a_stored_profile_needs_a_name(own: Site) -> None:
    assert own.put("/v1/enterprises/firm", {}).faults == [("/name", "missing_member")]
    assert own.put("/v1/enterprises/firm", {"name": ""}).faults == [("/name", "bad_text")]
    assert own.put("/v1/enterprises/firm", b"").code == "malformed_json"


def test_a_patch_replaces_what_it_names_whole(own: Site) -> None:
    own.put("/v1/enterprises/firm", WHOLE)
    change = {
        "text": None,
        "facts": {"revenue": {"2026": 1}, "zones": None, "employees": 20},
        "answers": {"nothing#at-all": None},
    }
    assert own.send("PATCH", "/v1/enterprises/firm", change).status == 200
    body = own.get("/v1/enterprises/firm").body
    assert body["facts"]["revenue"] == {"2026": 1}
    assert body["facts"]["employees"] == {"2025": 20}
    assert "zones" not in body["facts"]
    assert (body["text"], body["name"]) == (None, WHOLE["name"])
    assert body["answers"] == {"hz-2024-rd.subsidy#in-key-industry": True}


def test_a_patch_cannot_take_the_name_away(own: Site) -> None:
    own.put("/v1/enterprises/firm", WHOLE)
    answer = own.send("PATCH", "/v1/enterprises/firm", {"name": None, "facts": {"employees": 1}})
    assert answer.faults == [("/name", "missing_member")]
    assert own.get("/v1/enterprises/firm").body["facts"]["employees"] == {"2025": 18}
    assert own.send("PATCH", "/v1/enterprises/firm", {}).status == 200
    assert own.send("PATCH", "/v1/enterprises/nobody", {}).status == 404


@pytest.mark.parametrize("name", ["a" * 65, "a.b", "a%20b", "%E6%9D%AD", "a%0A"])
def test_a_malformed_id_is_refused_on_put_and_not_found_elsewhere(own: Site, name: str) -> None:
    answer = own.put(f"/v1/enterprises/{name}", {"name": "甲公司"})
    assert (answer.status, answer.code) == (422, "bad_id")
    for method in ("GET", "DELETE", "PATCH"):
        assert own.send(method, f"/v1/enterprises/{name}", {} if method == "PATCH" else None).status == 404
    assert own.get("/v1/enterprises").body["items"] == []


def test_a_deleted_enterprise_is_gone_with_all_below_it_and_starts_blank(own: Site) -> None:
    own.put("/v1/enterprises/firm", WHOLE)
    own.publish(document("doc-told", measure()), notify=True)
    own.work()
    [told] = own.get("/v1/enterprises/firm/notifications").body["items"]
    assert own.send("DELETE", "/v1/enterprises/firm").status == 204
    for method, path in (
        ("DELETE", ""),
        ("GET", ""),
        ("GET", "/notifications"),
        ("POST", f"/notifications/{told['id']}/read"),
    ):
        assert own.send(method, f"/v1/enterprises/firm{path}").status == 404
    assert own.post("/v1/recommendations", {"enterprise_id": "firm"}).status == 404
    assert own.put("/v1/enterprises/firm", {"name": "新公司"}).status == 201
    assert own.get("/v1/enterprises/firm/notifications").body["items"] == []


def test_enterprises_are_listed_by_id(own: Site) -> None:
    for name in ("b", "a", "C", "_"):
        own.put(f"/v1/enterprises/{name}", {"name": f"{name}公司"})
    items = own.get("/v1/enterprises").body["items"]
    assert [item["id"] for item in items] == sorted(["b", "a", "C", "_"])
    assert set(items[0]) == {"id", "name", "demo"}


@pytest.mark.parametrize(
    ("region", "resolved"),
    [("330106", ["330106"]), ("330101", ["330100"]), ("110100", ["110000"]), ("500200", ["500000"])],
)
def test_what_a_region_means_today_is_told(own: Site, region: str, resolved: list[str]) -> None:
    own.put("/v1/enterprises/firm", {"name": "甲公司", "facts": {"region": region}})
    body = own.get("/v1/enterprises/firm").body
    assert (body["facts"]["region"], body["resolved"]["region"]) == (region, resolved)


@pytest.mark.parametrize("industry", ["I", "65", "I65", "651", "I651", "6513", "I6513"])
def test_every_spelling_of_an_industry_is_resolved_with_its_letter(own: Site, industry: str) -> None:
    own.put("/v1/enterprises/firm", {"name": "甲公司", "facts": {"industry": industry}})
    body = own.get("/v1/enterprises/firm").body
    assert body["facts"]["industry"] == industry
    assert body["resolved"]["industry"] == ["I" + industry.removeprefix("I")]


def test_nothing_of_an_anonymous_ask_is_stored(own: Site) -> None:
    own.ask({"name": "不可保存公司", "facts": {"employees": 4711}})
    own.post("/v1/eligibility", {"profile": {"name": "不可保存公司"}}, key=None)
    assert own.get("/v1/enterprises").body["items"] == []
    for file in own.services.settings.folder.rglob("*"):
        assert not file.is_file() or "不可保存公司".encode() not in file.read_bytes()
