"""For every test: events are logged plainly, so that a trace never prints the world around it."""

import pytest
import structlog

PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    shared = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level]
    structlog.configure(processors=[*shared, PLAIN])
