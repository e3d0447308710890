"""The keys of an installation: the administrator's, and the one that signs cursors.

Kept in the data folder with mode 0600. The administrator's key is read anew when its file changes.
"""

import contextlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request

from service.errors import Problem
from service.settings import Settings

OWNER = "administrator"


class Keys:
    """Knows the administrator's key and checks requests against it."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings.admin_key
        self._file = settings.folder / "admin.key"
        self._read: tuple[int, str] | None = None
        self.signing = kept(settings.folder / "signing.key", lambda: secrets.token_hex(32)).encode()

    def current(self) -> str:
        """The administrator's key of now. Raises Problem (`not_ready`) when its file is gone or empty."""
        if self._given is not None:
            return self._given
        try:
            changed = self._file.stat().st_mtime_ns
            if self._read is None or self._read[0] != changed:
                self._read = (changed, self._file.read_text().strip())
        except OSError:
            raise Problem("not_ready") from None
        if not self._read[1]:
            raise Problem("not_ready")
        return self._read[1]

    def is_right(self, given: str) -> bool:
        """Whether this is the administrator's key, compared in constant time."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.current().encode())

    def allow(self, request: Request) -> None:
        """Lets a request with the key pass. Raises Problem (`key_needed`)."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self.is_right(given.strip()):
            raise Problem("key_needed")


def make_admin_key(settings: Settings) -> str | None:
    """Makes the administrator's key at the first start; the new key, or None when there is one."""
    file = settings.folder / "admin.key"
    if settings.admin_key is not None or file.exists():
        return None
    return kept(file, new_key)


def rotate_admin_key(settings: Settings) -> str:
    """Replaces the administrator's key; a running service takes the new one at once."""
    file = settings.folder / "admin.key"
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    key = kept(fresh, new_key)
    os.replace(fresh, file)
    return key


def new_key() -> str:
    """A fresh key of 256 bits; the prefix lets scanners find it where it does not belong."""
    return f"hq_{secrets.token_urlsafe(32)}"


def kept(file: Path, make: Callable[[], str]) -> str:
    """The text of the file, made (0600) when there is none: it appears whole, whoever makes it first."""
    if not file.exists():
        handle, aside = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
        try:
            with os.fdopen(handle, "w") as out:
                out.write(make() + "\n")
                out.flush()
                os.fsync(handle)
            with contextlib.suppress(FileExistsError):
                os.link(aside, file)
        finally:
            os.unlink(aside)
    return file.read_text().strip()
