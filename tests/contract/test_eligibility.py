"""Judging: what a rule says, how it is refused, and what stands beside a verdict."""

from typing import Any

import pytest

from tests.contract.documents import ATTESTED, EVERYBODY, document, measure
from tests.contract.site import Site

ITEM = {
    "status", "state", "verdict", "part", "conditions", "decisive", "missing", "attests",
    "would_be_eligible_if", "blocked_by", "then",
}  # fmt: skip


def field(name: str, **operator: Any) -> dict[str, Any]:
    return {"field": name, **operator}


def nested(depth: int) -> Any:
    rule: Any = EVERYBODY
    for _ in range(depth - 1):
        rule = {"not": rule}
    return rule


REFUSED: list[tuple[Any, list[tuple[str, str]]]] = [
    ({"allof": []}, [("/allof", "unknown_operator")]),
    ({"all": [{"field": "employees", "gt": 1, "bigger": 2}]}, [("/all/0/bigger", "unknown_operator")]),
    ({"field": "employees", "over": 1, "gte": -5}, [("/over", "unknown_operator")]),
    ({}, [("", "bad_rule")]),
    ({"all": [], "any": [EVERYBODY]}, [("", "bad_rule")]),
    ({"text": "只有文字"}, [("", "bad_rule")]),
    ({"any": []}, [("", "bad_rule")]),
    ({"at_least": 1, "of": []}, [("", "bad_rule")]),
    ({"at_least": 0, "of": [EVERYBODY]}, [("", "bad_rule")]),
    ({"at_least": 2, "of": [EVERYBODY]}, [("", "bad_rule")]),
    ({"at_least": 1}, [("/of", "missing_member")]),
    ({"of": [EVERYBODY]}, [("/at_least", "missing_member")]),
    ({"at_least": True, "of": [EVERYBODY]}, [("/at_least", "wrong_type")]),
    ({"at_least": 1.5, "of": [EVERYBODY]}, [("/at_least", "wrong_type")]),
    ({"attest": "k"}, [("/text", "missing_member")]),
    ({"all": "x"}, [("/all", "wrong_type")]),
    ({"not": []}, [("/not", "wrong_type")]),
    ("x", [("", "wrong_type")]),
    ({"gt": 5}, [("/field", "missing_member")]),
    ({"field": "nothing", "gt": 5}, [("/field", "unknown_fact")]),
    ({"field": 5, "gt": 5}, [("/field", "wrong_type")]),
    (field("employees"), [("", "bad_rule")]),
    (field("employees", gt=1, lt=5), [("", "bad_rule")]),
    (field("employees", within=["330000"]), [("", "bad_rule")]),
    (field("region", gt=5), [("", "bad_rule")]),
    (field("region", within=["330000"], year=-1), [("", "bad_rule")]),
    (field("patents_invention", gte=1, year=-1), [("", "bad_rule")]),
    (field("region", within=[]), [("", "bad_rule")]),
    (field("legal_form", **{"in": []}), [("", "bad_rule")]),
    (field("qualifications", has_any=[]), [("", "bad_rule")]),
    (field("employees", gt=1, year=1), [("/year", "out_of_range")]),
    (field("employees", gt=1, year=-11), [("/year", "out_of_range")]),
    (field("employees", gt=1, year="2025"), [("/year", "wrong_type")]),
    (field("employees", between=[5, 4]), [("/between", "bad_range")]),
    (field("employees", between=[1, 2, 3]), [("", "bad_rule")]),
    (field("employees", gt="5"), [("/gt", "wrong_type")]),
    (field("employees", gt=True), [("/gt", "wrong_type")]),
    (field("region", within=["999999"]), [("/within/0", "unknown_region")]),
    (field("region", within=["330000", 330100]), [("/within/1", "wrong_type")]),
    (field("industry", within=["Z99"]), [("/within/0", "unknown_industry")]),
    (field("legal_form", **{"is": "gmbh"}), [("/is", "unknown_code")]),
    (field("legal_form", **{"in": ["company", "gmbh"]}), [("/in/1", "unknown_code")]),
    (field("size", **{"in": ["tiny"]}), [("/in/0", "unknown_code")]),
    (field("credit_dishonest", **{"is": "no"}), [("/is", "wrong_type")]),
    (field("qualifications", has_any=["best"]), [("/has_any/0", "unknown_code")]),
    (field("registered_on", before="2026-02-30"), [("/before", "bad_date")]),
    (field("registered_on", within_last={"months": 0}), [("/within_last/months", "out_of_range")]),
    (field("registered_on", within_last={"weeks": 2}), [
        ("/within_last/weeks", "unknown_member"), ("/within_last/months", "missing_member")]),
    (field("registered_on", within_last={}), [("/within_last/months", "missing_member")]),
    (field("registered_on", within_last={"days": 1, "years": 1}), [
        ("/within_last/years", "conflicting_values")]),
    ({"field": "employees", "value": 5, "gt": 1}, [("", "bad_rule")]),
    ({"value": {"field": "region"}, "gt": 1}, [("/value", "bad_rule")]),
    ({"value": {"add": []}, "gt": 1}, [("/value", "bad_rule")]),
    ({"value": {"div": [1]}, "gt": 1}, [("/value", "bad_rule")]),
    ({"value": {"plus": [1, 2]}, "gt": 1}, [("/value/plus", "unknown_operator")]),
    ({"value": {"sum": {"field": "revenue", "years": [-1, -3]}}, "gt": 1}, [
        ("/value/sum/years", "bad_range")]),
    ({"value": {"sum": {"field": "revenue", "years": [-11, -3]}}, "gt": 1}, [
        ("/value/sum/years/0", "out_of_range")]),
    ({"value": 5, "gt": 1, "year": -1}, [("", "bad_rule")]),
    ({**EVERYBODY, "place": {"chapter": "一"}}, [
        ("/place/chapter", "unknown_member"), ("/place/article", "missing_member")]),
    ({**EVERYBODY, "place": {"span": [5, 2]}}, [("/place/span", "bad_range")]),
    ({**EVERYBODY, "text": 5}, [("/text", "wrong_type")]),
    (nested(33), [("", "rule_too_large")]),
    ({"all": [EVERYBODY] * 2_000}, [("", "rule_too_large")]),
    ({"all": [{"any": []}, {"field": "x", "gt": 1}]}, [
        ("/all/0", "bad_rule"), ("/all/1/field", "unknown_fact")]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "faults"), REFUSED, ids=lambda each: str(each)[:60])
