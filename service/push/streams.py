"""The inbox as it grows, for any number of listeners: one look at the database serves all of them.

Woken by the wake-up and by polling; the numbers of notifications are the truth: none is missed or repeated.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.engine import Database
from service.database.tables import enterprises, meta, notifications
from service.enterprises.store import CANARY
from service.errors import Problem
from service.push import store
from service.wake import Wake

MOST = 2_000  # listeners of one process
HEARTBEAT_S = 15.0
POLL_S = 2.0
AT_ONCE = 100
_AGAIN_S = 1.0
_COUNTERS = (store.SEQUENCE, "enterprise_seq")
Rows = list[dict[str, Any]]


class Streams:
    """Listeners by enterprise, and the one task that looks for news while there are any."""

    def __init__(self, db: Database, wake: Wake) -> None:
        self._db, self._wake = db, wake
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._count = 0
        self._watcher: asyncio.Task[None] | None = None

    async def follow(self, enterprise: str, after: int) -> AsyncIterator[Rows]:
        """Notifications beyond the number `after`, in order, for ever; an empty list after a long silence.

        Ends when the enterprise is gone. Raises Problem (`too_many_requests`) when there are too many.
        """
        with self._listening(enterprise) as news:
            while True:
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
                if not is_there:
                    return
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT_S)
                except TimeoutError:
                    yield []

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
            rows = await store.inbox(c, enterprise, after, AT_ONCE)
            return rows, bool(rows) or await _exists(c, enterprise)

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
            query = select(meta.c.key, meta.c.value).where(meta.c.key.in_(_COUNTERS))
            now = {key: int(value) for key, value in await c.execute(query)}
            if now == seen:
                return now
            told = select(notifications.c.enterprise_id).where(
                notifications.c.seq > seen.get(_COUNTERS[0], 0)
            )
            names = set(self._listeners) if not seen else set((await c.execute(told.distinct())).scalars())
            if now.get(_COUNTERS[1]) != seen.get(_COUNTERS[1]):
                names |= await self._gone(c)
        for name in names & set(self._listeners):
            for news in self._listeners[name]:
                news.set()
        return now

    async def _gone(self, c: AsyncConnection) -> set[str]:
        names, there = sorted(self._listeners), set[str]()
        for start in range(0, len(names), store.AT_ONCE):
            query = select(enterprises.c.id).where(enterprises.c.id.in_(names[start : start + store.AT_ONCE]))
            there |= set((await c.execute(query)).scalars())
        return set(names) - there


async def _exists(c: AsyncConnection, enterprise: str) -> bool:
    query = select(enterprises.c.id).where(enterprises.c.id == enterprise, enterprises.c.id != CANARY)
    return (await c.execute(query)).first() is not None
