"""What each command of `huiqi` says and leaves behind, and how it ends: 0 done, 1 refused, 2 wrong usage.

Runs the commands in this process on a real database; no service runs.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from service import cli, logs
from service.commands import doctor
from service.database import migrate
from service.database.engine import Database
from service.settings import Settings

CATALOGUE = Path(__file__).parent.parent.parent / "policies" / "catalogue"
HIGH_TECH = str(CATALOGUE / "cn-2016-high-tech.yaml")
CONTRACT = (
    "serve worker migrate import export publish withdraw reindex rollback train evaluate doctor check"
    " backup restore demo model"
)
Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def huiqi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `huiqi …`: the exit status and the lines; an installation of words only that is not there yet."""
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    for name, value in {"DATA": str(tmp_path / "data"), "ENCODER": "none", "REDIS_URL": "none"}.items():
        monkeypatch.setenv(f"HUIQI_{name}", value)

    def run(*arguments: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["huiqi", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return int(ended.value.code or 0), (said.out + said.err).splitlines()

    return run


@pytest.fixture
def installed(huiqi: Run) -> Run:
    """`huiqi` on an installation with empty tables."""
    settings = Settings()
    settings.folder.mkdir(mode=0o700)

    async def migrated() -> None:
        db = Database(settings.database)
        await migrate.upgrade(db, settings.folder)
        await db.close()

    asyncio.run(migrated())
    return huiqi


def test_help_lists_every_command_of_the_contract(huiqi: Run) -> None:
    status, lines = huiqi("--help")
    listed = [found[1] for line in lines if (found := re.match(r"│ ([a-z-]+) {2,}\S", line))]
    assert status == 0
    assert set(CONTRACT.split()) <= set(listed)


def test_help_loads_neither_database_nor_models() -> None:
    code = "import sys\nsys.argv = ['huiqi', '--help']\nimport service.cli\ntry: service.cli.main()\n"
    code += (
        "except SystemExit: print(sorted({'sqlalchemy', 'numpy', 'alembic', 'fastapi'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_explains_itself(huiqi: Run, command: str) -> None:
    status, lines = huiqi(command, "--help")
    assert status == 0
    assert f"huiqi {command}" in " ".join(lines)


@pytest.mark.parametrize(
    "wrong", [(), ("nonsense",), ("publish",), ("check", "a", "b"), ("export", "--no-such")]
)
def test_wrong_usage_ends_with_2(huiqi: Run, wrong: tuple[str, ...]) -> None:
    assert huiqi(*wrong)[0] == 2


@pytest.mark.parametrize("command", [("export",), ("publish", "a-b"), ("reindex",), ("demo",)])
def test_without_an_installation_nothing_is_made(
    huiqi: Run, command: tuple[str, ...], tmp_path: Path
) -> None:
    assert huiqi(*command) == (
        1,
        [f"{tmp_path / 'data'}: there is no installation here; huiqi serve makes one"],
    )
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_one_line_with_its_name(huiqi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIQI_PORT", "eighty")
    assert [line.startswith("HUIQI_PORT: ") for line in huiqi("doctor")[1]] == [True]


def test_a_short_key_is_refused_in_production(huiqi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIQI_ENV", "production")
    monkeypatch.setenv("HUIQI_ADMIN_KEY", "short")
    assert huiqi("serve") == (1, ["HUIQI_ADMIN_KEY is shorter than 32 characters"])


def test_what_nobody_expected_is_one_line_too(huiqi: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        """Fails."""
        raise ZeroDivisionError("by chance\nand more")

    monkeypatch.setattr(doctor, "run", broken)
    status, lines = huiqi("doctor")
    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith("internal: ZeroDivisionError: by chance (test_cli.py:")


def test_an_imported_document_is_a_draft_until_it_is_published(installed: Run) -> None:
    end = "drafts, which `huiqi publish ID` makes live"
    done = ["created    cn-2016-high-tech", f"1 created, 0 changed, 0 unchanged: {end}"]
    assert installed("import", "--lang", "en", HIGH_TECH) == (0, done)
    again = [
        "unchanged  cn-2016-high-tech",
        "新建 0 份，改动 0 份，未变 1 份：存为草稿，用 `huiqi publish ID` 发布",
    ]
    assert installed("import", "--lang", "zh", HIGH_TECH) == (0, again)
    assert installed("publish", "cn-2016-high-tech") == (0, ["cn-2016-high-tech: published"])
    assert installed("publish", "cn-2016-high-tech") == (0, ["cn-2016-high-tech: was published already"])
    assert json.loads(installed("export")[1][0])["id"] == "cn-2016-high-tech"


def test_a_dry_run_says_what_would_happen_and_does_nothing(installed: Run) -> None:
    end = "1 created, 0 changed, 0 unchanged: only tried, nothing is stored"
    assert installed("import", "--dry-run", "--lang", "en", HIGH_TECH) == (
        0,
        ["created    cn-2016-high-tech", end],
    )
    assert installed("export") == (0, [])


def test_an_import_with_one_bad_document_stores_nothing(installed: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    good = Path(HIGH_TECH).read_text("utf-8")
    (folder / "good.yaml").write_text(good, "utf-8")
    (folder / "bad.yaml").write_text(good.replace("id: cn-2016-high-tech", "id: X"), "utf-8")
    status, lines = installed("import", str(folder))
    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith(f"{folder / 'bad.yaml'}: /id: ")
    assert installed("export") == (0, [])


@pytest.mark.parametrize("command", [("publish", "no-such"), ("withdraw", "no-such", "--reason", "x")])
def test_what_is_not_there_is_refused_in_one_line(installed: Run, command: tuple[str, ...]) -> None:
    status, lines = installed(*command)
    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith("not_found: ")


def test_a_document_is_withdrawn_once_and_needs_a_reason(installed: Run) -> None:
    name = "cn-2016-high-tech"
    installed("import", "--publish", HIGH_TECH)
    assert installed("withdraw", name)[0] == 2
    assert installed("withdraw", name, "--reason", "废止") == (0, [f"{name}: withdrawn"])
    assert installed("withdraw", name, "--reason", "废止") == (0, [f"{name}: was withdrawn already"])


def test_an_index_can_be_built_and_gone_back_from_without_a_service(installed: Run) -> None:
    installed("import", "--publish", HIGH_TECH)
    generations = []
    for _ in range(2):
        status, lines = installed("reindex")
        assert status == 0
        generations += re.findall(r"generation (\S+): 2 measures", "\n".join(lines))
    assert len(set(generations)) == 2
    assert installed("rollback", generations[0])[0] == 0
    assert installed("rollback", generations[0].replace("-7", "-8"))[0] == 1


def test_a_rotated_key_is_printed_and_kept_for_us_alone(installed: Run, tmp_path: Path) -> None:
    status, first = installed("rotate-key")
    _, second = installed("rotate-key")
    file = tmp_path / "data" / "admin.key"
    assert (status, first != second, file.read_text().strip() in second[0]) == (0, True, True)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_makes_the_folder_again(
    installed: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed("import", HIGH_TECH)
    assert installed("backup", str(tmp_path / "b.tar"))[0] == 0
    assert installed("restore", str(tmp_path / "b.tar"))[0] == 1
    monkeypatch.setenv("HUIQI_DATA", str(tmp_path / "again"))
    assert installed("restore", str(tmp_path / "b.tar"))[0] == 0
    assert json.loads(installed("export")[1][0])["id"] == "cn-2016-high-tech"


def test_migrating_back_and_forth_says_where_the_tables_are(installed: Run) -> None:
    assert installed("migrate", "--back", "--to", "base") == (0, ["at revision none"])
    assert installed("export")[0] == 1
    assert installed("migrate") == (0, [f"at revision {migrate.head()}"])
    assert installed("migrate", "--to", "nowhere")[0] == 1
