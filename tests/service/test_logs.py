"""What is logged is one JSON event a line, bounded in size, and never what is personal or secret."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from service import logs
from service.settings import LOG_BYTES, LOG_FILES


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that this process logs into; afterwards all is as before."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure(tmp_path, "test")
    yield tmp_path
    root.handlers[0].close()
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def events(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "test.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_an_event_is_one_line_with_its_fields(folder: Path) -> None:
    structlog.get_logger("huiqi.one").info("job done", job="j-1", attempts=2)
    (event,) = events(folder)
    assert (event["event"], event["job"], event["attempts"], event["level"]) == ("job done", "j-1", 2, "info")
    assert event["timestamp"].endswith("Z")


def test_other_libraries_events_have_the_same_form(folder: Path) -> None:
    logging.getLogger("uvicorn.error").warning("%s is %d", "it", 1, extra={"request_id": "r-1"})
    (event,) = events(folder)
    assert (event["event"], event["request_id"]) == ("it is 1", "r-1")


def test_a_failure_keeps_its_trace_in_the_same_line(folder: Path) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger("huiqi.two").exception("job failed")
    (event,) = events(folder)
    assert "ValueError: broken" in event["exception"]


@pytest.mark.parametrize("field", sorted(logs.REDACTED))
def test_what_is_personal_or_secret_is_blanked(folder: Path, field: str) -> None:
    structlog.get_logger("huiqi.three").info("asked", **{field: "杭州某某软件有限公司"})
    logging.getLogger("elsewhere").info("asked")
    assert "杭州" not in (folder / "test.log").read_text(encoding="utf-8")


def test_requests_are_not_logged_by_the_server_with_their_paths(folder: Path) -> None:
    logging.getLogger("uvicorn.access").info("GET /v1/enterprises/secret-id")
    assert events(folder) == []


def test_a_log_never_grows_beyond_its_bound(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = logging.getLogger().handlers[0]
    assert (handler.maxBytes, handler.backupCount) == (LOG_BYTES, LOG_FILES)  # type: ignore[attr-defined]
    monkeypatch.setattr(handler, "maxBytes", 1_000)
    for number in range(100):
        structlog.get_logger("huiqi.four").info("event", number=number)
    kept = list(folder.glob("test.log*"))
    assert len(kept) == LOG_FILES + 1
    assert sum(file.stat().st_size for file in kept) <= 1_000 * (LOG_FILES + 1)