def test_a_wrong_rule_is_refused_at_its_place(shared: Site, rule: Any, faults: list[tuple[str, str]]) -> None:
    assert shared.told_of_rule(rule) == faults


def test_a_rule_just_small_enough_is_judged(shared: Site) -> None:
    assert shared.judge(nested(32))["verdict"] == "ineligible"
    assert shared.judge({"all": [EVERYBODY] * 1_999})["verdict"] == "eligible"


def test_an_absent_rule_is_missing_and_everybodys_is_written(shared: Site) -> None:
    plain = document("zz-ruleless", measure())
    del plain["measures"][0]["rule"]
    assert shared.post("/v1/policies", plain).faults == [("/measures/0/rule", "missing_member")]
    assert shared.judge({"all": []})["verdict"] == "eligible"


DECIDED: list[tuple[Any, Any, str]] = [
    (field("region", within=["330000"]), {"region": "330106"}, "eligible"),
    (field("region", within=["330100"]), {"region": "330000"}, "unknown"),
    (field("region", within=["000000"]), {}, "eligible"),
    (field("region", within=["330100"]), {"region": "330101"}, "eligible"),
    (field("region", within=["110000"]), {"region": "110100"}, "eligible"),
    (field("region", within=["500000"]), {"region": "500200"}, "eligible"),
    (field("region", within=["440000"]), {"region": "330106"}, "ineligible"),
    (field("industry", within=["I65"]), {"industry": "6513"}, "eligible"),
    (field("industry", within=["I"]), {"industry": "651"}, "eligible"),
    (field("industry", within=["6513"]), {"industry": "I65"}, "unknown"),
    (field("employees", lte=20), {"employees": 20}, "eligible"),
    (field("employees", lt=20), {"employees": 20}, "ineligible"),
    (field("employees", between=[18, 20]), {"employees": {"min": 18, "max": 20}}, "eligible"),
    (field("employees", lte=20), {"employees": {"min": 18, "max": 21}}, "unknown"),
    (field("employees", lte=20), {"employees": {"min": 21}}, "ineligible"),
    (field("employees", gte=0), {}, "eligible"),
    (field("profit", gte=0), {}, "unknown"),
    (field("staff_laid_off_ratio", lte=1), {}, "eligible"),
    (field("employees", lte=20, year=0), {"employees": {"2025": 5}}, "unknown"),
    (field("employees", lte=20, year=-2), {"employees": {"2024": 5}}, "eligible"),
    (field("registered_on", within_last={"months": 1}), {"registered_on": "2026-10-24"}, "eligible"),
    (field("registered_on", within_last={"months": 1}), {"registered_on": "2026-10-23"}, "ineligible"),
    (field("registered_on", within_last={"years": 5}), {"registered_on": "2026-11-25"}, "ineligible"),
    (field("registered_on", at_least_ago={"years": 1}), {"registered_on": "2025-11-24"}, "eligible"),
    (field("registered_on", before="2020-01-01"), {"registered_on": "2020-01-01"}, "ineligible"),
    (field("registered_on", on_or_before="2020-01-01"), {"registered_on": "2020-01-01"}, "eligible"),
    (field("qualifications", has_any=["srdi"]), {"qualifications": ["srdi"]}, "eligible"),
    (field("qualifications", has_any=["srdi"]), {"qualifications": ["high_tech"]}, "unknown"),
    (field("qualifications", has_any=["srdi"]), {"qualifications": {"complete": True}}, "ineligible"),
    (field("qualifications", has_none=["srdi"]), {"qualifications": {"not_held": ["srdi"]}}, "eligible"),
    (field("qualifications", has_none=["srdi"]), {}, "unknown"),
    (field("qualifications", has_any=["srdi"]),
     {"qualifications": [{"code": "srdi", "until": "2026-11-23"}]}, "ineligible"),
    (field("qualifications", has_any=["srdi"]),
     {"qualifications": [{"code": "srdi", "until": "2026-11-24"}]}, "eligible"),
    (field("credit_dishonest", **{"is": False}), {"credit_dishonest": False}, "eligible"),
    (field("rd_ratio", gte=0.05), {"revenue": 20, "rd_expense": 1}, "eligible"),
    (field("rd_ratio", gt=0.333333), {"revenue": 3, "rd_expense": 1}, "eligible"),
    (field("rd_ratio", lte=1), {"revenue": 1, "rd_expense": 5}, "ineligible"),
    (field("rd_ratio", gte=0.01), {"revenue": 0, "rd_expense": 5}, "unknown"),
    (field("age_months", gte=12), {"registered_on": "2025-11-24"}, "eligible"),
    (field("age_months", gte=12), {"registered_on": "2025-11-25"}, "ineligible"),
    (field("age_months", lt=0), {"registered_on": "2026-11-25"}, "eligible"),
    (field("small_low_profit", **{"is": True}),
     {"taxable_income": 3_000_000, "employees": 300, "total_assets": 50_000_000}, "eligible"),
    (field("small_low_profit", **{"is": True}), {"employees": 301}, "ineligible"),
    (field("size", **{"in": ["micro"]}), {"industry": "I6513", "employees": 5}, "eligible"),
    (field("size", **{"in": ["small", "micro"]}), {"industry": "J66"}, "unknown"),
    ({"value": {"div": [{"field": "rd_expense"}, {"field": "revenue"}]}, "gte": 0.05},
     {"revenue": 20, "rd_expense": 1}, "eligible"),
    ({"value": {"sum": {"field": "revenue", "years": [-2, -1]}}, "gte": 30},
     {"revenue": {"2024": 10, "2025": 20}}, "eligible"),
    ({"value": {"sub": [{"field": "employees"}, {"field": "employees"}]}, "lte": 0},
     {"employees": {"min": 1, "max": 2}}, "unknown"),
    ({"not": field("employees", lte=20)}, {"employees": 21}, "eligible"),
    ({"at_least": 2, "of": [EVERYBODY, EVERYBODY, {"not": EVERYBODY}]}, {}, "eligible"),
    ({"all": [{"not": EVERYBODY}, field("profit", gt=0)]}, {}, "ineligible"),
    ({"any": [EVERYBODY, field("profit", gt=0)]}, {}, "eligible"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "facts", "verdict"), DECIDED, ids=lambda each: str(each)[:60])
