"""For every test: plain logs, so that a trace never prints the world around it, and steady examples.

Hypothesis draws the same examples each time, however busy the machine is.
"""

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings

PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)

settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fast", settings.get_profile("steady"), max_examples=15)
# That a claim fails is all that is asked where thousands of faulty copies are tested: no smaller example.
settings.register_profile(
    "mutants", settings.get_profile("fast"), phases=[Phase.explicit, Phase.generate], database=None
)
settings.register_profile("hunt", settings.get_profile("steady"), max_examples=2_000, derandomize=False)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    shared = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level]
    structlog.configure(processors=[*shared, PLAIN])
