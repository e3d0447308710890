"""Keeps secrets unreadable in the database: encrypted with keys that stand in the data folder, not in it.

`vault.key` has one key a line: the first encrypts, every one of them decrypts. Never logs what it holds.
"""

from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from service.keys import kept

FILE = "vault.key"


class Unreadable(Exception):
    """None of the keys decrypts it: it was encrypted elsewhere, or altered."""


class Vault:
    """Encrypts and decrypts texts with the keys of one data folder."""

    def __init__(self, folder: Path) -> None:
        keys = kept(folder / FILE, lambda: Fernet.generate_key().decode("ascii"))
        self._keys = MultiFernet([Fernet(key) for key in keys.split()])

    def closed(self, text: str) -> str:
        """The text, encrypted."""
        return self._keys.encrypt(text.encode()).decode("ascii")

    def opened(self, closed: str) -> str:
        """What was encrypted. Raises Unreadable."""
        try:
            return self._keys.decrypt(closed).decode()
        except (InvalidToken, ValueError):
            raise Unreadable from None
