"""Faults are told in the order of the document, whoever found them; what is missing comes last."""

from datetime import date

import pytest

from policies.documents import read_document
from policies.facts import china
from policies.fault_order import in_order
from policies.faults import Fault, Refused
from policies.profiles import read_profile


def profile_faults(sent: object) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        read_profile(sent, china(), today=date(2026, 11, 24))
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def test_missing_members_come_after_their_objects_other_faults_but_before_the_next_object() -> None:
    faults = [
        Fault("/b", "wrong_type"),
        Fault("/a/gone", "missing_member"),
        Fault("/a/x~1y", "bad_date"),
        Fault("/a/l/10", "bad_id"),
        Fault("/a/l/2", "bad_id"),
        Fault("/a", "bad_rule"),
    ]
    value = {"a": {"gone": None, "x/y": 1, "l": list(range(11))}, "b": 2}
    pointers = [fault.pointer for fault in in_order(faults, value)]
    assert pointers == ["/a", "/a/x~1y", "/a/l/2", "/a/l/10", "/a/gone", "/b"]


def test_pointers_may_begin_inside_a_larger_body() -> None:
    faults = [Fault("/3/b", "wrong_type"), Fault("/3/a", "wrong_type")]
    assert [fault.pointer for fault in in_order(faults, {"a": 1, "b": 2}, "/3")] == ["/3/a", "/3/b"]


def test_a_band_turned_round_is_told_beside_its_other_faults() -> None:
    band = {"max": 4, "min": 5, "x": 1}
    assert profile_faults({"facts": {"employees": band}}) == [
        ("/facts/employees/max", "bad_range"),
        ("/facts/employees/x", "unknown_member"),
    ]


def test_an_item_that_ends_before_it_begins_is_told_although_its_code_is_missing() -> None:
    items = [{"since": "2024-01-01", "until": "2023-01-01"}]
    assert profile_faults({"facts": {"qualifications": items}}) == [
        ("/facts/qualifications/0/until", "bad_range"),
        ("/facts/qualifications/0/code", "missing_member"),
    ]


def test_a_document_that_ends_before_it_begins_is_told_in_its_place() -> None:
    sent = {"effective_to": "2026-01-01", "effective_from": "2026-02-01", "level": "moon"}
    with pytest.raises(Refused) as refused:
        read_document(sent, china())
    pointers = [fault.pointer for fault in refused.value.faults]
    assert pointers[:3] == ["/effective_to", "/level", "/id"]


def test_a_fact_with_a_source_and_no_value_lacks_its_value() -> None:
    assert profile_faults({"facts": {"employees": {"as_of": "2026-01-01", "valeu": 5}}}) == [
        ("/facts/employees/valeu", "unknown_member"),
        ("/facts/employees/value", "missing_member"),
    ]
