"""The doctor finds what is broken, says nothing of what is only not there yet, and changes nothing.

Real folders and databases; no service runs.
"""

import asyncio
import fcntl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from index import generation
from index.materialise import place
from index.passages import Entry
from ranking.registry import Models
from service.commands import doctor as command
from service.commands.fault import Fault
from service.database import heartbeats, migrate
from service.database.engine import Database
from service.doctor import Finding, examine
from service.instants import instant
from service.settings import Settings
from tests.ranking.pairs_made import small_model
from tests.service import postgres


def looked_at(settings: Settings) -> dict[str, Finding]:
    async def all_of_them() -> dict[str, Finding]:
        return {finding.part: finding async for finding in examine(settings)}

    return asyncio.run(all_of_them())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that is whole and does not run: words only, no Redis."""
    made = Settings(data=tmp_path / "data", encoder="none", redis_url="none")
    made.folder.mkdir(mode=0o700)

    async def migrated() -> None:
        db = Database(made.database)
        await migrate.upgrade(db, made.folder)
        await db.close()

    asyncio.run(migrated())
    built_at = instant(datetime(2026, 11, 24, tzinfo=UTC))
    entry = Entry("doc-one.key", "稳岗返还", ("稳岗返还",))
    generation.build(made.index_folder, [entry], None, None, {"catalogue": 1, "built_at": built_at})
    return made


def test_on_postgresql_it_says_who_looks_inside(settings: Settings) -> None:
    made = postgres.unused()
    postgres.server().create(str(make_url(made).database))
    other = settings.model_copy(update={"database_url": made})
    assert looked_at(other)["migrations"].state == "broken"

    async def migrated() -> None:
        db = Database(made)
        await migrate.upgrade(db, other.folder)
        await db.close()

    asyncio.run(migrated())
    assert states(other) == states(settings)
    assert "pg_amcheck" in looked_at(other)["database"].text


def states(settings: Settings) -> dict[str, str]:
    return {part: finding.state for part, finding in looked_at(settings).items() if part != "ranker"}


def test_a_whole_installation_has_nothing_broken(settings: Settings) -> None:
    assert states(settings) == {
        "data": "ok", "database": "ok", "migrations": "ok", "index": "ok",
        "encoder": "ok", "redis": "ok", "worker": "note", "content": "ok",
    }  # fmt: skip


def test_a_folder_that_is_not_there_is_not_broken_and_not_made(tmp_path: Path) -> None:
    assert [f.state for f in looked_at(Settings(data=tmp_path / "none")).values()] == ["note"]
    assert list(tmp_path.iterdir()) == []


def test_keys_that_others_can_read_are_broken(settings: Settings) -> None:
    (settings.folder / "admin.key").write_text("hq_one\n")
    (settings.folder / "admin.key").chmod(0o644)
    found = looked_at(settings)["data"]
    assert (found.state, "admin.key" in found.text) == ("broken", True)


def test_a_database_that_is_none_is_broken(settings: Settings) -> None:
    (settings.folder / "huiqi.sqlite").write_bytes(b"something else" * 1_000)
    assert states(settings)["database"] == "broken"


def test_a_database_of_an_older_version_is_broken_and_told_what_to_run(settings: Settings) -> None:
    async def back() -> None:
        db = Database(settings.database)
        await migrate.downgrade(db, settings.folder, "base")
        await db.close()

    asyncio.run(back())
    found = looked_at(settings)["migrations"]
    assert (found.state, "huiqi migrate" in found.text) == ("broken", True)


def test_one_flipped_bit_of_a_generation_is_found(settings: Settings) -> None:
    file = settings.index_folder / str(generation.current(settings.index_folder)) / "terms.txt"
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)
    assert states(settings)["index"] == "broken"


def test_measures_of_two_documents_that_are_nearly_the_same_are_noted(settings: Settings) -> None:
    text = "失业保险稳岗返还：对不裁员、少裁员的企业，返还上年度实际缴纳失业保险费的一部分"
    entries = [Entry(name, text, (text,)) for name in ("doc-one.key", "doc-two.key")]
    entries.append(Entry("doc-three.key", "研发费用加计扣除", ("研发费用加计扣除",)))
    built_at = instant(datetime(2026, 11, 25, tzinfo=UTC))
    generation.build(settings.index_folder, entries, None, None, {"catalogue": 2, "built_at": built_at})
    found = looked_at(settings)["content"]
    assert (found.state, found.text) == ("note", "doc-one.key and doc-two.key are nearly the same")


def test_a_damaged_encoder_is_broken_and_a_missing_one_is_not(settings: Settings) -> None:
    with_encoder = settings.model_copy(update={"encoder": "default"})
    assert states(with_encoder)["encoder"] == "note"
    place(settings.encoder_folder).mkdir(parents=True)
    assert states(with_encoder)["encoder"] == "broken"


def test_a_damaged_ranker_is_broken(settings: Settings) -> None:
    models = Models(settings.model_folder)
    name = models.add(lambda into: small_model(into, 7), "2026-11-24")
    models.promote(name)
    assert looked_at(settings)["ranker"].state == "ok"
    (settings.model_folder / name / f"{name}.txt").write_text("tree")
    found = looked_at(settings)["ranker"]
    assert found.state == "broken"
    assert name in found.text


def test_a_worker_that_beats_is_well(settings: Settings) -> None:
    async def beaten() -> None:
        db = Database(settings.database)
        async with db.write() as c:
            await heartbeats.beat(c)
        await db.close()

    asyncio.run(beaten())
    assert states(settings)["worker"] == "ok"


def test_a_silent_worker_is_broken_only_while_the_service_runs(settings: Settings) -> None:
    with (settings.folder / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert states(settings)["worker"] == "broken"
    assert states(settings)["worker"] == "note"


def test_the_command_fails_when_a_part_is_broken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.folder / "huiqi.sqlite").write_bytes(b"something else" * 1_000)
    monkeypatch.setenv("HUIQI_DATA", str(settings.folder))
    monkeypatch.setenv("HUIQI_REDIS_URL", "none")
    with pytest.raises(Fault, match="broken: database"):
        command.run()
    assert "broken  database" in capsys.readouterr().out
