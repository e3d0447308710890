"""Documents are read whole or refused with every fault and its place."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from policies.documents import read_document
from policies.facts import china
from policies.faults import Refused
from policies.yaml_reading import read_yaml

TEXT = """
id: hz-2026-trial
title: 试验办法
issuers: [杭州市测试局]
level: city
region: "330100"
published_on: 2026-01-05
effective_from: 2026-02-01
in_force: stated_until
provenance: secondary
measures:
  - key: grant
    title: 研发补助
    kind: grant
    mode: apply
    rule: {all: [{field: region, within: ["330100"]}, {attest: key-industry, text: 属于重点产业}]}
    windows: [{opens: 2026-03-01, closes: 2026-09-30}, {recurs: yearly, opens: "11-15", closes: "02-29"}]
    benefits: [{nature: cash, min: 50000, max: 500000.50, text: 按研发费用补助}, {nature: status}]
    grants: [high_tech]
  - {key: rolling, title: 全年可办, kind: service, mode: instant, rule: {all: []}, windows: []}
"""


@pytest.fixture
def sent() -> Any:
    return deepcopy(read_yaml(TEXT.encode()).value)


def faults(sent: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read_document(sent, china())
    return [(f.pointer, f.code) for f in refused.value.faults]


def test_a_document_is_read_with_its_measures(sent: Any) -> None:
    document = read_document(sent, china())
    assert [m.id for m in document.measures] == ["hz-2026-trial.grant", "hz-2026-trial.rolling"]
    assert document.effective_from == date(2026, 2, 1)
    assert document.measures[1].windows == ()
    assert document.measures[0].grants == ("high_tech",)


def test_the_benefit_with_the_largest_maximum_stands_for_the_measure(sent: Any) -> None:
    measure = read_document(sent, china()).measures[0]
    assert measure.benefit is not None
    assert str(measure.benefit.max) == "500000.50"


def test_the_content_can_be_sent_again_and_is_the_same_document(sent: Any) -> None:
    first = read_document(sent, china())
    again = read_document(first.content, china())
    assert again.digest == first.digest
    assert again.content == first.content


def test_what_is_absent_reads_as_null(sent: Any) -> None:
    content = read_document(sent, china()).content
    assert content["doc_no"] is None
    assert {content["measures"][1][name] for name in ("benefits", "materials", "steps", "grants")} == {None}
    assert content["measures"][0]["benefits"][1]["text"] is None


def test_a_changed_amount_changes_the_digest(sent: Any) -> None:
    first = read_document(sent, china()).digest
    sent["measures"][0]["benefits"][0]["max"] = 600000
    assert read_document(sent, china()).digest != first


@pytest.mark.parametrize(
    ("place", "value", "at", "code"),
    [
        (["id"], "HZ", "/id", "bad_id"),
        (["title"], 5, "/title", "wrong_type"),
        (["title"], "", "/title", "bad_text"),
        (["title"], "a\x00b", "/title", "bad_text"),
        (["issuers"], [], "/issuers", "out_of_range"),
        (["level"], "town", "/level", "unknown_code"),
        (["region"], "999999", "/region", "unknown_region"),
        (["region"], 330100, "/region", "wrong_type"),
        (["published_on"], "2026-02-30", "/published_on", "bad_date"),
        (["effective_to"], "2026-01-31", "/effective_to", "bad_range"),
        (["in_force"], "maybe", "/in_force", "unknown_code"),
        (["source"], {"url": "javascript:alert(1)"}, "/source/url", "bad_url"),
        (["colour"], "red", "/colour", "unknown_member"),
        (["measures"], [], "/measures", "out_of_range"),
        (["measures", 0, "kind"], "gift", "/measures/0/kind", "unknown_code"),
        (["measures", 0, "rule"], {"all": 5}, "/measures/0/rule/all", "wrong_type"),
        (["measures", 0, "windows", 0, "closes"], "2025-01-01", "/measures/0/windows/0/closes", "bad_range"),
        (["measures", 0, "benefits", 0, "max"], 1, "/measures/0/benefits/0/max", "bad_range"),
        (["measures", 0, "benefits", 0, "formula"], "1", "/measures/0/benefits/0/formula", "wrong_type"),
        (["measures", 0, "grants"], ["nobel"], "/measures/0/grants/0", "unknown_code"),
        (["measures", 0, "excludes"], ["x"], "/measures/0/excludes/0", "bad_id"),
        (["measures", 1, "key"], "grant", "/measures/1/key", "duplicate_id"),
    ],
)
def test_a_faulty_member_is_refused_with_its_place(sent, place, value, at, code) -> None:
    target = sent
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    assert faults(sent) == [(at, code)]


@pytest.mark.parametrize("name", ["id", "title", "issuers", "level", "region", "in_force", "provenance"])
def test_a_missing_member_is_told_where_it_should_stand(sent: Any, name: str) -> None:
    del sent[name]
    assert faults(sent) == [(f"/{name}", "missing_member")]


def test_an_absent_rule_is_missing_even_where_everybody_would_do(sent: Any) -> None:
    sent["measures"][1]["rule"] = None
    assert faults(sent) == [("/measures/1/rule", "missing_member")]


def test_all_faults_are_told_in_the_order_of_the_document(sent: Any) -> None:
    sent["region"] = "1"
    sent["measures"][0]["mode"] = "fast"
    del sent["measures"][0]["title"]
    sent["extra"] = 1
    assert faults(sent) == [
        ("/region", "unknown_region"),
        ("/measures/0/mode", "unknown_code"),
        ("/measures/0/title", "missing_member"),
        ("/extra", "unknown_member"),
    ]


def test_what_is_not_required_may_be_absent_at_every_depth(sent: Any) -> None:
    sent["measures"][0] |= {"benefits": [{"text": "有补助"}], "budget": {"state": "low"}, "contact": {}}
    measure = read_document(sent, china()).measures[0]
    assert measure.benefits[0].nature is None
    assert measure.content["budget"] == {"state": "low", "as_of": None}


def test_an_empty_list_is_kept_apart_from_one_that_is_absent(sent: Any) -> None:
    sent["measures"][1]["materials"] = []
    assert read_document(sent, china()).content["measures"][1]["materials"] == []


@pytest.mark.parametrize(("end", "wrong"), [(4, False), (5, True)])
def test_a_span_past_the_end_of_the_text_is_out_of_range(sent: Any, end: int, wrong: bool) -> None:
    sent["text"] = "第一条𠮷"
    sent["measures"][0]["rule"]["all"][1]["place"] = {"span": [0, end]}
    if wrong:
        assert faults(sent) == [("/measures/0/rule/all/1/place/span/1", "out_of_range")]
    else:
        read_document(sent, china())
