"""Profiles: what is accepted and echoed, and each refusal with its pointer."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.facts import china
from policies.faults import Refused
from policies.json_reading import read_json
from policies.profiles import Profile, patch_profile, profile_reader, read_profile

REGISTRY = china()
TODAY = date(2026, 11, 24)


def profile_of(**members):
    return read_profile(members, REGISTRY, today=TODAY)


def echo_of(**facts):
    return profile_of(facts=facts).as_sent()["facts"]


def faults_of(value, **options):
    with pytest.raises(Refused) as refused:
        read_profile(value, REGISTRY, today=TODAY, **options)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def fault_of_fact(name, value):
    (fault,) = faults_of({"facts": {name: value}})
    return fault


def test_nothing_is_a_profile():
    assert profile_of() == Profile()
    assert profile_of(name=None, credit_code=None, text=None, facts=None, answers=None) == Profile()


def test_a_bare_value_of_a_fact_by_year_means_the_year_before_today():
    assert echo_of(employees=18) == {"employees": {"2025": 18}}
    assert echo_of(employees={"min": 10, "max": 20}) == {"employees": {"2025": {"min": 10, "max": 20}}}


def test_a_bare_value_with_its_own_date_means_the_year_before_that():
    sent = {"value": 18, "source": "registry", "as_of": "2024-03-01"}
    assert echo_of(employees=sent) == {"employees": {**sent, "value": {"2023": 18}}}
    assert echo_of(employees={"as_of": "2024-03-01", "value": 18})["employees"]["value"] == {"2023": 18}


def test_facts_are_echoed_as_sent_without_nulls():
    facts = {
        "region": "330103",
        "industry": "651",
        "registered_on": {"min": "2021-01-01"},
        "registered_capital": Decimal("1000.50"),
        "qualifications": [{"code": "srdi", "until": "2027-01-01"}, "gazelle"],
        "zones": {"held": ["hz-high-tech"], "complete": True},
        "revenue": {"2024": 5, "2025": {"max": 7}},
        "credit_dishonest": {"value": False},
    }
    assert echo_of(**facts) == facts
    nulls = {
        "profit": None,
        "tax_paid": {"2024": 1, "2025": None},
        "rd_staff": {"value": None, "source": "x"},
    }
    assert echo_of(**nulls) == {"tax_paid": {"2024": 1}}


def test_text_is_echoed_in_nfc():
    assert profile_of(text="e\u0301\r\nx").text == "é\nx"
    assert echo_of(employees={"value": {"2025": 1}, "source": "e\u0301"})["employees"]["source"] == "é"


def test_a_whole_count_may_be_written_with_a_point():
    assert echo_of(employees=Decimal("18.0")) == {"employees": {"2025": 18}}


@pytest.mark.parametrize("year", ["1949", "2026", "2099"])
def test_years_from_1949_to_2099_may_stand(year):
    assert echo_of(revenue={year: 1}) == {"revenue": {year: 1}}


@pytest.mark.parametrize(
    ("name", "value", "where", "code"),
    [
        ("employees", True, "", "wrong_type"),
        ("employees", "5", "", "wrong_type"),
        ("employees", Decimal("18.5"), "", "wrong_type"),
        ("employees", -1, "", "out_of_range"),
        ("employees", 10**9 + 1, "", "out_of_range"),
        ("employees", [18], "", "wrong_type"),
        ("employees", {"min": 20, "max": 10}, "/max", "bad_range"),
        ("employees", {"max": 10, "min": 20}, "/max", "bad_range"),
        ("employees", {"min": 1, "most": 2}, "/most", "unknown_member"),
        ("employees", {"2025": {"min": 2, "max": 1}}, "/2025/max", "bad_range"),
        ("employees", {"2025": {"value": 2}}, "/2025/value", "unknown_member"),
        ("employees", {"1948": 1}, "/1948", "out_of_range"),
        ("employees", {"2100": 1}, "/2100", "out_of_range"),
        ("employees", {"last": 1}, "/last", "unknown_member"),
        ("employees", {"2025": "5"}, "/2025", "wrong_type"),
        ("employees", {"value": 5, "as_of": "1949-06-01"}, "/as_of", "out_of_range"),
        ("revenue", "5", "", "wrong_type"),
        ("revenue", Decimal("0.001"), "", "out_of_range"),
        ("revenue", Decimal("Infinity"), "", "out_of_range"),
        ("revenue", -1, "", "out_of_range"),
        ("revenue", 10**15 + 1, "", "out_of_range"),
        ("profit", -(10**15) - 1, "", "out_of_range"),
        ("revenue", {"value": 1, "when": "x"}, "/when", "unknown_member"),
        ("revenue", {"value": 1, "as_of": "2026-02-30"}, "/as_of", "bad_date"),
        ("revenue", {"value": 1, "source": 5}, "/source", "wrong_type"),
        ("revenue", {"source": "registry"}, "/value", "missing_member"),
        ("staff_laid_off_ratio", Decimal("1.01"), "", "out_of_range"),
        ("staff_laid_off_ratio", Decimal("1E-99999"), "", "out_of_range"),
        ("registered_capital", {"2025": 1}, "/2025", "unknown_member"),
        ("registered_on", "2021-02-30", "", "bad_date"),
        ("registered_on", 20210301, "", "wrong_type"),
        ("registered_on", {"min": "2021-03-02", "max": "2021-03-01"}, "/max", "bad_range"),
        ("registered_on", {"min": "2021-13-02"}, "/min", "bad_date"),
        ("region", "339999", "", "unknown_region"),
        ("region", 330106, "", "wrong_type"),
        ("region", {"min": "330106"}, "", "wrong_type"),
        ("industry", "J65", "", "unknown_industry"),
        ("industry", 65, "", "wrong_type"),
        ("legal_form", "plc", "", "unknown_code"),
        ("legal_form", True, "", "wrong_type"),
        ("tax_credit_grade", "a", "", "unknown_code"),
        ("in_operation", 1, "", "wrong_type"),
        ("in_operation", "true", "", "wrong_type"),
        ("qualifications", "srdi", "", "wrong_type"),
        ("qualifications", ["srdi", "nobel"], "/1", "unknown_code"),
        ("qualifications", [5], "/0", "wrong_type"),
        ("qualifications", [{"since": "2024-01-01"}], "/0/code", "missing_member"),
        ("qualifications", [{"code": "srdi", "from": "2024-01-01"}], "/0/from", "unknown_member"),
        ("qualifications", [{"code": "srdi", "since": "2024-02-30"}], "/0/since", "bad_date"),
        ("zones", [{"code": "zz", "since": "2024-02-02", "until": "2024-02-01"}], "/0/until", "bad_range"),
        ("qualifications", {"held": ["srdi"], "lost": []}, "/lost", "unknown_member"),
        ("qualifications", {"held": [], "complete": 1}, "/complete", "wrong_type"),
        ("qualifications", {"held": ["srdi"], "not_held": ["srdi"]}, "/not_held/0", "conflicting_values"),
        ("qualifications", {"not_held": ["srdi"], "held": ["srdi"]}, "/held/0", "conflicting_values"),
        ("qualifications", {"value": {"held": ["nobel"]}}, "/value/held/0", "unknown_code"),
        ("zones", ["Hangzhou"], "/0", "bad_id"),
        ("size", "small", "", "unknown_fact"),
        ("rd_ratio", None, "", "unknown_fact"),
        ("revnue", 5, "", "unknown_fact"),
        ("a/b~c", None, "", "unknown_fact"),
    ],
)  # fmt: skip
def test_a_wrong_fact_is_refused_with_its_place(name, value, where, code):
    escaped = name.replace("~", "~0").replace("/", "~1")
    assert fault_of_fact(name, value) == (f"/facts/{escaped}{where}", code)


@pytest.mark.parametrize(
    ("profile", "where", "code"),
    [
        ([], "", "wrong_type"),
        ({"nmae": "x"}, "/nmae", "unknown_member"),
        ({"name": ""}, "/name", "bad_text"),
        ({"name": 5}, "/name", "wrong_type"),
        ({"text": "x" * 5001}, "/text", "bad_text"),
        ({"text": "\x00"}, "/text", "bad_text"),
        ({"text": "\ud800"}, "/text", "bad_text"),
        ({"credit_code": "91330106MA27XXXXX1"}, "/credit_code", "bad_credit_code"),
        ({"credit_code": "91350100M000100Y44"}, "/credit_code", "bad_credit_code"),
        ({"credit_code": 91350100}, "/credit_code", "wrong_type"),
        ({"facts": []}, "/facts", "wrong_type"),
        ({"answers": []}, "/answers", "wrong_type"),
        ({"answers": {"no-hash": True}}, "/answers/no-hash", "bad_id"),
        ({"answers": {"a.b#": True}}, "/answers/a.b#", "bad_id"),
        ({"answers": {"#key": True}}, "/answers/#key", "bad_id"),
        ({"answers": {"a.b#c": "yes"}}, "/answers/a.b#c", "wrong_type"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_place(profile, where, code):
    assert faults_of(profile) == [(where, code)]


def test_faults_are_told_in_the_order_of_the_document_and_missing_members_last():
    profile = {
        "credit_code": "x",
        "facts": {"zones": ["?"], "employees": {"value": -1, "as_of": "x"}, "size": "small"},
        "extra": 1,
        "answers": {"bad": 1},
    }
    assert [where for where, _ in faults_of(profile, name_required=True, at="/profile")] == [
        "/profile/credit_code", "/profile/facts/zones/0", "/profile/facts/employees/value",
        "/profile/facts/employees/as_of", "/profile/facts/size", "/profile/extra",
        "/profile/answers/bad", "/profile/name",
    ]  # fmt: skip


def test_a_misspelled_fact_gets_a_hint():
    with pytest.raises(Refused) as refused:
        profile_of(facts={"revnue": 5})
    assert "revenue" in refused.value.faults[0].sentence("en")


def test_answers_of_unknown_measures_and_named_rules_are_kept():
    answers = {"hz-2024-rd.subsidy#in-key-industry": True, "my_rule#x": False}
    assert profile_of(answers={**answers, "a.b#c": None}).answers == answers


def test_a_right_credit_code_is_kept():
    assert profile_of(credit_code="91350100M000100Y43").credit_code == "91350100M000100Y43"


def test_a_patch_replaces_what_it_names_and_null_forgets():
    profile = profile_of(
        name="甲", text="乙", facts={"employees": {"2024": 9, "2025": 10}, "region": "330106"},
        answers={"a.b#c": True, "a.b#d": True},
    )  # fmt: skip
    patch = {
        "facts": {"employees": {"2023": 8}, "region": None, "profit": -5},
        "answers": {"a.b#c": None, "a.b#d": False},
        "text": None,
    }
    changed = patch_profile(profile, patch, REGISTRY, today=TODAY)
    assert changed.as_sent() == {
        "facts": {"employees": {"2023": 8}, "profit": {"2025": -5}},
        "answers": {"a.b#d": False},
    }
    assert (changed.name, changed.text) == ("甲", None)


@pytest.mark.parametrize(
    ("patch", "faults"),
    [
        ([], [("", "wrong_type")]),
        (
            {"name": None, "facts": {"size": None}},
            [("/facts/size", "unknown_fact"), ("/name", "missing_member")],
        ),
        ({"id": "x"}, [("/id", "unknown_member")]),
    ],
)
def test_a_wrong_patch_is_refused_whole(patch, faults):
    with pytest.raises(Refused) as refused:
        patch_profile(Profile(name="甲"), patch, REGISTRY, today=TODAY)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == faults


def test_an_empty_patch_changes_nothing():
    profile = profile_of(name="甲", facts={"employees": 5})
    assert patch_profile(profile, {}, REGISTRY, today=date(2030, 1, 1)) == profile


VALUES = {
    "employees": st.one_of(
        st.integers(0, 10**9),
        st.fixed_dictionaries({}, optional={"min": st.integers(0, 9), "max": st.integers(9, 20)}),
        st.dictionaries(st.integers(1949, 2099).map(str), st.integers(0, 99)),
    ),
    "profit": st.decimals(-(10**15), 10**15, places=2),
    "region": st.sampled_from(["330106", "330104", "330101", "371200", "000000"]),
    "in_operation": st.booleans(),
    "qualifications": st.lists(st.sampled_from(["srdi", "gazelle", "high_tech"]), max_size=3),
}
FACTS = st.fixed_dictionaries({}, optional=VALUES)


@given(FACTS, st.dates(date(1990, 1, 1), date(2099, 1, 1)))
def test_what_is_echoed_reads_back_the_same_on_any_day(facts, other_day):
    profile = profile_of(facts=facts)
    again = read_profile(profile.as_sent(), REGISTRY, today=other_day)
    assert again == profile


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2200) | st.decimals(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["min", "max", "value", "as_of", "2025", "held", "code"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(REGISTRY.given), JSON, max_size=3))
def test_no_value_of_a_fact_is_more_than_refused(facts):
    faults = []
    profile_reader(REGISTRY, TODAY).read({"facts": facts}, "", faults)
    assert all(fault.pointer.startswith("/facts/") for fault in faults)


def test_the_schema_accepts_the_example_of_the_contract():
    import jsonschema

    body = read_json(
        b'{"name": "x", "facts": {"region": "330106", "revenue": {"2024": 5200000}, "employees": 18,'
        b'"qualifications": {"held": [{"code": "tech_sme", "since": "2024-06-01"}], "not_held": []},'
        b'"credit_dishonest": {"value": false, "source": "registry"}}, "answers": {"a.b#c": true}}'
    )
    schema = profile_reader(REGISTRY, TODAY).schema()
    jsonschema.validate(body, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"facts": {"size": "small"}}, schema)


def test_a_rule_named_in_any_words_can_be_answered():
    answers = {"我的 规则 1#key": True, "cafe\u0301#k": False, "a#b#k": True}
    profile = read_profile({"answers": answers}, REGISTRY, today=TODAY)
    assert dict(profile.answers) == {"我的 规则 1#key": True, "caf\xe9#k": False, "a#b#k": True}


@pytest.mark.parametrize(
    "key", ["key", "#key", "name#", "na\nme#key", "\ud800#key", "a" * 162 + "#key", "#" * 5_000]
)
def test_an_answer_without_a_name_and_a_key_is_refused(key):
    with pytest.raises(Refused) as refused:
        read_profile({"answers": {key: True}}, REGISTRY, today=TODAY)
    assert [fault.code for fault in refused.value.faults] == ["bad_id"]
