"""Cases of the law are read strictly, and the bundled catalogue's rules agree with every one of them.

Each case has its own day; nothing is stored.
"""

from pathlib import Path
from typing import Any

import pytest

from policies.documents import Document, read_document
from policies.facts import china
from policies.faults import Refused
from policies.law_cases import lacking, read_cases, run_case
from policies.yaml_reading import read_yaml

CATALOGUE = Path(__file__).parents[2] / "policies" / "catalogue"
FILES = sorted(CATALOGUE.glob("*.cases.yaml"))
CASE = {"case": "30", "as_of": "2026-11-24", "facts": {"employees": 30}, "verdict": "eligible"}


def read_file(file: Path) -> Document:
    return read_document(read_yaml(file.read_bytes()).value, china())


@pytest.fixture(scope="module")
def levy() -> Document:
    return read_file(CATALOGUE / "cn-2023-8-disability-levy.yaml")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_rules_agree_with_every_case_and_each_measure_has_all_kinds(file: Path) -> None:
    document = read_file(file.with_name(file.name.replace(".cases", "")))
    cases = read_cases(read_yaml(file.read_bytes()).value, document, china())
    wrong = [(case.at, case.case, found) for case in cases if (found := run_case(case, china()).differences)]
    assert not wrong
    assert lacking(document, cases) == {}


def test_every_document_has_its_cases() -> None:
    with_cases = {file.name.removesuffix(".cases.yaml") for file in FILES}
    documents = {file.stem for file in CATALOGUE.glob("*.yaml") if ".cases" not in file.name}
    assert documents == with_cases


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"verdict": "yes"}, ("/verdict", "unknown_code")),
        ({"as_of": "2026-02-30"}, ("/as_of", "bad_date")),
        ({"facts": {"employes": 1}}, ("/facts/employes", "unknown_fact")),
        ({"answers": {"nothing": True}}, ("/answers/nothing", "unknown_member")),
        ({"missing": ["employes"]}, ("/missing/0", "unknown_code")),
        ({"name": "x"}, ("/name", "unknown_member")),
        ({"case": None}, ("/case", "missing_member")),
    ],
)
def test_what_is_wrong_with_a_case_is_told_where_it_stands(
    levy: Document, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    with pytest.raises(Refused) as raised:
        read_cases({"cases": {"exempt-30": [CASE | change]}}, levy, china())
    told = [(each.pointer.removeprefix("/cases/exempt-30/0"), each.code) for each in raised.value.faults]
    assert told == [fault]


def test_a_measure_that_the_document_lacks_is_told(levy: Document) -> None:
    with pytest.raises(Refused, match="/cases/no-such: unknown_measure"):
        read_cases({"cases": {"no-such": [CASE]}}, levy, china())


def test_a_rule_that_contradicts_a_case_is_told_with_what_decided(levy: Document) -> None:
    wrong = CASE | {"facts": {"legal_form": "company", "employees": 31}}
    (case,) = read_cases({"cases": {"exempt-30": [wrong]}}, levy, china())
    outcome = run_case(case, china())
    (difference,) = outcome.differences
    assert (difference.name, difference.expected, difference.got) == ("verdict", "eligible", "ineligible")
    assert outcome.decided_by == ("/all/1",)


def test_kinds_that_no_case_has_are_told(levy: Document) -> None:
    (case,) = read_cases({"cases": {"exempt-30": [CASE]}}, levy, china())
    assert lacking(levy, [case])["exempt-30"] == ("ineligible", "unknown")


def test_a_benefit_is_held_to_the_ends_that_a_case_names() -> None:
    document = read_file(CATALOGUE / "bj-2022-zgc-innovation.yaml")
    expected = {"case": "20万元", "as_of": "2026-11-24", "verdict": "unknown"}
    for amount, differences in ((200_000, []), (300_000, [("benefit.min", 300_000, 200_000)])):
        case = expected | {"benefit": {"min": amount}}
        (read,) = read_cases({"cases": {"scale-up": [case]}}, document, china())
        told = run_case(read, china()).differences
        assert [(each.name, each.expected, each.got) for each in told] == differences
