"""The graded pairs are what the guideline says: split by firm, one reason each, none of them impossible.

Grades themselves are opinions and are not tested.
"""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from policies.demo import demo_enterprises
from policies.documents import read_document
from policies.eligibility import part_of
from policies.facts import china
from policies.known import Known
from policies.profiles import read_profile
from policies.rules import Rule
from policies.windows import standing
from policies.yaml_reading import read_yaml
from ranking.agreement import agreement
from ranking.pairs import Judgement, PairsRefused, load_firms, load_judgements, load_second
from service.commands.train import SEED

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)
CHINA = china()
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    folder = ROOT / "ranking" / "judgements"
    lines = [
        line for name in ("unseen", "seen") for line in (folder / f"{name}.jsonl").read_text().split("\n")
    ]
    return [json.loads(line) for line in lines if line]


@pytest.fixture(scope="module")
def offered() -> dict[str, tuple[Rule, str]]:
    """Of every measure of the catalogue its rule, and its state on the day."""
    found: dict[str, tuple[Rule, str]] = {}
    folder = ROOT / "policies" / "catalogue"
    for file in set(folder.glob("*.yaml")) - set(folder.glob("*.cases.yaml")):
        document = read_document(read_yaml(file.read_bytes()).value, CHINA)
        for measure in document.measures:
            found[measure.id] = (measure.rule, standing(document, measure, TODAY).state)
    return found


@pytest.fixture(scope="module")
def known() -> dict[str, Known]:
    firms: dict[str, Known] = {}
    for enterprise in [*demo_enterprises(CHINA), *load_firms()]:
        body = {name: value for name, value in enterprise.items() if name != "id"}
        firms[enterprise["id"]] = Known(read_profile(body, CHINA, today=TODAY), CHINA, TODAY)
    return firms


def test_there_are_at_least_three_thousand(rows: Rows) -> None:
    assert len(rows) >= 3000
    assert all(set(row) == {"enterprise", "measure", "grade", "reason", "split"} for row in rows)


def test_every_pair_is_graded_once_from_zero_to_three(rows: Rows) -> None:
    pairs = Counter((row["enterprise"], row["measure"]) for row in rows)
    assert max(pairs.values()) == 1
    assert {row["grade"] for row in rows} == {0, 1, 2, 3}


def test_the_split_is_by_firm_and_was_fixed_by_its_number(rows: Rows) -> None:
    seen = {row["enterprise"] for row in rows if row["split"] == "seen"}
    unseen = {row["enterprise"] for row in rows if row["split"] == "unseen"}
    assert not seen & unseen
    fifth_demo_firms = {f"demo-{n:03d}" for n in range(5, 61, 5)}
    third_judged_firms = {f"judged-{n:03d}" for n in range(3, 91, 3)}
    assert unseen == fifth_demo_firms | third_judged_firms


def test_each_has_a_reason_of_its_own(rows: Rows) -> None:
    reasons = Counter(row["reason"].strip() for row in rows)
    assert max(reasons.values()) == 1
    assert min(len(reason) for reason in reasons) >= 6


def test_nothing_ineligible_and_nothing_closed_is_graded(
    rows: Rows, offered: dict[str, tuple[Rule, str]], known: dict[str, Known]
) -> None:
    for row in rows:
        rule, state = offered[row["measure"]]
        assert part_of(rule, known[row["enterprise"]], row["measure"]) != "excluded", row
        assert state != "closed", row


def test_all_that_is_open_to_a_judged_firm_is_graded(
    rows: Rows, offered: dict[str, tuple[Rule, str]], known: dict[str, Known]
) -> None:
    graded = {(row["enterprise"], row["measure"]) for row in rows}
    whole = [firm["id"] for firm in load_firms()] + [f"demo-{n:03d}" for n in range(5, 61, 5)]
    for name in whole:
        for measure, (rule, state) in offered.items():
            if state != "closed" and part_of(rule, known[name], measure) != "excluded":
                assert (name, measure) in graded


def test_every_measure_that_is_not_closed_is_graded_for_three_firms_or_more(
    rows: Rows, offered: dict[str, tuple[Rule, str]]
) -> None:
    graded = Counter(row["measure"] for row in rows)
    lacking = {
        measure for measure, (_, state) in offered.items() if state != "closed" and graded[measure] < 3
    }
    assert not lacking


