"""What anybody may read: measures, facts, the schema of rules, codes."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.contract.documents import document, measure
from tests.contract.site import Site

FACTS = [
    "region", "industry", "registered_on", "legal_form", "registered_capital", "qualifications", "zones",
    "revenue", "total_assets", "profit", "taxable_income", "rd_expense", "tax_paid", "export_value",
    "fixed_investment", "revenue_high_tech", "revenue_main_product", "employees", "rd_staff",
    "staff_insured", "staff_disabled", "staff_laid_off_ratio", "patents_invention", "patents_utility",
    "patents_design", "software_copyrights", "standards_led", "tax_credit_grade", "credit_dishonest",
    "major_violation", "social_insurance_paid", "in_operation", "size", "age_months", "rd_ratio",
    "small_low_profit",
]  # fmt: skip


def test_measures_are_listed_by_id_in_every_state(shared: Site) -> None:
    answer = shared.get("/v1/measures?limit=100", key=None)
    assert answer.ids == sorted(answer.ids)
    assert len(answer.ids) == 10
    assert set(answer.body["items"][0]) >= {
        "id", "title", "document", "kind", "mode", "summary", "status", "state", "window", "benefit", "found",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("state=closed", ["bb-windows.closed"]),
        ("kind=voucher", ["bb-windows.upcoming"]),
        ("document=cc-hangzhou", ["cc-hangzhou.rd"]),
        ("region=330106&kind=talent", ["cc-hangzhou.rd"]),
        ("kind=procurement", []),
        ("document=aa-parts&state=open", []),
    ],
)
def test_parameters_keep(shared: Site, query: str, ids: list[str]) -> None:
    assert shared.get(f"/v1/measures?{query}", key=None).ids == ids


def test_q_orders_and_never_removes(shared: Site) -> None:
    whole = shared.get("/v1/measures?limit=100").ids
    found = shared.get("/v1/measures?limit=100&q=upcoming补助").ids
    assert sorted(found) == whole
    assert found[0] == "bb-windows.upcoming"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("state=ajar", ("state", "unknown_code")),
        ("kind=loan", ("kind", "unknown_code")),
        ("region=999999", ("region", "unknown_region")),
        ("limit=0", ("limit", "out_of_range")),
        ("q=%00", ("q", "bad_text")),
        ("q=" + "a" * 2_001, ("q", "bad_text")),
        ("as_of=2026-01-01", ("as_of", "unknown_member")),
    ],
)
def test_a_wrong_parameter_is_named(shared: Site, query: str, fault: Any) -> None:
    answer = shared.get(f"/v1/measures?{query}", key=None)
    assert (answer.status, answer.faults) == (422, [fault])


def test_several_wrong_parameters_are_all_named(shared: Site) -> None:
    answer = shared.get("/v1/measures?kind=loan&limit=x&colour=red")
    assert [name for name, _ in answer.faults] == ["kind", "limit", "colour"]


def test_one_measure_is_shown_with_all_of_its_entry(shared: Site) -> None:
    body = shared.get("/v1/measures/cc-hangzhou.rd", key=None).body
    assert set(body) >= {
        "id", "title", "document", "kind", "mode", "summary", "status", "state", "window", "benefit", "rule",
        "windows", "benefits", "materials", "steps", "contact", "budget", "requires", "grants", "excludes",
    }  # fmt: skip
    assert (body["status"], body["rule"]) == ("published", {"field": "industry", "within": ["I65"]})


@pytest.mark.parametrize("name", ["no-such.one", "aa-parts.nothing", "aa-parts", "A", "%E4%B8%80", "a" * 500])
def test_an_unknown_or_malformed_measure_is_not_found(shared: Site, name: str) -> None:
    answer = shared.get(f"/v1/measures/{name}", key=None)
    assert (answer.status, answer.code) == (404, "not_found")


def test_every_fact_of_the_contract_is_listed_with_its_question(shared: Site) -> None:
    items = shared.get("/v1/facts", key=None).body["items"]
    assert {item["name"] for item in items} >= set(FACTS)
    for item in items:
        assert set(item) >= {
            "name",
            "type",
            "unit",
            "by_year",
            "derived",
            "values",
            "question",
            "sensitivity",
        }
        assert set(item["question"]) == {"zh-Hans", "zh-Hant", "en"}
        assert all(item["question"].values()) or item["derived"]
    assert {item["name"] for item in items if item["derived"]} >= {"size", "age_months", "rd_ratio"}


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("regions?q=3301", "330100"),
        ("regions?q=杭州", "330100"),
        ("industries?q=I65", "I65"),
        ("industries?q=651", "I651"),
        ("industries?q=软件", None),
        ("qualifications?q=high", "high_tech"),
        ("qualifications?q=高新", "high_tech"),
    ],
)
def test_codes_are_found_by_their_beginning_or_part_of_the_name(shared: Site, path: str, first: Any) -> None:
    items = shared.get(f"/v1/codes/{path}", key=None).body["items"]
    assert items
    assert first in (None, items[0]["code"])
    assert all(set(item) >= {"code", "name", "path"} for item in items)
    assert all(item["path"][-1] == item["code"] for item in items)


def test_codes_of_no_kind_are_not_found(shared: Site) -> None:
    assert shared.get("/v1/codes/colours").status == 404


def test_a_documents_text_and_numbers_are_given_back_exactly(own: Site) -> None:
    sent = measure(
        "a", benefits=[{"nature": "cash", "min": 1, "max": 1000000000000000, "text": "“引号”\n二"}]
    )
    own.publish(document("doc-exact", sent, text="第一条\r\n\t第二条"))
    assert own.get("/v1/policies/doc-exact").body["text"] == "第一条\n\t第二条"
    assert own.get("/v1/measures/doc-exact.a").body["benefits"][0]["max"] == 10**15


def test_the_schema_of_rules_is_there_for_everybody_and_takes_what_is_published(shared: Site) -> None:
    answer = shared.get("/v1/rule-schema", key=None)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    validator = Draft202012Validator(answer.body)
    items = shared.get("/v1/measures", key=None).body["items"]
    written = [shared.get(f"/v1/measures/{item['id']}", key=None).body["rule"] for item in items]
    assert written
    assert all(validator.is_valid(rule) for rule in written)
    tag = answer.headers["etag"]
    assert shared.get("/v1/rule-schema", key=None, if_none_match=tag).status == 304


@pytest.mark.parametrize(
    "wrong",
    [{}, {"any": []}, {"field": "region", "within": []}, {"field": "employees", "gte": "10"},
     {"field": "employees", "gte": 1, "colour": 2}, {"all": [], "any": [{"all": []}]}],
)  # fmt: skip
def test_what_the_schema_of_rules_refuses_the_service_refuses(shared: Site, wrong: Any) -> None:
    validator = Draft202012Validator(shared.get("/v1/rule-schema", key=None).body)
    assert not validator.is_valid(wrong)
    body = {"profile": {}, "rules": {"one": wrong}}
    assert shared.post("/v1/eligibility", body, key=None).status == 422
