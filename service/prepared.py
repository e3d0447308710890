"""A glance at the data folder: is everything there that a start would have to prepare first?

Costs milliseconds and loads nothing; when in doubt it says no, and the preparation looks closely.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from service.settings import Settings

_VERSIONS = Path(__file__).parent / "database" / "migrations" / "versions"
_LOOK = "SELECT (SELECT version_num FROM alembic_version), (SELECT value FROM meta WHERE key = 'began_at')"


def is_prepared(settings: Settings) -> bool:
    """Whether tables of this version, the first import, an index and the keys are there."""
    folder = settings.folder
    if settings.database_url is not None or not _has_index(settings.index_folder):
        return False
    if settings.admin_key is None and not (folder / "admin.key").is_file():
        return False
    return (folder / "signing.key").is_file() and _has_tables(folder / "huiqi.sqlite")


def newest_revision() -> str:
    """The revision that the newest migration's file is named after."""
    return max(file.name.partition("_")[0] for file in _VERSIONS.glob("[0-9]*_*.py"))


def _has_index(folder: Path) -> bool:
    try:
        named = (folder / "CURRENT").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return False
    return bool(named) and (folder / named).is_dir()


def _has_tables(database: Path) -> bool:
    if not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=1)) as opened:
            revision, began_at = opened.execute(_LOOK).fetchone()
    except (sqlite3.DatabaseError, TypeError):
        return False
    return began_at is not None and revision == newest_revision()
