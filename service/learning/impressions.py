"""What was shown to stored enterprises, kept in memory for a moment and written down by itself.

A row is one whole answer, so nothing is lost by half; a process that is killed may lose the last moment's.
"""

import asyncio
import zlib

import numpy as np
import structlog

from ranking.features import NAMES, Floats
from service.database.engine import Database
from service.errors import Problem
from service.learning import store
from service.learning.store import Impression

PAUSE_S = 0.25
AGAIN_S = 2.0
MOST = 5_000  # answers that wait while the database does not take them; older ones are given up
_log = structlog.get_logger("huiqi.learning")


class ImpressionLog:
    """Takes what was shown; `close` writes down what is left."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[Impression] = []
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def add(self, shown: Impression) -> None:
        """One more; costs next to no time of the request."""
        self._waiting.append(shown)
        if len(self._waiting) > MOST:
            del self._waiting[: len(self._waiting) - MOST]
            _log.warning("impressions given up", waiting=MOST)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._later())

    async def close(self) -> None:
        """Writes down what was shown."""
        self._closing.set()
        if self._writing is not None:
            await self._writing
        await self._flush()

    async def written(self) -> None:
        """Returns when what was shown until now is written down, or could not be."""
        await self._flush()

    async def _later(self) -> None:
        pause = PAUSE_S
        while True:
            try:
                await asyncio.wait_for(self._closing.wait(), pause)
            except TimeoutError:
                pause = AGAIN_S
            if await self._flush() or self._closing.is_set():
                return

    async def _flush(self) -> bool:
        """Whether nothing waits any more."""
        shown, self._waiting = self._waiting, []
        if not shown:
            return True
        try:
            async with self._db.write() as c:
                await store.log(c, shown)
        except Problem as problem:
            self._waiting = shown + self._waiting
            _log.warning("impressions not written yet", code=problem.code, waiting=len(self._waiting))
            return False
        return not self._waiting


def packed(x: Floats) -> bytes:
    """Rows of the feature table, float64 [n, features], as bytes; `unpacked` gives them back bit for bit."""
    return zlib.compress(np.ascontiguousarray(x, "<f8").tobytes(), 1)


def unpacked(rows: bytes, count: int) -> Floats:
    """The rows of so many measures, as wide as they were logged, which an older table may have been."""
    flat = np.frombuffer(zlib.decompress(rows), "<f8")
    return flat.reshape(count, len(flat) // count if count else len(NAMES)).astype(np.float64)
