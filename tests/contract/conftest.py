"""One service for all that only reads or uses names of its own, and an empty one for who needs it alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.contract.documents import CATALOGUE
from tests.contract.site import Site, site


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With CATALOGUE published and indexed; tests must publish nothing that answers others' asks."""
    with site(tmp_path_factory.mktemp("shared") / "data") as found:
        for plain in CATALOGUE:
            found.publish(plain)
        found.post("/v1/index/rebuild")
        found.work()
        yield found


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """Empty."""
    with site(tmp_path / "data") as found:
        yield found


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Requests are answered in another thread, whose log lines would stand between the tests' own."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.configure(**before)
