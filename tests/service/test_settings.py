"""The settings' defaults and refusals are those of the contract."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Settings

DEFAULTS = {
    "env": "development",
    "host": "127.0.0.1",
    "port": 8000,
    "embed_origins": "*",
    "data": Path("data"),
}


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HUIQI_{name.upper()}", raising=False)


def test_without_an_environment_the_defaults_hold() -> None:
    settings = Settings()
    assert {name: getattr(settings, name) for name in DEFAULTS} == DEFAULTS
    assert (settings.with_demo, settings.with_encoder, settings.embedded_redis) == (True, True, True)


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "ADMIN_KEY", "CATALOGUE", "DEMO"])
def test_an_empty_variable_is_an_absent_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"HUIQI_{name}", "")
    assert Settings() == Settings(data=Path("data"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"ENV": "test"},
        {"PORT": "-1"},
        {"PORT": "65536"},
        {"DEMO": "maybe"},
        {"WEBHOOK_ALLOW_NETS": "127.0.0.1/33"},
        {"ENV": "production", "ADMIN_KEY": "x" * 31},
        {"SMTP_URL": "http://mail.example"},
        {"MAIL_FROM": "nobody"},
        {"ADMIN_MAIL": "a@b.example\nBcc: c@d.example"},
        {"PUBLIC_URL": "huiqi.example"},
    ],
)
def test_what_cannot_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]) -> None:
    for name, value in wrong.items():
        monkeypatch.setenv(f"HUIQI_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_a_wrong_mail_server_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIQI_SMTP_URL", "smtp://user:secret@h:x")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(Settings(smtp_url="smtps://user:secret@mail.example"))


def test_a_digest_needs_a_server_a_sender_and_an_address_for_its_links() -> None:
    given = {"smtp_url": "smtp://localhost", "mail_from": "a@b.example", "public_url": "https://h.example/"}
    assert Settings(**given).with_digest
    assert Settings(**given).public == "https://h.example"
    assert not any(Settings(**(given | {name: None})).with_digest for name in given)


def test_a_long_key_is_enough_for_production_and_a_short_one_for_development() -> None:
    assert Settings(env="production", admin_key="x" * 32).admin_key
    assert Settings(admin_key="x").admin_key == "x"


def test_demo_enterprises_are_for_development_unless_asked_otherwise() -> None:
    assert not Settings(env="production").with_demo
    assert Settings(env="production", demo=True).with_demo
    assert not Settings(demo=False).with_demo


@pytest.mark.parametrize(
    ("given", "url"), [("none", None), ("redis://10.0.0.1:6379/0", "redis://10.0.0.1:6379/0")]
)
def test_redis_can_be_elsewhere_or_nowhere(given: str, url: str | None) -> None:
    settings = Settings(redis_url=given)
    assert (settings.redis, settings.embedded_redis) == (url, False)


def test_the_socket_fits_into_its_address_wherever_the_folder_is(tmp_path: Path) -> None:
    near, far = Settings(data=tmp_path / "d"), Settings(data=tmp_path / ("惠企" * 40))
    assert near.socket.parent == near.folder
    assert len(str(far.socket).encode()) < 107
    assert far.socket != Settings(data=tmp_path / ("惠企" * 41)).socket


def test_who_may_embed_is_a_list_with_spaces() -> None:
    assert Settings(embed_origins="https://a.cn https://b.cn").origins == ("https://a.cn", "https://b.cn")
    assert Settings(embed_origins=" ").origins == ("*",)


@pytest.mark.parametrize("text", ["x", "1,,x", "-1", "1,nan", "1e9", "inf"])
def test_waits_between_attempts_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(webhook_retry_s=text)
    assert Settings(webhook_retry_s=" 1, 2.5 ,").webhook_waits == (1, 2.5)
    assert Settings(webhook_retry_s="").webhook_waits == ()