def test_a_rule_is_judged_as_the_contract_says(shared: Site, rule: Any, facts: Any, verdict: str) -> None:
    assert shared.judge(rule, {"facts": facts})["verdict"] == verdict


UNKNOWN = field("profit", gte=0)
PARTS: list[tuple[Any, str]] = [
    (EVERYBODY, "certain"),
    ({"not": EVERYBODY}, "excluded"),
    ({"any": [ATTESTED, UNKNOWN]}, "checkable"),
    ({"all": [ATTESTED, UNKNOWN]}, "undecided"),
    ({"not": ATTESTED}, "checkable"),
    ({"not": {"not": ATTESTED}}, "checkable"),
    (UNKNOWN, "undecided"),
]


@pytest.mark.parametrize(("rule", "part"), PARTS, ids=lambda each: str(each)[:60])
def test_a_part_follows_from_the_open_attestations(shared: Site, rule: Any, part: str) -> None:
    item = shared.judge(rule)
    assert item["part"] == part
    if part in {"certain", "excluded"}:
        assert item["missing"] == item["attests"] == []
    if part == "checkable":
        assert item["missing"] == []


def test_a_judgement_has_the_members_of_the_contract(shared: Site) -> None:
    answer = shared.post("/v1/eligibility", {"profile": {}, "measures": ["aa-parts.certain"]}, key=None)
    assert set(answer.body) >= {"request_id", "as_of", "items"}
    [item] = answer.body["items"]
    assert set(item) >= {"measure", *ITEM}
    assert (item["decisive"], item["then"], item["status"], item["state"]) == (
        [],
        None,
        "published",
        "rolling",
    )
    assert set(shared.judge(EVERYBODY)) >= {"rule", *ITEM}


