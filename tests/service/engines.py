"""Which database a test's service has: SQLite, or with the fixture `both` each of the two in turn.

A folder keeps its database, so that a service may be started again over it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy.engine import make_url

from tests.service import postgres

Engine = Literal["sqlite", "postgresql"]
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
_chosen: list[Engine] = ["sqlite"]
_urls: dict[Path, str] = {}


@pytest.fixture(params=ENGINES)
def both(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Runs a test on each database; a file joins by `pytestmark = pytest.mark.usefixtures("both")`."""
    _chosen[0] = request.param
    yield request.param
    _chosen[0] = "sqlite"


def empty(folder: Path) -> str:
    """The URL of a database without any table."""
    if _chosen[0] == "sqlite":
        return f"sqlite+aiosqlite:///{folder / 'huiqi.sqlite'}"
    made = postgres.unused()
    postgres.server().create(str(make_url(made).database))
    return made


def url(folder: Path, engine: Engine | None = None) -> str | None:
    """The database's URL for a service over this folder; None where it is a file inside."""
    if (engine or _chosen[0]) == "sqlite":
        return None
    return _urls.setdefault(folder, postgres.unused())
