"""Redis-protocol servers that hang or talk nonsense: they cost time, and stop nobody."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.wake import POLL_S, TIMEOUT_S, Wake

NONSENSE = {
    "silence": b"",
    "no number": b":many\r\n",
    "no length": b"$much\r\n",
    "no list": b"*x\r\n",
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "bytes": bytes(range(256)) + b"\r\n",
    "nested": b"*1\r\n" * 50 + b":1\r\n",
}


@asynccontextmanager
async def saying(folder: Path, words: bytes) -> AsyncIterator[str]:
    """A server that answers whatever it is asked with these bytes."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            while await reader.read(65_536):
                writer.write(words)
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, folder / "redis.sock")
    try:
        yield f"unix://{folder / 'redis.sock'}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.slow
@pytest.mark.parametrize("words", NONSENSE.values(), ids=NONSENSE)
async def test_a_server_that_hangs_or_talks_nonsense_costs_time_and_stops_nobody(
    tmp_path: Path, words: bytes
) -> None:
    async with saying(tmp_path, words) as url:
        wake = Wake(url)
        for _ in range(3):
            started = time.monotonic()
            await wake.notify()
            await wake.wait(2.0, wake.next())
            assert time.monotonic() - started < TIMEOUT_S + max(2.0, POLL_S) + 1
        assert await wake.state() in {"ok", "down"}
        assert wake._listener is not None
        assert not wake._listener.done()
        await wake.close()
