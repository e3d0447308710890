"""Wakes the worker: through the Redis protocol where there is one, else by polling.

Only a wake-up: what is to be done stands in the database, and losing a message costs half a second.
"""

import asyncio
import contextlib
from typing import Literal

from redis.asyncio import Redis

CHANNEL = "huiqi:wake"
POLL_S = 0.4
TIMEOUT_S = 1.0
State = Literal["ok", "down", "off"]
_TROUBLE = (Exception,)  # a server that talks nonsense makes its client stumble over anything


class Wake:
    """Tells workers of new jobs and lets any number of a worker's tasks wait for them."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._client: Redis | None = None
        self._listener: asyncio.Task[None] | None = None
        self._hears = False
        self._woken = asyncio.Event()

    def next(self) -> asyncio.Event:
        """What the next wake-up sets: take it before looking for work, so that none falls in between."""
        return self._woken

    async def notify(self) -> None:
        """Wakes whoever waits, here and elsewhere; never fails, the poll is the truth."""
        self.stir()
        if self._url is None:
            return
        try:
            await asyncio.wait_for(self._open(self._url).publish(CHANNEL, b"1"), TIMEOUT_S)
        except _TROUBLE:
            await self._forget()

    async def wait(self, seconds: float, woken: asyncio.Event) -> None:
        """Returns when `woken` is set, or after this time; while nothing can be heard after a short poll."""
        if self._url is not None and self._listener is None:
            self._listener = asyncio.create_task(self._listen(self._url))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), seconds if self._hears else min(seconds, POLL_S))

    async def state(self) -> State:
        """Whether Redis answers now; `off` when a setting turned it off."""
        if self._url is None:
            return "off"
        try:
            await asyncio.wait_for(self._open(self._url).ping(), TIMEOUT_S)
        except _TROUBLE:
            await self._forget()
            return "down"
        return "ok"

    async def close(self) -> None:
        """Ends listening and closes the connections."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        await self._forget()

    def stir(self) -> None:
        """Wakes whoever waits in this process."""
        woken, self._woken = self._woken, asyncio.Event()
        woken.set()

    async def _listen(self, url: str) -> None:
        while True:
            client = Redis.from_url(url, socket_connect_timeout=TIMEOUT_S, health_check_interval=0)
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(CHANNEL)
                    self._hears = True
                    self.stir()
                    async for _ in subscription.listen():
                        self.stir()
            except _TROUBLE:
                await asyncio.sleep(POLL_S)
            finally:
                self._hears = False
                await _closed(client)

    def _open(self, url: str) -> Redis:
        if self._client is None:
            self._client = Redis.from_url(url, socket_connect_timeout=TIMEOUT_S, health_check_interval=0)
        return self._client

    async def _forget(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await _closed(client)


async def _closed(client: Redis) -> None:
    with contextlib.suppress(*_TROUBLE):
        await client.aclose()
