"""The graded pairs are what the guideline says: split by firm, one reason each, none of them impossible.

Grades themselves are opinions and are not tested.
"""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policies.demo import demo_enterprises
from policies.documents import read_document
from policies.eligibility import part_of
from policies.facts import china
from policies.known import Known
from policies.profiles import read_profile
from policies.rules import Rule
from policies.yaml_reading import read_yaml

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    folder = ROOT / "ranking" / "judgements"
    lines = [
        line for name in ("unseen", "seen") for line in (folder / f"{name}.jsonl").read_text().split("\n")
    ]
    return [json.loads(line) for line in lines if line]


@pytest.fixture(scope="module")
def rules() -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    folder = ROOT / "policies" / "catalogue"
    for file in set(folder.glob("*.yaml")) - set(folder.glob("*.cases.yaml")):
        document = read_document(read_yaml(file.read_bytes()).value, china())
        found |= {measure.id: measure.rule for measure in document.measures}
    return found


@pytest.fixture(scope="module")
def known() -> dict[str, Known]:
    firms: dict[str, Known] = {}
    for enterprise in demo_enterprises(china()):
        body = {name: value for name, value in enterprise.items() if name != "id"}
        profile = read_profile(body, china(), today=TODAY)
        firms[enterprise["id"]] = Known(profile, china(), TODAY)
    return firms


def test_there_are_at_least_five_hundred(rows: Rows) -> None:
    assert len(rows) >= 500
    assert all(set(row) == {"enterprise", "measure", "grade", "reason", "split"} for row in rows)


def test_every_pair_is_graded_once_from_zero_to_three(rows: Rows) -> None:
    pairs = Counter((row["enterprise"], row["measure"]) for row in rows)
    assert max(pairs.values()) == 1
    assert {row["grade"] for row in rows} == {0, 1, 2, 3}


def test_the_split_is_by_firm(rows: Rows) -> None:
    seen = {row["enterprise"] for row in rows if row["split"] == "seen"}
    unseen = {row["enterprise"] for row in rows if row["split"] == "unseen"}
    assert not seen & unseen
    assert unseen == {f"demo-{n:03d}" for n in range(5, 61, 5)}


def test_each_has_a_reason_of_its_own(rows: Rows) -> None:
    reasons = Counter(row["reason"].strip() for row in rows)
    assert max(reasons.values()) == 1
    assert min(len(reason) for reason in reasons) >= 6


def test_nothing_ineligible_is_graded(rows: Rows, rules: dict[str, Rule], known: dict[str, Known]) -> None:
    for row in rows:
        rule, firm = rules[row["measure"]], known[row["enterprise"]]
        assert part_of(rule, firm, row["measure"]) != "excluded", row


def test_no_measure_has_one_grade_for_all(rows: Rows) -> None:
    grades: dict[str, set[int]] = {}
    for row in rows:
        grades.setdefault(row["measure"], set()).add(row["grade"])
    mixed = sum(len(found) > 1 for found in grades.values())
    assert mixed >= len(grades) * 0.6
