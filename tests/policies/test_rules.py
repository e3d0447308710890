"""Rules are read strictly: each fault with its code and pointer, in the order of the document.

Size is looked at before anything else.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from policies.facts import china
from policies.faults import Fault
from policies.nodes import facts_of
from policies.operators import OPERATORS
from policies.reading import read
from policies.rules import rule_reader
from tests.policies.rule_cases import faults_of, rule, rules

STAFF: dict[str, Any] = {"field": "employees", "gte": 10}
SAID = {"attest": "p", "text": "情况"}


def _sum(fact: str, years: list[int | None]) -> dict[str, Any]:
    return {"value": {"sum": {"field": fact, "years": years}}, "gte": 1}


def _growth(fact: str, first: int, last: Any) -> dict[str, Any]:
    return {"value": {"growth": {"field": fact, "from": first, "to": last}}, "gte": 1}


FAULTY: list[tuple[Any, list[tuple[str, str]]]] = [
    # nodes that are no nodes
    (None, [("", "wrong_type")]),
    ([STAFF], [("", "wrong_type")]),
    ({"all": [STAFF, 5]}, [("/all/1", "wrong_type")]),
    ({"all": STAFF}, [("/all", "wrong_type")]),
    # unknown keys: told at the key, and nothing more about that node
    ({"field": "nope", "gtee": 5}, [("/gtee", "unknown_operator")]),
    ({"every_one": [STAFF]}, [("/every_one", "unknown_operator")]),
    ({"not": {**STAFF, "a/b": 1}}, [("/not/a~1b", "unknown_operator")]),
    ({"value": {"plus": [1, 2]}, "gte": 5}, [("/value/plus", "unknown_operator")]),
    # forms: exactly one
    ({}, [("", "bad_rule")]),
    ({"text": "只有文字"}, [("", "bad_rule")]),
    ({"all": [STAFF], "any": [STAFF]}, [("", "bad_rule")]),
    ({"all": [STAFF], "year": -1}, [("", "bad_rule")]),
    ({**SAID, "is": True}, [("", "bad_rule")]),
    ({"points": [], "all": []}, [("", "bad_rule")]),
    ({**STAFF, "value": 5}, [("", "bad_rule")]),
    # groups
    ({"any": []}, [("", "bad_rule")]),
    ({"at_least": 1, "of": []}, [("", "bad_rule")]),
    ({"at_least": 0, "of": [STAFF]}, [("", "bad_rule")]),
    ({"at_least": 2, "of": [STAFF]}, [("", "bad_rule")]),
    ({"at_least": True, "of": [STAFF]}, [("/at_least", "wrong_type")]),
    ({"at_least": Decimal("1.5"), "of": [STAFF]}, [("/at_least", "wrong_type")]),
    ({"of": [STAFF]}, [("/at_least", "missing_member")]),
    ({"at_least": 1}, [("/of", "missing_member")]),
    ({"attest": "p"}, [("/text", "missing_member")]),
    ({"attest": "p q", "text": "情况"}, [("/attest", "bad_id")]),
    # leaves: one fact, one operator that fits
    ({"gte": 5}, [("/field", "missing_member")]),
    ({"gte": 5, "lte": 7}, [("", "bad_rule"), ("/field", "missing_member")]),
    ({"field": "employees"}, [("", "bad_rule")]),
    ({**STAFF, "lte": 7}, [("", "bad_rule")]),
    ({"field": "region", "gte": 5}, [("", "bad_rule")]),
    ({"field": "registered_on", "between": ["2020-01-01", "2021-01-01"]}, [("", "bad_rule")]),
    ({"field": "employees", "is": 5}, [("", "bad_rule")]),
    ({"value": 5, "before": "2020-01-01"}, [("", "bad_rule")]),
    ({"field": "nope", "gte": 5}, [("/field", "unknown_fact")]),
    ({"field": 5, "gte": 5}, [("/field", "wrong_type")]),
    ({"field": "region", "within": ["330100"], "year": -1}, [("", "bad_rule")]),
    ({"value": {"field": "revenue"}, "gte": 1, "year": -1}, [("", "bad_rule")]),
    ({**STAFF, "year": 1}, [("/year", "out_of_range")]),
    ({**STAFF, "year": -11}, [("/year", "out_of_range")]),
    ({**STAFF, "year": "-1"}, [("/year", "wrong_type")]),
    # codes and words
    ({"field": "region", "within": []}, [("", "bad_rule")]),
    ({"field": "region", "within": "330100"}, [("/within", "wrong_type")]),
    ({"field": "region", "within": ["330100", 330106]}, [("/within/1", "wrong_type")]),
    ({"field": "region", "within": ["999999"]}, [("/within/0", "unknown_region")]),
    ({"field": "industry", "within": ["C", "A65"]}, [("/within/1", "unknown_industry")]),
    ({"field": "legal_form", "in": ["company", "club"]}, [("/in/1", "unknown_code")]),
    ({"field": "legal_form", "in": []}, [("", "bad_rule")]),
    ({"field": "legal_form", "is": "club"}, [("/is", "unknown_code")]),
    ({"field": "size", "in": ["tiny"]}, [("/in/0", "unknown_code")]),
    ({"field": "in_operation", "is": "yes"}, [("/is", "wrong_type")]),
    ({"field": "qualifications", "has_any": ["best_firm"]}, [("/has_any/0", "unknown_code")]),
    ({"field": "qualifications", "has_none": []}, [("", "bad_rule")]),
    ({"field": "zones", "has_all": ["Upper Case"]}, [("/has_all/0", "bad_id")]),
    # numbers
    ({"field": "employees", "gte": "10"}, [("/gte", "wrong_type")]),
    ({"field": "employees", "gte": True}, [("/gte", "wrong_type")]),
    ({"field": "employees", "gte": Decimal("18.5")}, [("/gte", "wrong_type")]),
    ({"field": "employees", "gte": -1}, [("/gte", "out_of_range")]),
    ({"field": "revenue", "gte": Decimal("0.001")}, [("/gte", "out_of_range")]),
    ({"field": "revenue", "gte": Decimal("Infinity")}, [("/gte", "out_of_range")]),
    ({"field": "revenue", "gte": Decimal("1e-999999")}, [("/gte", "out_of_range")]),
    ({"field": "revenue", "gte": None}, [("/gte", "wrong_type")]),
    ({"field": "staff_laid_off_ratio", "lte": Decimal("5.5")}, [("/lte", "out_of_range")]),
    ({"field": "employees", "between": [10, 5]}, [("/between", "bad_range")]),
    ({"field": "employees", "between": [10]}, [("", "bad_rule")]),
    ({"field": "employees", "between": []}, [("", "bad_rule")]),
    ({"field": "employees", "between": [10, "20"]}, [("/between/1", "wrong_type")]),
    # dates
    ({"field": "registered_on", "before": "2025-02-29"}, [("/before", "bad_date")]),
    ({"field": "registered_on", "after": 2025}, [("/after", "wrong_type")]),
    ({"field": "registered_on", "within_last": {"months": 0}}, [("/within_last/months", "out_of_range")]),
    ({"field": "registered_on", "within_last": {}}, [("/within_last/months", "missing_member")]),
    (
        {"field": "registered_on", "within_last": {"months": 1, "days": 2}},
        [("/within_last/days", "conflicting_values")],
    ),
    ({"field": "registered_on", "before": None}, [("/before", "wrong_type")]),
    (
        {"field": "registered_on", "at_least_ago": {"weeks": 1, "days": 1}},
        [("/at_least_ago/weeks", "unknown_member")],
    ),
    # numbers made of facts
    (_sum("revenue", [None, -1]), [("/value/sum/years/0", "wrong_type")]),
    ({"value": "5", "gte": 1}, [("/value", "wrong_type")]),
    ({"value": {}, "gte": 1}, [("/value", "bad_rule")]),
    ({"value": {"add": []}, "gte": 1}, [("/value", "bad_rule")]),
    ({"value": {"add": 5}, "gte": 1}, [("/value/add", "wrong_type")]),
    ({"value": {"div": [1, 2, 3]}, "gte": 1}, [("/value", "bad_rule")]),
    ({"value": {"add": [1], "mul": [1]}, "gte": 1}, [("/value", "bad_rule")]),
    ({"value": {"field": "region"}, "gte": 1}, [("/value", "bad_rule")]),
    ({"value": {"field": "nope"}, "gte": 1}, [("/value/field", "unknown_fact")]),
    ({"value": {"year": -1}, "gte": 1}, [("/value/field", "missing_member")]),
    ({"value": {"field": "patents_design", "year": -1}, "gte": 1}, [("/value", "bad_rule")]),
    ({"value": {"field": "revenue", "year": -20}, "gte": 1}, [("/value/year", "out_of_range")]),
    ({"value": 1, "gte": {"sub": [1, {"field": "nope"}]}}, [("/gte/sub/1/field", "unknown_fact")]),
    (_sum("revenue", [-1, -3]), [("/value/sum/years", "bad_range")]),
    (_sum("revenue", [-12, -1]), [("/value/sum/years/0", "out_of_range")]),
    (_sum("revenue", [-1]), [("/value", "bad_rule")]),
    ({"value": {"sum": {"field": "revenue"}}, "gte": 1}, [("/value/sum/years", "missing_member")]),
    (_sum("patents_design", [-2, -1]), [("/value", "bad_rule")]),
    ({"value": {"mean": {"field": "region", "years": [-2]}}, "gte": 1}, [("/value", "bad_rule")]),
    ({"value": {"mean": {"years": [-2, -1]}}, "gte": 1}, [("/value/mean/field", "missing_member")]),
    (_growth("revenue", -1, -2), [("/value/growth/to", "bad_range")]),
    (_growth("patents_design", -2, -1), [("/value", "bad_rule")]),
    (_growth("revenue", -11, -1), [("/value/growth/from", "out_of_range")]),
    (_growth("revenue", -2, "-1"), [("/value/growth/to", "wrong_type")]),
    (
        {"value": {"growth": {"field": "nope", "year": 5}}, "gte": 1},
        [
            ("/value/growth/field", "unknown_fact"),
            ("/value/growth/year", "unknown_member"),
            ("/value/growth/from", "missing_member"),
            ("/value/growth/to", "missing_member"),
        ],
    ),
    ({"value": {"growth": 5}, "gte": 1}, [("/value/growth", "wrong_type")]),
    # text and place
    ({**STAFF, "text": 5}, [("/text", "wrong_type")]),
    ({**STAFF, "text": "\x00"}, [("/text", "bad_text")]),
    ({**STAFF, "place": {"line": 5, "page": 1}}, [("/place/line", "unknown_member")]),
    ({**STAFF, "place": {"article": "第一条", "page": 1}}, [("/place/page", "conflicting_values")]),
    ({**STAFF, "place": {"span": [9, 3]}}, [("/place/span", "bad_range")]),
    ({**STAFF, "place": {"span": [1]}}, [("/place/span", "wrong_type")]),
    ({**STAFF, "place": {"page": "3"}}, [("/place/page", "wrong_type")]),
    # years, points and tiers
    ({"every": STAFF, "for_years": [-1, -2]}, [("/for_years", "bad_range")]),
    ({"every": STAFF, "for_years": [-11, -2]}, [("/for_years/0", "out_of_range")]),
    ({"every": STAFF, "for_years": [-1]}, [("", "bad_rule")]),
    ({"every": STAFF, "for_years": -1}, [("/for_years", "wrong_type")]),
    ({"every": STAFF, "some": STAFF, "for_years": [-2, -1]}, [("", "bad_rule")]),
    ({"some": STAFF}, [("/for_years", "missing_member")]),
    ({"for_years": [-2, -1]}, [("/every", "missing_member")]),
    ({"for_years": [-2, -1], "every": {**STAFF, "year": -1}}, [("/every", "bad_rule")]),
    (
        {"for_years": [-2, -1], "every": {"value": {"field": "revenue", "year": -1}, "gte": 1}},
        [("/every/value", "bad_rule")],
    ),
    (
        {"for_years": [-2, -1], "some": {"all": [{"for_years": [-2, -1], "every": STAFF}]}},
        [("/some/all/0", "bad_rule")],
    ),
    ({"for_years": [-2, -1], "every": 5}, [("/every", "wrong_type")]),
    ({"points": [], "gte": 1}, [("", "bad_rule")]),
    ({"points": [{"when": STAFF, "points": 5}]}, [("/gte", "missing_member")]),
    ({"points": [{"when": STAFF, "points": 5}], "lte": 5}, [("", "bad_rule")]),
    ({"points": [{"when": STAFF, "points": 5}], "lte": 5, "gte": 5}, [("", "bad_rule")]),
    ({"points": [{"when": STAFF}], "gte": 1}, [("/points/0/points", "missing_member")]),
    ({"points": [{"when": STAFF, "points": "5"}], "gte": 1}, [("/points/0/points", "wrong_type")]),
    ({"points": [{"when": STAFF, "points": 5, "n": 1}], "gte": 1}, [("/points/0/n", "unknown_member")]),
    ({"points": [{"when": {"any": []}, "points": 5}], "gte": 1}, [("/points/0/when", "bad_rule")]),
    ({"points": {"when": STAFF, "points": 5}, "gte": 1}, [("/points", "wrong_type")]),
    ({"points": [{"when": STAFF, "points": 5}], "gte": {"field": "revenue"}}, [("/gte", "wrong_type")]),
    ({"points": [{"when": STAFF, "points": 5}], "field": "revenue", "gte": 5}, [("", "bad_rule")]),
    ({"all": [{"tiers": []}]}, [("/all/0", "bad_rule")]),
    ({"tiers": [5]}, [("/tiers/0", "wrong_type")]),
    ({"tiers": [{"when": STAFF}]}, [("/tiers/0/then", "missing_member")]),
    ({"tiers": [{"when": STAFF, "then": {"fieldd": 1}}]}, [("/tiers/0/then/fieldd", "unknown_operator")]),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), FAULTY, ids=lambda value: str(value)[:70])
def test_a_fault_is_told_with_its_code_at_its_place(written: Any, expected: Any) -> None:
    assert faults_of(written) == expected
    moved = [(f"/measures/0/rule{at}", code) for at, code in expected]
    assert faults_of(written, "/measures/0/rule") == moved


def test_every_fault_is_listed_in_the_order_of_the_document() -> None:
    written = {"all": [{"text": 1, "field": "nope", "gte": 1}, {"bogus": 1}, {"any": []}, {"lt": 1}]}
    assert faults_of(written) == [
        ("/all/0/text", "wrong_type"),
        ("/all/0/field", "unknown_fact"),
        ("/all/1/bogus", "unknown_operator"),
        ("/all/2", "bad_rule"),
        ("/all/3/field", "missing_member"),
    ]


def test_a_near_word_is_suggested_for_an_unknown_operator() -> None:
    faults: list[Fault] = []
    rule_reader(china()).read({"field": "region", "withn": ["330100"]}, "", faults)
    assert "within" in faults[0].sentence("en")


def _tower(height: int) -> Any:
    node: Any = STAFF
    for _ in range(height - 1):
        node = {"not": node}
    return node


def test_thirty_two_levels_are_read_and_one_more_is_too_large() -> None:
    assert faults_of(_tower(32)) == []
    assert faults_of(_tower(33), "/rule") == [("/rule", "rule_too_large")]


def test_two_thousand_nodes_are_read_and_one_more_is_too_large() -> None:
    assert faults_of({"any": [STAFF] * 1999}) == []
    assert faults_of({"any": [STAFF] * 2000}) == [("", "rule_too_large")]


def test_numbers_made_of_facts_are_nodes_too() -> None:
    one = {"value": {"add": [1, {"field": "revenue"}]}, "gte": 5}  # leaf, add, number, fact
    assert faults_of({"all": [one] * 499}) == []
    assert faults_of({"all": [one] * 500}) == [("", "rule_too_large")]


@pytest.mark.parametrize("key", ["not", "every", "value", "some"])
def test_ten_thousand_levels_are_refused_without_following_them(key: str) -> None:
    node: Any = {}
    for _ in range(10_000):
        node = {key: node}
    assert faults_of(node) == [("", "rule_too_large")]


def test_a_rule_of_everybody_is_written_on_purpose() -> None:
    assert faults_of({"all": []}) == []


@given(rules)
def test_a_rule_without_fault_is_kept_as_written(written: Any) -> None:
    assert rule(written).written == written


def test_texts_are_kept_in_nfc_with_plain_line_ends() -> None:
    read_back = rule({**STAFF, "text": "cafe\u0301\r\n人数"}).written
    assert read_back == {**STAFF, "text": "café\n人数"}


def test_leaves_that_mean_the_same_are_equal() -> None:
    one = rule({"field": "employees", "year": -1, "gte": Decimal("10.0"), "text": "人数"}).root
    other = rule({"not": STAFF}).root.children[0]  # type: ignore[union-attr]
    assert one == other
    assert rule({"field": "industry", "within": ["65", "I651"]}).root == (
        rule({"field": "industry", "within": ["I65", "651"]}).root
    )


def test_null_stands_for_no_text_no_place_and_no_year() -> None:
    assert faults_of({**STAFF, "text": None, "place": None, "year": None}) == []


def test_the_facts_of_a_rule_are_all_that_it_mentions() -> None:
    ratio = {"div": [{"sum": {"field": "rd_expense", "years": [-3, -1]}}, {"field": "revenue"}]}
    written = {"all": [{"value": ratio, "gte": {"field": "tax_paid"}}, {"not": STAFF}, SAID]}
    assert facts_of(rule(written)) == {"rd_expense", "revenue", "tax_paid", "employees"}


def test_a_retired_region_without_successor_is_refused_in_a_rule() -> None:
    tree = china().codes.regions
    lost = next(code for code, entry in tree._written.items() if not entry.exact)
    assert faults_of({"field": "region", "within": [lost]}) == [("/within/0", "unknown_region")]


def test_every_operator_is_read_by_the_rule_reader() -> None:
    assert len(OPERATORS) == 17
    assert read(rule_reader(china()), STAFF).written == STAFF
