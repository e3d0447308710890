"""The JSON Schema of a rule says what the reader says, but for what no schema can see."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

import policies
from policies.expressions import ARITHMETIC, OVER_YEARS
from policies.facts import china
from policies.faults import Fault
from policies.operators import OPERATORS
from policies.rule_schema import rule_schema
from policies.rules import FORM_OF, read_rule
from policies.yaml_reading import read_yaml
from tests.policies.rule_cases import rules

SCHEMA = rule_schema(china())
VALIDATOR = Draft202012Validator(SCHEMA)
FOLDER = Path(policies.__file__).parent / "catalogue"
CATALOGUE = sorted(set(FOLDER.glob("*.yaml")) - set(FOLDER.glob("*.cases.yaml")))
STAFF = {"field": "employees", "gte": 10}
WEALTH = {"field": "revenue", "gte": 0}
UNSEEN = {"unknown_region", "unknown_industry", "bad_range", "rule_too_large", "bad_date", "bad_text"}
"""Needs a table of codes, an order, a count or a calendar. So does `at_least` above its children."""


def accepts(written: Any) -> bool:
    return bool(VALIDATOR.is_valid(_plain(written)))


def _plain(written: Any) -> Any:
    """Numbers as any JSON reader has them."""
    if isinstance(written, Decimal):
        return int(written) if written == int(written) else float(written)
    if isinstance(written, list):
        return [_plain(one) for one in written]
    if isinstance(written, dict):
        return {key: _plain(value) for key, value in written.items()}
    return written


def _faults(written: Any) -> list[Fault]:
    faults: list[Fault] = []
    read_rule(written, china(), "", faults)
    return faults


def _is_unseen(fault: Fault) -> bool:
    return fault.code in UNSEEN or str(fault.params.get("note", "")).startswith("at_least must be 1")


def test_it_is_a_sound_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert "$id" not in json.dumps(SCHEMA)


def _refs(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        schema = list(schema.values())
    if isinstance(schema, list):
        for one in schema:
            yield from _refs(one)


def test_every_reference_stays_inside() -> None:
    assert set(_refs(SCHEMA)) == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}


@pytest.mark.parametrize(
    ("definition", "keys"),
    [
        ("node", {*FORM_OF, "text", "place"}),
        ("node_each_year", {*FORM_OF, "text", "place"} - {"for_years", "every", "some"}),
        ("formula", {*ARITHMETIC, *OVER_YEARS, "growth", "field", "year", "text", "place"}),
    ],
)
def test_every_key_of_the_language_is_in_it(definition: str, keys: set[str]) -> None:
    found = {key for branch in SCHEMA["$defs"][definition]["anyOf"] for key in branch.get("properties", {})}
    assert found == keys


def test_a_new_operator_appears_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATORS, "about", OPERATORS["gte"])
    validator = Draft202012Validator(rule_schema(china()))
    assert validator.is_valid({"field": "employees", "about": 10})
    assert not validator.is_valid({"field": "region", "about": 10})


ACCEPTED: list[Any] = [
    {"all": []},
    {**STAFF, "text": None, "place": None},
    {**STAFF, "place": {"article": "第一条", "page": None}},
    {**STAFF, "year": None},
    {"field": "region", "within": ["330000"], "year": None},
    {"field": "registered_on", "within_last": {"months": 3, "years": None}},
    {"value": {"field": "revenue", "year": -2, "text": "收入"}, "year": None, "lt": 5},
    {"for_years": [-2, -1], "every": {"points": [{"when": STAFF, "points": -1.5}], "gte": 0}},
    {"for_years": [-2, -1], "some": {"value": {"sum": {"field": "revenue", "years": [-3, -1]}}, "gt": 0}},
    {"tiers": [{"when": WEALTH, "then": STAFF}]},
    {"attest": "key", "text": "情况"},
    {"field": "rd_ratio", "between": [0, {"div": [1, 3]}]},
]
REFUSED: list[Any] = [
    None, [], "all", {}, {"text": "nothing"}, {"any": []}, {"not": []}, {"not": None}, {"all": None},
    {"at_least": 0, "of": [STAFF]}, {"at_least": 1, "of": []}, {"at_least": 1}, {"of": [STAFF]},
    {"at_least": 1.5, "of": [STAFF]}, {"all": [STAFF], "any": [STAFF]}, {**STAFF, "all": []},
    {**STAFF, "lt": 3}, {"field": "employees"}, {"gte": 3}, {**STAFF, "value": 3}, {**STAFF, "colour": 1},
    {"field": "staff", "gte": 3}, {"field": "region", "gte": 3}, {"field": "employees", "within": ["330000"]},
    {"field": "employees", "gte": "10"}, {"field": "employees", "gte": 10.5}, {**STAFF, "year": 1},
    {**STAFF, "year": -11}, {"field": "patents_invention", "gte": 1, "year": -1},
    {"field": "region", "within": []}, {"field": "region", "within": [330000]},
    {"field": "region", "within": ["I65"]}, {"field": "legal_form", "is": "club"},
    {"field": "legal_form", "in": []}, {"field": "in_operation", "is": "yes"},
    {"field": "qualifications", "has_any": ["best"]}, {"field": "zones", "has_any": ["A B"]},
    {"field": "registered_on", "before": "1 May"}, {"field": "registered_on", "within_last": {"months": 0}},
    {"field": "registered_on", "within_last": {"months": 1, "days": 1}},
    {"field": "registered_on", "within_last": {}}, {"field": "employees", "between": [1]},
    {"value": {"add": []}, "gt": 1}, {"value": {"sub": [1]}, "gt": 1}, {"value": {"div": [1, 2, 3]}, "gt": 1},
    {"value": {"add": [1], "mul": [1]}, "gt": 1}, {"value": {"field": "region"}, "gt": 1},
    {"value": {"mean": {"field": "patents_invention", "years": [-2, -1]}}, "gt": 1},
    {"value": {"mean": {"field": "revenue"}}, "gt": 1}, {"value": {"year": -1}, "gt": 1},
    {"value": {"growth": {"field": "revenue", "from": -2}}, "gt": 1}, {"value": 3, "is": True},
    {"attest": "key"}, {"attest": "key", "text": None}, {"attest": "ke y", "text": "x"},
    {"points": [], "gte": 1}, {"points": [{"when": STAFF, "points": 1}]},
    {"points": [{"when": STAFF, "points": 1}], "lt": 1}, {"points": [{"when": STAFF}], "gte": 1},
    {"tiers": []}, {"tiers": [{"when": STAFF}]}, {"for_years": [-2, -1]}, {"every": STAFF},
    {"for_years": [-2], "every": STAFF}, {"for_years": [-2, -1], "every": STAFF, "some": STAFF},
    {"for_years": [-2, -1], "every": {**STAFF, "year": -1}},
    {"for_years": [-2, -1], "every": {"for_years": [-2, -1], "every": STAFF}},
    {**STAFF, "text": ""}, {**STAFF, "place": {}}, {**STAFF, "place": {"article": "a", "page": 1}},
    {**STAFF, "place": {"span": [1]}},
]  # fmt: skip


@pytest.mark.parametrize("written", ACCEPTED, ids=json.dumps)
def test_what_stands_in_the_language_passes(written: Any) -> None:
    exact = json.loads(json.dumps(written), parse_float=Decimal)
    assert (_faults(exact), accepts(written)) == ([], True)


@pytest.mark.parametrize("written", REFUSED, ids=json.dumps)
def test_what_does_not_is_refused(written: Any) -> None:
    exact = json.loads(json.dumps(written), parse_float=Decimal)
    assert (bool(_faults(exact)), accepts(written)) == (True, False)


@pytest.mark.parametrize("file", CATALOGUE, ids=lambda file: file.stem)
def test_every_rule_of_the_catalogue_passes(file: Path) -> None:
    document: Any = read_yaml(file.read_bytes()).value
    assert all(accepts(measure["rule"]) for measure in document["measures"])


@settings(max_examples=60)
@given(rules)
def test_every_rule_that_is_read_passes(written: Any) -> None:
    assert accepts(written)


def _places(written: Any) -> Iterator[Any]:
    """Every object and list of a rule, the rule itself first."""
    if isinstance(written, dict | list):
        yield written
        for one in written.values() if isinstance(written, dict) else written:
            yield from _places(one)


SCRAPS: list[Any] = [None, 0, -1, 3, "x", True, [], {}, [1, 2], STAFF, {"months": 2}, ["330000"]]
KEYS = [*FORM_OF, *ARITHMETIC, *OVER_YEARS, "growth", "text", "place", "points", "when", "years", "colour"]


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """A rule in which one thing was taken away, added, emptied or replaced."""
    written = json.loads(json.dumps(_plain(draw(rules))), parse_float=Decimal)
    at = draw(st.sampled_from(list(_places(written))))
    keys = list(at) if isinstance(at, dict) else list(range(len(at)))
    way = draw(st.sampled_from(["add", "empty", "remove", "replace"]))
    if way == "add" or not keys:
        scrap = draw(st.sampled_from(SCRAPS))
        if isinstance(at, dict):
            at[draw(st.sampled_from(KEYS))] = scrap
        else:
            at.append(scrap)
    elif way == "empty":
        at.clear()
    elif way == "remove":
        del at[draw(st.sampled_from(keys))]
    else:
        at[draw(st.sampled_from(keys))] = draw(st.sampled_from(SCRAPS))
    return written


@pytest.mark.slow
@settings(max_examples=150)
@given(broken())
def test_a_broken_rule_passes_only_where_its_fault_cannot_be_seen(written: Any) -> None:
    faults = _faults(written)
    if accepts(written):
        assert all(_is_unseen(fault) for fault in faults), faults
    else:
        assert faults
