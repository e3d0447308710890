"""What the database must not show is encrypted with keys that stand beside it, for our eyes only."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from service.vault import FILE, Unreadable, Vault


def test_what_is_closed_shows_nothing_and_opens_again(tmp_path: Path) -> None:
    closed = Vault(tmp_path).closed("whsec_秘密")
    assert "whsec" not in closed
    assert Vault(tmp_path).opened(closed) == "whsec_秘密"
    assert Vault(tmp_path).closed("whsec_秘密") != closed


def test_the_key_is_made_once_and_only_we_may_read_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        vaults = list(threads.map(lambda _: Vault(tmp_path), range(8)))
    assert {each.opened(vaults[0].closed("a")) for each in vaults} == {"a"}
    assert [file.name for file in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_new_key_above_the_old_one_still_opens_what_the_old_one_closed(tmp_path: Path) -> None:
    old = Vault(tmp_path).closed("a")
    file = tmp_path / FILE
    file.write_text(f"{Fernet.generate_key().decode()}\n{file.read_text()}")
    vault = Vault(tmp_path)
    new = vault.closed("a")
    assert (vault.opened(old), vault.opened(new)) == ("a", "a")
    file.write_text(file.read_text().splitlines()[0])
    assert Vault(tmp_path).opened(new) == "a"
    with pytest.raises(Unreadable):
        Vault(tmp_path).opened(old)


@pytest.mark.parametrize("closed", ["", "x", "gAAAA", "é"])
def test_what_no_key_closed_is_told_as_unreadable(tmp_path: Path, closed: str) -> None:
    with pytest.raises(Unreadable):
        Vault(tmp_path).opened(closed)
