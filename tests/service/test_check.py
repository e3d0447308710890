"""`huiqi check` tells an officer each fault where it stands in the file.

Files in temporary folders; nothing is stored.
"""

import json
from pathlib import Path

import pytest

from service.commands import check, law_cases
from service.commands.fault import Fault
from service.commands.language import Language

GOOD = """\
id: test-check
title: 测试
issuers: [测试局]
level: city
region: "330100"
in_force: stated_until
provenance: from-memory
measures:
  - key: one
    title: 一
    kind: grant
    mode: apply
    rule: {all: [{field: employees, gte: 3}]}
"""


def faults(path: Path, lang: Language = Language.EN) -> list[str]:
    with pytest.raises(Fault) as raised:
        check.run(path, lang)
    return [line.removeprefix(str(path)) for line in raised.value.lines]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "document.yaml"


def test_a_right_document_is_counted_with_its_measures(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(GOOD)
    check.run(file)
    assert "test-check: 1 measure, from-memory" in capsys.readouterr().out


def test_each_fault_of_a_yaml_file_is_told_with_its_line_and_pointer(file: Path) -> None:
    file.write_text(GOOD.replace("city", "town").replace("employees", "employes"))
    first, second = faults(file)
    assert first.startswith(":4: /level: unknown_code: “town”")
    assert second.startswith(":13: /measures/0/rule/all/0/field: unknown_fact: ")


def test_a_missing_member_is_told_where_its_object_begins(file: Path) -> None:
    file.write_text(GOOD.replace("    mode: apply\n", ""))
    assert faults(file) == [":9: /measures/0/mode: missing_member: “mode” is missing."]


def test_json_has_lines_too(tmp_path: Path) -> None:
    file = tmp_path / "document.json"
    file.write_text(json.dumps({"title": "x", "wrong": 1}, indent=1))
    assert faults(file)[0].startswith(":3: /wrong: unknown_member: ")


def test_a_line_of_ndjson_is_counted_with_the_empty_ones(tmp_path: Path) -> None:
    file = tmp_path / "documents.ndjson"
    file.write_text('\n{"wrong": 1}\n\n{"id": \n')
    told = faults(file)
    assert told[0].startswith(":2: /0/wrong: unknown_member")
    assert told[-1].startswith(":4: /1: malformed_json")


def test_sentences_are_chinese_unless_asked_otherwise(file: Path) -> None:
    file.write_text(GOOD.replace("title: 测试\n", ""))
    assert "缺少" in faults(file, Language.ZH)[0]


@pytest.mark.parametrize(
    ("locale", "said"), [("zh_CN.UTF-8", "1 份文件，没有错误"), ("C", "without a fault")]
)
def test_check_speaks_the_language_of_the_terminal(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, locale: str, said: str
) -> None:
    file.write_text(GOOD)
    monkeypatch.setenv("LC_ALL", locale)
    check.run(file)
    assert said in capsys.readouterr().out


def test_one_id_in_two_files_is_a_fault_of_the_second(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD)
    assert faults(tmp_path)[0].startswith("/b.yaml:1: /id: duplicate_id")


CASES = "cases: {one: [{case: 三人, as_of: 2026-11-24, facts: {employees: 3}, verdict: eligible}]}"


def test_law_cases_are_run_and_what_they_lack_is_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "a.cases.yaml").write_text(CASES)
    for path in (tmp_path, tmp_path / "a.cases.yaml"):
        check.run(path)
        told = capsys.readouterr().out
        assert "law cases that agree with the rules: 1" in told
        assert "test-check.one: no case that is ineligible or unknown" in told


def test_documents_are_read_once_for_themselves_and_their_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "a.cases.yaml").write_text(CASES)
    monkeypatch.delattr(law_cases, "read_document")
    check.run(tmp_path)


def test_a_contradicted_law_case_is_told_with_its_line_and_what_decided(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "a.cases.yaml").write_text(CASES.replace("employees: 3", "employees: 2"))
    (told,) = faults(tmp_path)
    assert told.startswith("/a.cases.yaml:1: /cases/one/0: 三人: verdict: expected eligible, got ineligible")
    assert "/all/0" in told


def test_a_faulty_document_hides_no_contradicted_case_of_another(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "a.cases.yaml").write_text(CASES.replace("employees: 3", "employees: 2"))
    (tmp_path / "b.yaml").write_text("title: x\n")
    told = faults(tmp_path)
    assert any("b.yaml" in line and "missing_member" in line for line in told)
    assert any("expected eligible, got ineligible" in line for line in told)


def test_what_law_cases_lack_is_a_fault_when_strict(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "a.cases.yaml").write_text(CASES)
    with pytest.raises(Fault, match="no case that is ineligible or unknown"):
        check.run(tmp_path, strict=True)


def test_cases_without_their_document_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.cases.yaml").write_text(CASES)
    assert "no readable document beside it" in faults(tmp_path / "a.cases.yaml")[0]


def test_law_tests_are_no_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "a.cases.yaml").write_text("cases: {}")
    check.run(tmp_path)
    check.run(tmp_path / "a.cases.yaml")
    assert "1 document without a fault" in capsys.readouterr().out


def test_a_folder_without_documents_is_told(tmp_path: Path) -> None:
    assert "no documents here" in faults(tmp_path)[0]


def test_the_bundled_catalogue_is_without_a_fault() -> None:
    check.run(Path(__file__).parent.parent.parent / "policies" / "catalogue")
