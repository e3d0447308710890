"""What the guide to writing shows is so: its files pass the check, its tables are the language's."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from policies.documents import read_document
from policies.facts import china
from policies.faults import Fault
from policies.law_cases import KINDS, read_cases, run_case
from policies.operators import OPERATORS
from policies.rule_numbers import FORM_OF as EXPRESSION_FORM_OF
from policies.rules import FORM_OF, formula_reader, read_rule
from policies.yaml_reading import read_yaml
from tests.e2e.running import HUIQI, ROOT

GUIDES = ("docs/writing.md", "docs/writing.zh-CN.md")


def block(guide: str, mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```yaml\n(.*?)```", (ROOT / guide).read_text(), re.DOTALL)
    assert found, f"{guide} has no block after <!-- {mark} -->"
    return found[1]


def rows(guide: str, mark: str) -> list[list[str]]:
    after = (ROOT / guide).read_text().partition(f"<!-- {mark} -->\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in after.splitlines()[2:]]


def written(cell: str) -> object:
    return read_yaml(cell.strip("`").encode()).value


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", cell))


@pytest.mark.parametrize("mark", ["document", "cases"])
def test_both_guides_show_the_same_files(mark: str) -> None:
    assert block(GUIDES[0], mark) == block(GUIDES[1], mark)


def test_the_example_is_a_document_and_its_cases_come_out_as_the_law_says(tmp_path: Path) -> None:
    registry = china()
    document = read_document(read_yaml(block(GUIDES[0], "document").encode()).value, registry)
    cases = read_cases(read_yaml(block(GUIDES[0], "cases").encode()).value, document, registry)
    assert [difference for case in cases for difference in run_case(case, registry).differences] == []
    assert {(case.measure.key, case.verdict) for case in cases} == {
        (measure.key, kind) for measure in document.measures for kind in KINDS
    }


@pytest.mark.parametrize("guide", GUIDES)
def test_the_commands_shown_check_the_example(guide: str, tmp_path: Path) -> None:
    for mark, ending in (("document", "yaml"), ("cases", "cases.yaml")):
        (tmp_path / f"example-2026-software.{ending}").write_text(block(guide, mark), encoding="utf-8")
    shown = re.findall(r"^huiqi (check .*)$", (ROOT / guide).read_text(), re.MULTILINE)
    assert len(shown) == 2
    for line in (*shown, "check --strict ."):
        command = (str(HUIQI), *shlex.split(line, comments=True))
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), line
        assert "warning" not in done.stdout


@pytest.mark.parametrize("guide", GUIDES)
def test_every_operator_stands_in_the_table_with_its_types_and_an_example(guide: str) -> None:
    shown = {row[0].strip("`"): row for row in rows(guide, "operators")}
    assert list(shown) == list(OPERATORS)
    for name, row in shown.items():
        faults: list[Fault] = []
        read_rule(written(row[2]), china(), "", faults)
        assert (set(row[1].split(", ")), faults) == (set(OPERATORS[name].types), []), name
        assert name in written(row[2])  # type: ignore[operator]


@pytest.mark.parametrize("guide", GUIDES)
def test_every_form_of_a_rule_and_of_a_number_has_an_example_that_is_read(guide: str) -> None:
    faults: list[Fault] = []
    forms, numbers = rows(guide, "forms"), rows(guide, "expressions")
    for row in forms:
        read_rule(written(row[1]), china(), "", faults)
    for row in numbers:
        formula_reader(china()).read(written(row[1]), "", faults)
    assert faults == []
    named = set().union(*(words(row[0]) for row in forms))
    assert named - {"gte"} == {key for key, form in FORM_OF.items() if form != "leaf"}
    assert set().union(*(words(row[0]) for row in numbers)) == set(EXPRESSION_FORM_OF)
