"""The administrator's key and the signing key: made once, for our eyes only, replaced while running."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.requests import Request

from service.errors import Problem
from service.keys import Keys, make_admin_key, rotate_admin_key
from service.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


def asked_with(authorization: str | None) -> Request:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


def test_the_key_is_made_once_and_only_we_may_read_it(settings: Settings, tmp_path: Path) -> None:
    made = make_admin_key(settings)
    assert make_admin_key(settings) is None
    assert (tmp_path / "admin.key").read_text() == f"{made}\n"
    assert (tmp_path / "admin.key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_given_is_written_nowhere(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, admin_key="given" * 8)
    assert make_admin_key(settings) is None
    assert Keys(settings).current() == "given" * 8
    assert all("given" not in file.read_text() for file in tmp_path.iterdir())


def test_the_right_key_passes(settings: Settings) -> None:
    key = make_admin_key(settings)
    keys = Keys(settings)
    for spelling in (f"Bearer {key}", f"bearer {key}", f"Bearer  {key} "):
        keys.allow(asked_with(spelling))


@pytest.mark.parametrize(
    "sent", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic x", "Bearer é", "Bearer \x00"]
)
def test_no_key_and_a_wrong_one_are_refused_alike(settings: Settings, sent: str | None) -> None:
    make_admin_key(settings)
    with pytest.raises(Problem) as refused:
        Keys(settings).allow(asked_with(sent))
    assert refused.value.code == "key_needed"


def test_a_rotated_key_counts_at_once_and_the_old_one_no_more(settings: Settings) -> None:
    old = make_admin_key(settings)
    keys = Keys(settings)
    assert keys.is_right(str(old))
    new = rotate_admin_key(settings)
    assert (keys.is_right(new), keys.is_right(str(old))) == (True, False)


@pytest.mark.parametrize("content", ["", "\n", None])
def test_an_empty_or_missing_key_opens_nothing(
    settings: Settings, tmp_path: Path, content: str | None
) -> None:
    keys = Keys(settings)
    if content is not None:
        (tmp_path / "admin.key").write_text(content)
    with pytest.raises(Problem) as refused:
        keys.allow(asked_with("Bearer "))
    assert refused.value.code == "not_ready"


def test_processes_that_start_at_once_have_one_signing_key(settings: Settings, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: Keys(settings).signing, range(32)))
    assert len(made) == 1
    assert len(made.pop()) >= 32
    assert os.listdir(tmp_path) == ["signing.key"]