def test_steps_to_eligible_are_a_list_and_null_where_there_are_none(shared: Site) -> None:
    assert shared.judge(EVERYBODY)["would_be_eligible_if"] == []
    [step] = shared.judge(field("patents_invention", gte=3))["would_be_eligible_if"]
    assert (step["do"], step["fact"], step["target"]) == ("learn", "patents_invention", {"min": 3})
    nobody = shared.judge({"not": EVERYBODY})
    assert (nobody["would_be_eligible_if"], nobody["blocked_by"]) == (None, [])


def test_measures_come_as_asked_then_rules_by_name(shared: Site) -> None:
    asked = {
        "profile": {},
        "measures": ["dd-beijing.space", "aa-parts.certain"],
        "rules": {"z": EVERYBODY, "a": EVERYBODY},
    }
    items = shared.post("/v1/eligibility", asked, key=None).body["items"]
    assert [item.get("measure") or item.get("rule") for item in items] == [*asked["measures"], "a", "z"]
    everything = shared.post("/v1/eligibility", {"profile": {}}, key=None).body["items"]
    names = [item["measure"] for item in everything]
    assert names == sorted(names)
    assert len(names) == 10


def test_a_rules_answers_carry_its_name(shared: Site) -> None:
    profile = {"answers": {"r#in-key-industry": True}}
    assert shared.judge(ATTESTED, profile)["verdict"] == "eligible"


QUESTIONS: list[tuple[Any, list[tuple[str, str]]]] = [
    ({"profile": {}, "measures": ["aa-parts.nothing"]}, [("/measures/0", "unknown_measure")]),
    ({"profile": {}, "measures": ["no-such.one", "aa-parts.certain", "NO", "x.y"]}, [
        ("/measures/0", "unknown_measure"), ("/measures/2", "unknown_measure"),
        ("/measures/3", "unknown_measure")]),
    ({"profile": {}, "measures": []}, [("/measures", "out_of_range")]),
    ({"profile": {}, "measures": ["aa-parts.certain"] * 201}, [("/measures", "out_of_range")]),
    ({"profile": {}, "measures": "aa-parts.certain"}, [("/measures", "wrong_type")]),
    ({"profile": {}, "rules": []}, [("/rules", "wrong_type")]),
    ({"profile": {}, "rules": {"a/b": {"any": []}}}, [("/rules/a~1b", "bad_rule")]),
    ({"profile": {}, "limit": 5}, [("/limit", "unknown_member")]),
    ({}, [("/enterprise_id", "missing_member")]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "faults"), QUESTIONS, ids=lambda each: str(each)[:60])
