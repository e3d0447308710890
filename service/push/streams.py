"""The inbox as it grows, for any number of listeners: one look at the database serves all of them.

Woken by the wake-up and by polling; the numbers of notifications are the truth: none is missed or repeated.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

from service.database.engine import Database
from service.errors import Problem
from service.push import inbox_store, store, stream_store
from service.wake import Wake

MOST = 2_000  # listeners of one process
HEARTBEAT_S = 15.0
POLL_S = 2.0
AT_ONCE = 100
_AGAIN_S = 1.0
Rows = list[dict[str, Any]]


class Streams:
    """Listeners by enterprise, and the one task that looks for news while there are any."""

    def __init__(self, db: Database, wake: Wake) -> None:
        self._db, self._wake = db, wake
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._count = 0
        self._watcher: asyncio.Task[None] | None = None
        self._ended = False

    async def follow(self, enterprise: str, after: int) -> AsyncIterator[Rows]:
        """Notifications beyond the number `after`, in order, for ever; an empty list after a long silence.

        Ends when the enterprise is gone, or the process stops. Raises Problem (`too_many_requests`).
        """
        with self._listening(enterprise) as news:
            while not self._ended:
                news.clear()
                try:
                    rows, is_there = await self._beyond(enterprise, after)
                except Problem:
                    rows, is_there = [], True
                    await asyncio.sleep(_AGAIN_S)
                if rows:
                    yield rows
                    after = rows[-1]["seq"]
                    continue
                if not is_there or self._ended:
                    return
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT_S)
                except TimeoutError:
                    yield []

    def end(self) -> None:
        """Lets every listener go after what it is being sent: each comes back, and misses nothing."""
        self._ended = True
        for mine in self._listeners.values():
            for news in mine:
                news.set()

    @contextlib.contextmanager
    def _listening(self, enterprise: str) -> Iterator[asyncio.Event]:
        self.admit()
        news = asyncio.Event()
        self._count += 1
        self._listeners.setdefault(enterprise, set()).add(news)
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())
        try:
            yield news
        finally:
            self._count -= 1
            mine = self._listeners[enterprise]
            mine.discard(news)
            if not mine:
                del self._listeners[enterprise]
            if not self._count and self._watcher is not None:
                self._watcher.cancel()
                self._watcher = None

    def admit(self) -> None:
        """Raises Problem (`too_many_requests`) when no further listener can be served."""
        if self._count >= MOST:
            raise Problem("too_many_requests")

    async def _beyond(self, enterprise: str, after: int) -> tuple[Rows, bool]:
        async with self._db.read() as c:
            rows = await inbox_store.inbox(c, enterprise, after, AT_ONCE)
            return rows, bool(rows) or bool(await stream_store.among(c, {enterprise}))

    async def _watch(self) -> None:
        seen: dict[str, int] = {}
        while True:
            woken = self._wake.next()
            with contextlib.suppress(Problem):
                seen = await self._look(seen)
            await self._wake.wait(POLL_S, woken)

    async def _look(self, seen: dict[str, int]) -> dict[str, int]:
        """Wakes whoever has news since these numbers; the numbers of now."""
        async with self._db.read() as c:
            now = await stream_store.counters(c)
            if now == seen:
                return now
            everybody = set(self._listeners)
            names = await stream_store.told_beyond(c, seen[store.SEQUENCE]) if seen else everybody
            if now.get(stream_store.CHANGES) != seen.get(stream_store.CHANGES):
                names |= everybody - await stream_store.among(c, everybody)
        for name in names & set(self._listeners):
            for news in self._listeners[name]:
                news.set()
        return now