def test_the_graded_firms_are_of_every_size_and_of_many_provinces(
    rows: Rows, known: dict[str, Known]
) -> None:
    for split in ("seen", "unseen"):
        firms = {row["enterprise"] for row in rows if row["split"] == split}
        sizes = Counter(known[firm].shown("size", None) for firm in firms if _one_size(known[firm]))
        assert set(sizes) == {"micro", "small", "medium", "large"}
    provinces = {str(known[row["enterprise"]].resolved()["region"][0])[:2] for row in rows}
    assert len(provinces) >= 16  # Zhejiang and fifteen others
    cities = {str(known[row["enterprise"]].resolved()["region"][0])[:4] for row in rows}
    assert len({city for city in cities if city.startswith("33")}) == 11
    forms = Counter(known[firm].shown("legal_form", None) for firm in {row["enterprise"] for row in rows})
    assert forms["individual_business"] >= 8
    assert forms["cooperative"] >= 6


def _one_size(firm: Known) -> bool:
    return isinstance(firm.shown("size", None), str)


def test_no_measure_has_one_grade_for_all(rows: Rows) -> None:
    grades: dict[str, set[int]] = {}
    for row in rows:
        grades.setdefault(row["measure"], set()).add(row["grade"])
    mixed = sum(len(found) > 1 for found in grades.values())
    assert mixed >= len(grades) * 0.6


def test_three_hundred_pairs_of_either_set_of_firms_are_graded_twice() -> None:
    again = load_second(load_judgements())
    assert len(again) >= 300
    firms = Counter(pair.enterprise.split("-")[0] for pair, _ in again)
    assert min(firms["demo"], firms["judged"]) >= 150
    assert len({pair.enterprise for pair, _ in again}) >= 100


def test_the_guideline_states_the_agreement_that_is_computed() -> None:
    again = load_second(load_judgements())
    told = (ROOT / "ranking" / "judgements" / "GUIDELINE.md").read_text()
    for name in ("", "demo", "judged"):
        rows = [(pair, grade) for pair, grade in again if pair.enterprise.startswith(name)]
        first, second = (np.array(grades, dtype=np.int64) for grades in zip(*_grades(rows), strict=True))
        found = agreement(first, second, [pair.enterprise for pair, _ in rows], SEED)
        shown = [f"{each.value:.2f} [{each.low:.2f}, {each.high:.2f}]" for each in (found.kappa, found.same)]
        assert f"| {len(rows)} | {' | '.join(shown)} | {found.within_one.value:.2f} |" in told


def _grades(rows: list[tuple[Judgement, int]]) -> list[tuple[int, int]]:
    return [(pair.grade, grade) for pair, grade in rows]


def test_a_second_grade_of_what_was_never_graded_is_refused(tmp_path: Path) -> None:
    pairs = load_judgements()
    row = {"enterprise": pairs[0].enterprise, "measure": pairs[0].measure, "grade": 2}
    (tmp_path / "second.jsonl").write_text(json.dumps(row) + "\n")
    assert load_second(pairs, tmp_path) == [(pairs[0], 2)]
    with pytest.raises(PairsRefused, match=r"second.jsonl:1.*not graded a first time"):
        load_second(pairs[1:], tmp_path)
    (tmp_path / "second.jsonl").write_text(2 * (json.dumps(row) + "\n"))
    with pytest.raises(PairsRefused, match=r"second.jsonl:2.*stand twice"):
        load_second(pairs, tmp_path)


@pytest.mark.parametrize(
    ("line", "fault"),
    [("{", "firms.jsonl:1"), ("[]", "exactly id"), ('{"id": "judged-001"}', "exactly id")],
)
def test_a_firm_that_is_none_is_refused_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    (tmp_path / "firms.jsonl").write_text(line)
    with pytest.raises(PairsRefused, match=fault):
        load_firms(tmp_path)


def test_a_firm_stands_once(tmp_path: Path) -> None:
    firm = {"id": "judged-001", "name": "x", "credit_code": "x", "text": "x", "facts": {}, "answers": {}}
    (tmp_path / "firms.jsonl").write_text(2 * (json.dumps(firm) + "\n"))
    with pytest.raises(PairsRefused, match=r"firms.jsonl:2.*stands twice"):
        load_firms(tmp_path)
