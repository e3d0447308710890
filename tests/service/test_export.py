"""What is exported can be imported again as the same documents.

A real database in a temporary folder; no service runs.
"""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from policies.documents import Document
from policies.facts import china
from service import logs
from service.commands import export
from service.commands.fault import Fault
from service.database import migrate
from service.database.engine import Database
from service.learning import frames
from service.publishing import actions
from service.publishing.importing import Placed, read_sources, sources_of
from service.settings import Settings
from service.yaml_writing import to_yaml

CATALOGUE = Path(__file__).parent.parent.parent / "policies" / "catalogue"
SOME = [CATALOGUE / f"{name}.yaml" for name in ("cn-2016-high-tech", "hz-2018-projects")]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def read_from(*paths: Path) -> list[Document]:
    sources = [source for path in paths for source in sources_of(path)]
    return [placed.document for placed in read_sources(sources, china())]


def digests(*paths: Path) -> dict[str, str]:
    return {document.id: document.digest for document in read_from(*paths)}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with two documents, published, where the commands look for it."""
    monkeypatch.setenv("HUIQI_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(logs, "configure", lambda *_: None)

    async def imported() -> None:
        settings = Settings()
        db = Database(settings.database)
        await migrate.upgrade(db, settings.folder)
        async with db.write() as c:
            placed = [Placed(document, "", None) for document in read_from(*SOME)]
            await actions.import_all(c, placed, NOW, publish=True, notify=False)
        await db.close()

    asyncio.run(imported())


@pytest.mark.usefixtures("installed")
def test_exported_files_are_read_as_the_same_documents(tmp_path: Path) -> None:
    export.run(tmp_path / "out")
    assert digests(tmp_path / "out") == digests(*SOME)


@pytest.mark.usefixtures("installed")
def test_without_a_folder_each_document_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    export.run()
    lines = capsys.readouterr().out.splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == sorted(digests(*SOME))


@pytest.mark.usefixtures("installed")
def test_a_file_of_another_content_is_not_written_over(tmp_path: Path) -> None:
    export.run(tmp_path / "out")
    export.run(tmp_path / "out")
    file = tmp_path / "out" / "cn-2016-high-tech.yaml"
    file.write_text("mine")
    with pytest.raises(Fault, match="exists with another content"):
        export.run(tmp_path / "out")
    assert file.read_text() == "mine"


def test_a_database_without_tables_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    monkeypatch.setenv("HUIQI_DATA", str(tmp_path / "data"))
    with pytest.raises(Fault, match="run huiqi migrate"):
        export.run()


def test_every_bundled_document_survives_being_written_as_yaml(tmp_path: Path) -> None:
    for document in read_from(CATALOGUE):
        (tmp_path / f"{document.id}.yaml").write_text(to_yaml(document.content), encoding="utf-8")
    assert digests(tmp_path) == digests(CATALOGUE)


@pytest.mark.usefixtures("installed")
def test_what_was_shown_is_exported_as_a_table_of_its_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export.run(events=tmp_path / "log.parquet")
    assert list(frames.read(tmp_path / "log.parquet").columns) == list(frames.COLUMNS)
    assert capsys.readouterr().out == f"{tmp_path / 'log.parquet'}: 0 rows\n"


@pytest.mark.usefixtures("installed")
def test_a_table_of_an_unknown_format_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="must end with"):
        export.run(events=tmp_path / "log.xlsx")
    assert list(tmp_path.glob("*log*")) == []
