"""The settings, all from the environment (`HUIQI_…`), checked once at start.

A value that is handed in; no module reads the environment itself.
"""

import hashlib
import tempfile
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.mail.addresses import is_address
from service.mail.smtp import server_of

SHORTEST_KEY = 32
DEFAULT_ENCODER = "default"
LOG_BYTES, LOG_FILES = 10 << 20, 5  # a log is rotated at this size, and so many older ones are kept
LONGEST_WAIT_S = 864_000  # between two attempts of a delivery
LONGEST_SOCKET = 100  # the system allows 107 bytes for the path of a unix socket


class Settings(BaseSettings):
    """What CONTRACT.md, Running, lists; `docs/settings.md` is made from it."""

    model_config = SettingsConfigDict(
        env_prefix="HUIQI_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    env: Literal["development", "production"] = Field(
        default="development",
        description="`production` asks for a long key and does not push unconfirmed measures",
    )
    data: Path = Field(
        default=Path("data"), description="folder of database, index, encoder, keys, socket and logs"
    )
    database_url: str | None = Field(
        default=None, description="SQLite in the data folder, or postgresql+psycopg://…"
    )
    redis_url: str | None = Field(
        default=None, description="embedded in the data folder, or redis://…, or `none`"
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65_535, description="port to listen on")
    admin_key: str | None = Field(
        default=None, description="administrator's key; else made at first start in admin.key"
    )
    encoder: str = Field(
        default=DEFAULT_ENCODER, description="a folder or hub name, or `none` for words only"
    )
    catalogue: str | None = Field(
        default=None, description="folder of documents imported at first start, or `none`"
    )
    demo: bool | None = Field(
        default=None, description="whether demo enterprises are imported; yes in development"
    )
    webhook_allow_nets: str = Field(
        default="", description="networks that outgoing requests may reach all the same"
    )
    webhook_retry_s: str = Field(default="", description="seconds between attempts, comma-separated")
    confirm_over: int = Field(
        default=10_000,
        ge=0,
        description="publishing to more enterprises than so many must be confirmed with their number",
    )
    embed_origins: str = Field(
        default="*", description="who may frame /embed and call the keyless endpoints from scripts"
    )
    smtp_url: str | None = Field(
        default=None,
        repr=False,
        description="where mail is handed in, `smtp(s)://user:password@host:port`, over verified TLS but on"
        " this machine; without it, `HUIQI_MAIL_FROM` and `HUIQI_PUBLIC_URL` there is no digest",
    )
    mail_from: str | None = Field(default=None, description="address that mail comes from")
    admin_mail: str | None = Field(
        default=None, description="address that is told when an endpoint, the worker or the canary fails"
    )
    public_url: str | None = Field(
        default=None, description="address of the service as readers of mail reach it, `https://…`"
    )

    @field_validator("webhook_retry_s")
    @classmethod
    def _waits(cls, text: str) -> str:
        waits_of(text)
        return text

    @field_validator("webhook_allow_nets")
    @classmethod
    def _networks(cls, text: str) -> str:
        for part in filter(None, (p.strip() for p in text.split(","))):
            ip_network(part)
        return text

    @field_validator(
        *("database_url", "redis_url", "admin_key", "catalogue", "demo"),
        *("smtp_url", "mail_from", "admin_mail", "public_url"),
        mode="before",
    )
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("smtp_url")
    @classmethod
    def _server(cls, url: str | None) -> str | None:
        if url is not None:
            server_of(url)
        return url

    @field_validator("mail_from", "admin_mail")
    @classmethod
    def _mail_address(cls, text: str | None) -> str | None:
        if text is not None and not is_address(text):
            raise ValueError("not a plain mail address")
        return text

    @field_validator("public_url")
    @classmethod
    def _place(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "https://none")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("not https://host")
        return url if url is None else url.rstrip("/")

    @model_validator(mode="after")
    def _long_key_in_production(self) -> "Settings":
        if self.env == "production" and self.admin_key and len(self.admin_key) < SHORTEST_KEY:
            raise ValueError(f"HUIQI_ADMIN_KEY is shorter than {SHORTEST_KEY} characters")
        return self

    @property
    def folder(self) -> Path:
        """The data folder, absolute."""
        return self.data.absolute()

    @property
    def database(self) -> str:
        """The SQLAlchemy URL."""
        return self.database_url or f"sqlite+aiosqlite:///{self.folder / 'huiqi.sqlite'}"

    @property
    def index_folder(self) -> Path:
        """Where the index generations are."""
        return self.folder / "index"

    @property
    def encoder_folder(self) -> Path:
        """Where the default encoder is materialised."""
        return self.folder / "encoder"

    @property
    def model_folder(self) -> Path:
        """Where trained rankers are; the bundled one serves while none of them was chosen."""
        return self.folder / "models"

    @property
    def log_folder(self) -> Path:
        """Where logs go."""
        return self.folder / "logs"

    @property
    def socket(self) -> Path:
        """The unix socket of the embedded Redis-protocol server; elsewhere if its path were too long."""
        wanted = self.folder / "redis.sock"
        if len(str(wanted).encode()) <= LONGEST_SOCKET:
            return wanted
        name = hashlib.sha256(str(wanted).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"huiqi-{name}" / "redis.sock"

    @property
    def redis(self) -> str | None:
        """The Redis URL; None when there is none and the worker polls."""
        if self.redis_url == "none":
            return None
        return self.redis_url or f"unix://{self.socket}"

    @property
    def embedded_redis(self) -> bool:
        """Whether we run the Redis-protocol server ourselves."""
        return self.redis_url is None

    @property
    def with_demo(self) -> bool:
        """Whether the demo enterprises are imported."""
        return self.env == "development" if self.demo is None else self.demo

    @property
    def with_encoder(self) -> bool:
        """Whether meaning counts at all."""
        return self.encoder != "none"

    @property
    def with_mail(self) -> bool:
        """Whether mail can be sent."""
        return self.smtp_url is not None and self.mail_from is not None

    @property
    def with_digest(self) -> bool:
        """Whether enterprises are sent a digest: its links lead to the public address."""
        return self.with_mail and self.public_url is not None

    @property
    def public(self) -> str:
        """The public address, without a slash at its end; empty when there is none."""
        return self.public_url or ""

    @property
    def webhook_waits(self) -> tuple[float, ...]:
        """Seconds before each further attempt of a delivery; empty for the built-in schedule."""
        return waits_of(self.webhook_retry_s)

    @property
    def origins(self) -> tuple[str, ...]:
        """Who may embed."""
        return tuple(self.embed_origins.split()) or ("*",)


def waits_of(text: str) -> tuple[float, ...]:
    """Seconds that are separated by commas. Raises ValueError."""
    waits = tuple(float(part) for part in text.split(",") if part.strip())
    if not all(0 <= seconds <= LONGEST_WAIT_S for seconds in waits):
        raise ValueError(f"seconds between 0 and {LONGEST_WAIT_S}")
    return waits
