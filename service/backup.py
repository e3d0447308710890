"""A copy of what cannot be made again, taken while the service runs, and a data folder made from it.

One tar file with a hash for each part. The encoder is not in it: the next start makes it anew.
"""

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from index import generation
from index.durable import flush
from service.push.restored_store import Quieted, quiet
from service.settings import Settings

FORMAT = 1
MANIFEST, DATABASE = "backup.json", "huiqi.sqlite"
KEYS = ("admin.key", "signing.key", "vault.key")
_CURRENT = "CURRENT"
_CHUNK = 1 << 20
_TRIES = 3


def backup(settings: Settings, target: Path, taken_at: str) -> list[str]:
    """Writes the file `target`, which must not exist; the names of its parts. Raises OSError."""
    if target.exists():
        raise _wrong(target, "exists already")
    source = database_file(settings)
    if not source.is_file():
        raise _wrong(source, "there is no database yet to back up")
    with _beside(target) as aside:
        parts = aside / "parts"
        parts.mkdir(mode=0o700)
        _copy_index(settings.index_folder, parts / "index")
        _copy_database(source, parts / DATABASE)
        _copy_small(settings, parts)
        files = {str(file.relative_to(parts)): sha256_of(file) for file in _files(parts)}
        manifest = {"format": FORMAT, "taken_at": taken_at, "files": files}
        (parts / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="ascii")
        packed = aside / "packed.tar"
        _pack(parts, [MANIFEST, *sorted(files)], packed)
        os.replace(packed, target)
        flush(target.parent)
    return sorted(files)


@dataclass(frozen=True)
class Restored:
    """The names of the parts of a backup, and what is not sent by itself any more."""

    parts: list[str]
    quieted: Quieted


def restore(settings: Settings, source: Path, now: str) -> Restored:
    """Makes the data folder, which must not exist, from a backup. Raises OSError.

    What waited to be sent when the backup was taken is not sent: the receivers may have it since.
    """
    folder = settings.folder
    database_file(settings)
    if folder.exists():
        raise _wrong(folder, "exists already; a backup is restored into a folder that does not")
    with _beside(folder) as aside:
        fresh = aside / "data"
        fresh.mkdir(mode=0o700)
        names = _unpack(source, fresh)
        if not _is_sound(fresh / DATABASE):
            raise _wrong(source, "the database in it is damaged")
        with closing(sqlite3.connect(fresh / DATABASE)) as opened, opened:
            quieted = quiet(opened, now)
        for file in _files(fresh):
            flush(file)
        os.rename(fresh, folder)
        flush(folder.parent)
    return Restored(names, quieted)


def database_file(settings: Settings) -> Path:
    """The SQLite file. Raises OSError for another database."""
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise OSError(
            "the database is PostgreSQL: pg_dump copies it and pg_restore brings it back;"
            " of the data folder keep the *.key files with the dump, the rest is made again"
        )
    return Path(url.database)


def sha256_of(file: Path) -> str:
    """The file's hash."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _copy_database(source: Path, copy: Path) -> None:
    """As of one moment, by SQLite's own online backup; neither readers nor writers wait."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=30)) as live,
            closing(sqlite3.connect(copy)) as aside,
        ):
            live.backup(aside)
            aside.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        raise _wrong(source, f"cannot be copied: {error}") from None
    copy.chmod(0o600)
    if not _is_sound(copy):
        raise _wrong(source, "the database is damaged")


def _is_sound(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(database)) as opened:
            return bool(opened.execute("PRAGMA quick_check").fetchone()[0] == "ok")
    except sqlite3.DatabaseError:
        return False


def _copy_index(folder: Path, copy: Path) -> None:
    """The current generation, copied before the database: what is newer there goes on top of it."""
    for _ in range(_TRIES):
        named = generation.current(folder)
        if named is None:
            return
        try:
            shutil.copytree(folder / named, copy / named)
        except (FileNotFoundError, shutil.Error):
            shutil.rmtree(copy, ignore_errors=True)
            continue
        (copy / _CURRENT).write_text(named + "\n", encoding="ascii")
        return


def _copy_small(settings: Settings, parts: Path) -> None:
    """The keys, and the rankers that were trained here."""
    for name in KEYS:
        if (settings.folder / name).is_file():
            shutil.copyfile(settings.folder / name, parts / name)
            (parts / name).chmod(0o600)
    if settings.model_folder.is_dir():
        half_made = shutil.ignore_patterns(".*")
        shutil.copytree(settings.model_folder, parts / settings.model_folder.name, ignore=half_made)


def _pack(parts: Path, names: list[str], packed: Path) -> None:
    handle = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name in names:
                archive.add(parts / name, name, recursive=False)
        stream.flush()
        os.fsync(stream.fileno())


def _unpack(source: Path, folder: Path) -> list[str]:
    """Every part, its hash checked, and nothing else. Raises OSError."""
    try:
        with tarfile.open(source, "r:*") as archive:
            wanted = _wanted(archive, source)
            for member in archive:
                if member.name in wanted:
                    _write(archive, member, folder / member.name, wanted.pop(member.name), source)
                elif member.name != MANIFEST:
                    raise _wrong(source, f"holds something that its list does not name: {member.name}")
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise _wrong(source, f"is no whole backup of huiqi ({error})") from None
    if wanted:
        raise _wrong(source, f"lacks {', '.join(sorted(wanted))}")
    return sorted(str(file.relative_to(folder)) for file in _files(folder))


def _wanted(archive: tarfile.TarFile, source: Path) -> dict[str, str]:
    first = archive.next()
    stream = archive.extractfile(first) if first is not None and first.name == MANIFEST else None
    if stream is None:
        raise _wrong(source, "is no backup of huiqi")
    try:
        manifest: Any = json.loads(stream.read(_CHUNK))
        known, files = manifest["format"] == FORMAT, dict(manifest["files"])
    except (ValueError, KeyError, TypeError):
        raise _wrong(source, "is no backup of huiqi") from None
    if not known:
        raise _wrong(source, "was made by another version of huiqi")
    if DATABASE not in files or not all(_stays_inside(name) for name in files):
        raise _wrong(source, "is no backup of huiqi")
    return files


def _stays_inside(name: str) -> bool:
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, file: Path, digest: str, source: Path) -> None:
    stream = archive.extractfile(member) if member.isreg() else None
    if stream is None:
        raise _wrong(source, f"{member.name} is no file")
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        shutil.copyfileobj(stream, out, _CHUNK)
    if sha256_of(file) != digest:
        raise _wrong(source, f"{member.name} is damaged")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder on the target's disk that is gone afterwards."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".huiqi-", dir=target.parent))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _wrong(place: Path, what: str) -> OSError:
    return OSError(errno.EINVAL, what, str(place))
