"""Folders that appear whole or not at all: written aside, flushed to the disk, then renamed.

Shared by the encoder's folder and the index generations; never overwrites a folder that is in use.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TMP, _OLD = ".tmp-", ".old-"


@contextmanager
def locked(parent: Path, *, wait: bool = True) -> Iterator[bool]:
    """Holds the folder's lock against other processes; yields False at once if busy and not `wait`."""
    parent.mkdir(parents=True, exist_ok=True)
    with (parent / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def sweep_leftovers(parent: Path) -> int:
    """Removes what an interrupted build has left; call it while holding the lock. How many there were."""
    found = [path for mark in (_TMP, _OLD) for path in parent.glob(f"{mark}*")]
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return len(found)


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A fresh folder to fill; on leaving without an error it becomes `target`, flushed to the disk."""
    parent = target.parent
    parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=_TMP, dir=parent))
    try:
        yield aside
        for path in sorted(aside.rglob("*")):
            flush(path)
        flush(aside)
        if target.exists():
            os.rename(target, Path(tempfile.mkdtemp(prefix=_OLD, dir=parent)) / target.name)
        os.rename(aside, target)
        flush(parent)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    for old in parent.glob(f"{_OLD}*"):
        shutil.rmtree(old)


def replace_text(path: Path, text: str) -> None:
    """The small file changed at once, flushed to the disk: old or new, never between."""
    aside = path.with_name(f"{_TMP}{path.name}")
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)
    flush(path.parent)


def flush(path: Path) -> None:
    """Asks the disk to keep the file or the folder's list of names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
