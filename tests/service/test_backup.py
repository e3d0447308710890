"""A backup is whole, is taken while others write, and is refused when anything in it is wrong.

Small databases in temporary folders; no service runs.
"""

import io
import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from index import generation
from index.passages import Entry
from ranking.registry import Models
from service.backup import DATABASE, MANIFEST, backup, restore
from service.settings import Settings
from tests.ranking.pairs_made import small_model

TAKEN = "2026-11-24T08:00:00.000Z"


def execute(database: Path, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database, isolation_level=None)) as opened:
        return [row for statement in statements for row in opened.execute(statement).fetchall()]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    (data / "admin.key").write_text("hq_one\n")
    execute(data / DATABASE, "PRAGMA journal_mode=WAL", "CREATE TABLE t (n)", "INSERT INTO t VALUES (1)")
    return Settings(data=data)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "restored" / "data")


@pytest.fixture
def packed(settings: Settings, tmp_path: Path) -> Path:
    backup(settings, tmp_path / "huiqi.tar", TAKEN)
    return tmp_path / "huiqi.tar"


def repacked(packed: Path, changes: dict[str, bytes | None]) -> Path:
    """The backup with these members' content changed, added, or (None) left out."""
    with tarfile.open(packed) as archive:
        members = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]
    with tarfile.open(packed, "w") as archive:
        for name, content in (members | changes).items():
            if content is not None:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return packed


def test_a_restored_folder_holds_rows_and_keys_for_us_alone(packed: Path, elsewhere: Settings) -> None:
    assert restore(elsewhere, packed, TAKEN).parts == ["admin.key", DATABASE]
    assert execute(elsewhere.folder / DATABASE, "SELECT n FROM t") == [(1,)]
    assert (elsewhere.folder / "admin.key").read_text() == "hq_one\n"
    modes = [path.stat().st_mode & 0o777 for path in (elsewhere.folder, elsewhere.folder / "admin.key")]
    assert modes == [0o700, 0o600]


def test_a_backup_can_be_read_by_its_owner_only(packed: Path) -> None:
    assert packed.stat().st_mode & 0o777 == 0o600


def test_a_backup_is_taken_in_the_middle_of_another_write(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(settings.folder / DATABASE, isolation_level=None)) as writer:
        writer.execute("INSERT INTO t VALUES (2)")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO t VALUES (3)")
        backup(settings, tmp_path / "now.tar", TAKEN)
        writer.execute("COMMIT")
    restore(elsewhere, tmp_path / "now.tar", TAKEN)
    assert execute(elsewhere.folder / DATABASE, "SELECT n FROM t") == [(1,), (2,)]


def test_only_the_current_generation_goes_along_and_can_be_loaded(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    entry = Entry("doc-one.key", "稳岗返还", ("稳岗返还",))
    made = [
        generation.build(settings.index_folder, [entry], None, None, {"catalogue": n, "built_at": TAKEN})
        for n in (1, 2)
    ]
    backup(settings, tmp_path / "one.tar", TAKEN)
    restore(elsewhere, tmp_path / "one.tar", TAKEN)
    assert generation.kept(elsewhere.index_folder) == [made[1].id]
    assert generation.load_latest(elsewhere.index_folder)[1].catalogue == 2


def test_the_rankers_go_along_and_the_one_that_serves_still_serves(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    models = Models(settings.model_folder)
    name = models.promote(models.add(lambda into: small_model(into, 7), TAKEN))
    (settings.model_folder / ".new-half").mkdir()
    backup(settings, tmp_path / "one.tar", TAKEN)
    restore(elsewhere, tmp_path / "one.tar", TAKEN)
    assert Models(elsewhere.model_folder).serving().ranker.id == name
    assert not (elsewhere.model_folder / ".new-half").exists()


def test_a_file_that_exists_is_never_written_over(settings: Settings, packed: Path) -> None:
    before = packed.read_bytes()
    with pytest.raises(OSError, match="exists already"):
        backup(settings, packed, TAKEN)
    assert packed.read_bytes() == before


def test_a_folder_that_exists_is_never_restored_into(settings: Settings, packed: Path) -> None:
    with pytest.raises(OSError, match="exists already"):
        restore(settings, packed, TAKEN)
    assert execute(settings.folder / DATABASE, "SELECT n FROM t") == [(1,)]


def test_without_a_database_there_is_nothing_to_back_up(elsewhere: Settings, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no database yet"):
        backup(elsewhere, tmp_path / "none.tar", TAKEN)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"admin.key": b"hq_two\n"}, "admin.key is damaged"),
        ({"admin.key": None}, "lacks admin.key"),
        ({"more": b""}, "does not name: more"),
        ({MANIFEST: b"{}"}, "no backup"),
        ({MANIFEST: b"[]"}, "no backup"),
        ({MANIFEST: json.dumps({"format": 1, "files": {DATABASE: "", "../up": ""}}).encode()}, "no backup"),
        ({MANIFEST: json.dumps({"format": 9, "files": {}}).encode()}, "another version"),
    ],
)
def test_a_changed_backup_is_refused_and_leaves_nothing(
    packed: Path, elsewhere: Settings, changes: dict[str, bytes | None], told: str
) -> None:
    with pytest.raises(OSError, match=told):
        restore(elsewhere, repacked(packed, changes), TAKEN)
    assert list(elsewhere.folder.parent.iterdir()) == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_a_cut_off_backup_is_refused_and_leaves_nothing(
    packed: Path, elsewhere: Settings, share: float
) -> None:
    whole = packed.read_bytes()
    packed.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(OSError, match=r"backup|lacks|damaged"):
        restore(elsewhere, packed, TAKEN)
    assert list(elsewhere.folder.parent.iterdir()) == []


def test_a_damaged_database_is_not_backed_up(settings: Settings, tmp_path: Path) -> None:
    database = settings.folder / DATABASE
    execute(database, "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode=DELETE")
    content = bytearray(database.read_bytes())
    content[4_096:] = b"\xff" * (len(content) - 4_096)
    database.write_bytes(content)
    with pytest.raises(OSError, match=r"damaged|cannot be copied"):
        backup(settings, tmp_path / "bad.tar", TAKEN)
    assert not (tmp_path / "bad.tar").exists()


def test_postgresql_is_told_whose_tools_copy_it_and_nothing_is_written(
    settings: Settings, packed: Path, tmp_path: Path
) -> None:
    other = settings.model_copy(update={"database_url": "postgresql+psycopg://nowhere/none"})
    with pytest.raises(OSError, match="pg_dump"):
        backup(other, tmp_path / "other.tar", TAKEN)
    with pytest.raises(OSError, match="pg_restore"):
        restore(other.model_copy(update={"data": tmp_path / "fresh"}), packed, TAKEN)
    assert not (tmp_path / "other.tar").exists()
    assert not (tmp_path / "fresh").exists()
