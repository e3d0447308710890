"""Warnings reach whoever sends, imports, checks or looks after documents, and never refuse one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from policies.json_writing import to_json
from service.commands import check, import_documents, inside
from service.commands.language import Language
from service.database import migrate
from service.database.engine import Database
from service.doctor import Finding, examine
from service.settings import Settings
from tests.service.administering import Desk, desk
from tests.service.asking import document, measure

POLICIES, IMPORTS = "/v1/policies", "/v1/imports"
FEW = {"attest": "few", "text": "职工人数不超过300人"}
GOOD = document("a-good", measure("one"))
ODD = document(
    "b-odd",
    measure("one", {"all": [{"field": "revenue", "gte": 2000}]}),
    measure(
        "two", {"attest": "few", "text": "职工人数不超过300人"}, benefits=[{"nature": "cash", "max": 50}]
    ),
)
FOUND = [
    ("/measures/0/rule/all/0/gte", "doubtful_amount"),
    ("/measures/1/rule", "fact_decides"),
    ("/measures/1/benefits/0/max", "doubtful_amount"),
]


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "data") as found:
        yield found


def told(answer: Any) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in answer.body["warnings"]]


async def test_a_draft_is_taken_with_its_warnings_each_time_it_is_sent(at: Desk) -> None:
    made, again = await at.post(POLICIES, ODD), await at.put(f"{POLICIES}/b-odd", ODD)
    assert (made.status, again.status) == (201, 200)
    assert told(made) == told(again) == FOUND


async def test_a_warning_has_a_place_a_code_a_detail_and_a_suggestion(at: Desk) -> None:
    for warning in (await at.post(POLICIES, ODD)).body["warnings"]:
        assert list(warning) == ["pointer", "code", "detail", "suggestion"]
        assert all(warning.values())


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", "本意是2,000万元"),
        ("zh-TW,zh;q=0.8", "本意是2,000萬元"),
        ("zh-CN,zh-Hant;q=0.5", "本意是2,000万元"),
        ("en-GB", "If 20,000,000 yuan is meant"),
    ],
)
async def test_warnings_speak_the_language_that_is_asked_for(at: Desk, asked: str, words: str) -> None:
    warning = (await at.post(POLICIES, ODD, accept_language=asked)).body["warnings"][0]
    assert words in warning["suggestion"]


async def test_a_warning_of_a_list_begins_with_the_position_of_its_document(at: Desk) -> None:
    sent = await at.post(IMPORTS, [GOOD, ODD])
    assert sent.body["created"] == ["a-good", "b-odd"]
    assert told(sent) == [(f"/1{pointer}", code) for pointer, code in FOUND]


async def test_a_dry_run_warns_as_the_import_does(at: Desk) -> None:
    dry, real = await at.post(f"{IMPORTS}?dry_run=true", ODD), await at.post(IMPORTS, ODD)
    assert dry.body["warnings"] == real.body["warnings"] != []


async def test_a_warning_of_a_form_names_its_file(at: Desk) -> None:
    files = [("files", (f"{each['id']}.json", to_json(each).encode())) for each in (GOOD, ODD)]
    key = {"Authorization": f"Bearer {at.services.keys.current()}"}
    sent = await at.world.client.post(IMPORTS, files=files, headers=key)
    assert {each["file"] for each in sent.json()["warnings"]} == {"b-odd.json"}


async def test_the_doctor_lists_what_is_shown_and_what_waits_and_nothing_is_broken(at: Desk) -> None:
    await at.published(ODD)
    await at.put(f"{POLICIES}/b-odd", document("b-odd", measure("one", {"not": {"all": []}})))
    findings = [each async for each in examine(at.services.settings)]
    content = [each for each in findings if each.part == "content"]
    begins = [each.text.split(": ")[:3] for each in content]
    live = [["b-odd", pointer, code] for pointer, code in FOUND]
    assert begins == [*live, ["b-odd (draft)", "/measures/0/rule", "contradiction"]]
    assert {each.state for each in content} == {"note"}


async def test_a_withdrawn_document_has_no_warning_any_more(at: Desk) -> None:
    await at.published(ODD)
    await at.post(f"{POLICIES}/b-odd/withdraw", {"reason": "expired"})
    assert [each async for each in examine(at.services.settings)][-1] == Finding(
        "content", "ok", "0 documents, no warning"
    )


def test_check_tells_each_warning_with_its_line_and_finds_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "odd.json"
    file.write_text(to_json(ODD).replace('{"key"', '\n{"key"'))
    check.run(file, Language.EN)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith(f"{file}:2: warning: /measures/0/rule/all/0/gte: doubtful_amount: ")
    assert [line.split(":")[1] for line in lines[1:4]] == ["2", "3", "3"]
    assert lines[-1] == "1 document without a fault"


def test_the_command_that_imports_tells_each_warning_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path / "data", encoder="none", redis_url="none")
    settings.folder.mkdir(mode=0o700)
    asyncio.run(migrated(settings))
    monkeypatch.setattr(inside, "Settings", lambda: settings)
    file = tmp_path / "odd.json"
    file.write_text(to_json(ODD))
    import_documents.run(file, lang=Language.EN)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"warning    {file}: /measures/0/rule/all/0/gte: doubtful_amount: ")
    assert (len(lines), lines[-2]) == (5, "created    b-odd")


async def migrated(settings: Settings) -> None:
    db = Database(settings.database)
    await migrate.upgrade(db, settings.folder)
    await db.close()
