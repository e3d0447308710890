"""How many asks there are on a day, counted in memory and written down a moment later.

Keeps a number and nothing else of an ask; a process that is killed may lose the last moment's.
"""

import asyncio
from collections import Counter
from datetime import date

import structlog

from service.ask import store
from service.database.engine import Database
from service.errors import Problem

PAUSE_S = 2.0
_log = structlog.get_logger(__name__)


class AskCounter:
    """Counts by day and kind; `close` writes down what is left."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._counted: Counter[tuple[str, str]] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def count(self, day: date, kind: str) -> None:
        """One more; costs no time of the request."""
        self._counted[day.isoformat(), kind] += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._later())

    async def close(self) -> None:
        """Writes down what has been counted."""
        if self._writing is not None:
            self._writing.cancel()
        await self._flush()

    async def _later(self) -> None:
        await asyncio.sleep(PAUSE_S)
        await self._flush()

    async def _flush(self) -> None:
        counted, self._counted = self._counted, Counter()
        if not counted:
            return
        try:
            async with self._db.write() as c:
                await store.count(c, counted)
        except Problem as problem:
            self._counted.update(counted)
            _log.warning("asks not counted yet", code=problem.code)
