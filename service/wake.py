"""Wakes the worker: through the Redis protocol where there is one, else by polling.

Only a wake-up: what is to be done stands in the database, and losing a message costs half a second.
"""

import asyncio
from typing import Any, Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError

CHANNEL = "huiqi:wake"
POLL_S = 0.4
TIMEOUT_S = 1.0
State = Literal["ok", "down", "off"]


class Wake:
    """Tells workers of new jobs and lets a worker wait for them."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._client: Redis | None = None
        self._subscription: Any = None

    async def notify(self) -> None:
        """Wakes whoever waits; never fails, the poll is the truth."""
        if self._url is None:
            return
        try:
            await asyncio.wait_for(self._open(self._url).publish(CHANNEL, b"1"), TIMEOUT_S)
        except (RedisError, OSError, TimeoutError):
            await self._forget()

    async def wait(self, seconds: float) -> None:
        """Returns when woken, or after this time; without Redis after a short poll."""
        if self._url is None:
            await asyncio.sleep(min(seconds, POLL_S))
            return
        try:
            if self._subscription is None:
                subscription = self._open(self._url).pubsub(ignore_subscribe_messages=True)
                await asyncio.wait_for(subscription.subscribe(CHANNEL), TIMEOUT_S)
                self._subscription = subscription
            await self._subscription.get_message(timeout=seconds)
        except (RedisError, OSError, TimeoutError):
            await self._forget()
            await asyncio.sleep(min(seconds, POLL_S))

    async def state(self) -> State:
        """Whether Redis answers now; `off` when a setting turned it off."""
        if self._url is None:
            return "off"
        try:
            await asyncio.wait_for(self._open(self._url).ping(), TIMEOUT_S)
        except (RedisError, OSError, TimeoutError):
            await self._forget()
            return "down"
        return "ok"

    async def close(self) -> None:
        """Closes the connections."""
        await self._forget()

    def _open(self, url: str) -> Redis:
        if self._client is None:
            self._client = Redis.from_url(
                url, socket_connect_timeout=TIMEOUT_S, socket_keepalive=False, health_check_interval=0
            )
        return self._client

    async def _forget(self) -> None:
        subscription, self._subscription = self._subscription, None
        client, self._client = self._client, None
        for opened in (subscription, client):
            if opened is not None:
                try:
                    await opened.aclose()
                except (RedisError, OSError):
                    continue