def test_a_wrong_question_is_refused_at_its_place(shared: Site, body: Any, faults: Any) -> None:
    answer = shared.post("/v1/eligibility", body, key=None)
    assert (answer.status, answer.faults) == (422, faults)


def test_a_draft_is_unknown_and_a_withdrawn_measure_is_judged(own: Site) -> None:
    own.post("/v1/policies", document("doc-draft"))
    asked = {"profile": {}, "measures": ["doc-draft.one"]}
    assert own.post("/v1/eligibility", asked).faults == [("/measures/0", "unknown_measure")]
    own.post("/v1/policies/doc-draft/publish")
    own.withdraw("doc-draft")
    [item] = own.post("/v1/eligibility", asked).body["items"]
    assert (item["status"], item["verdict"], item["state"]) == ("withdrawn", "eligible", "rolling")
    assert own.post("/v1/eligibility", {"profile": {}}).body["items"] == []


def test_conditions_come_in_written_order_with_their_pointers(shared: Site) -> None:
    rule = {"all": [{"not": field("employees", lte=20)}, {"any": [ATTESTED, field("profit", gte=0)]}]}
    found = shared.judge(rule, {"facts": {"employees": 5}})["conditions"]
    assert [c["path"] for c in found] == ["/all/0/not", "/all/1/any/0", "/all/1/any/1"]
    assert [c["verdict"] for c in found] == ["met", "unknown", "unknown"]
    assert shared.judge(field("employees", lte=20))["conditions"][0]["path"] == ""


def test_missing_names_given_facts_in_the_order_of_the_list(shared: Site) -> None:
    rule = {
        "all": [
            field("size", **{"is": "micro"}),
            field("employees", lte=20),
            field("region", within=["330000"]),
        ]
    }
    item = shared.judge(rule, {"facts": {"industry": "I6513"}})
    names = [fact["name"] for fact in shared.get("/v1/facts").body["items"]]
    assert item["missing"] == sorted(item["missing"], key=names.index)
    assert set(item["missing"]) == {"region", "employees", "revenue"}


def test_a_fact_that_can_change_nothing_is_not_missing(shared: Site) -> None:
    rule = {"any": [{"not": EVERYBODY}, {"all": [{"not": EVERYBODY}, field("employees", lte=20)]}, UNKNOWN]}
    assert shared.judge(rule)["missing"] == ["profit"]


def test_a_value_is_shown_rounded_and_compared_exactly(shared: Site) -> None:
    item = shared.judge(field("rd_ratio", gt=0.333333), {"facts": {"revenue": 3, "rd_expense": 1}})
    [condition] = item["conditions"]
    assert (str(condition["value"]), condition["verdict"]) == ("0.333333", "met")
    band = shared.judge(field("employees", lte=20), {"facts": {"employees": {"min": 5, "max": 30}}})
    assert band["conditions"][0]["value"] == {"min": 5, "max": 30}


def test_a_place_is_told_with_its_condition(shared: Site) -> None:
    for place in ({"article": "第三条"}, {"page": 2}, {"span": [3, 9]}):
        [condition] = shared.judge(field("employees", lte=20, place=place))["conditions"]
        assert condition["place"] == place


def test_a_leaps_and_months_ends_are_clamped(shared: Site) -> None:
    rule = field("registered_on", within_last={"months": 1})
    for day, edge, before in (
        ("2026-03-31", "2026-02-28", "2026-02-27"),
        ("2024-03-31", "2024-02-29", "2024-02-28"),
    ):
        for registered, verdict in ((edge, "eligible"), (before, "ineligible")):
            found = shared.judge(rule, {"facts": {"registered_on": registered}}, as_of=day)
            assert found["verdict"] == verdict
