"""Logs: one JSON event a line, with fields; never a profile, a name, a text or a key.

Configured once per process; log context is bound once per request or job.
"""

import logging
import sys
from collections.abc import MutableMapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

from service.settings import LOG_BYTES, LOG_FILES

# Fields that could hold something secret or personal, whoever logs them.
REDACTED = frozenset(
    (
        "name",
        "credit_code",
        "text",
        "query",
        "profile",
        "facts",
        "answers",
        "authorization",
        "key",
        "cookie",
        "secret",
        "url",
        "body",
    )
)


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that blanks what must never be in a log."""
    for field in REDACTED & event.keys():
        event[field] = "…"
    return event


def configure(folder: Path | None, process: str) -> None:
    """Sends this process's events to `<folder>/<process>.log` (rotated), or to stderr without a folder."""
    handler: logging.Handler
    if folder is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / f"{process}.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
        )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        redact,
        structlog.processors.format_exc_info,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("uvicorn.access").disabled = True
    # Its lines hold whole addresses, and so what somebody searched for.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
