"""Idempotency-Key: the same key and body give the same answer, in the write's own transaction.

A twin waits for the write lock and then finds the answer. Refusals are not kept.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from policies.json_reading import read_json
from policies.json_writing import to_json
from service.bodies import ExactJson
from service.database.tables import idempotency
from service.errors import Problem
from service.instants import instant
from service.keys import OWNER

KEPT = timedelta(hours=24)
LONGEST = 255


@dataclass(frozen=True)
class Made:
    """What an action answers; `shown_once` is added to the first answer's body and not kept."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    shown_once: Mapping[str, Any] = field(default_factory=dict)

    def answer(self) -> ExactJson:
        """The first answer."""
        body = {**self.body, **self.shown_once} if self.shown_once else self.body
        return ExactJson(body, self.status, dict(self.headers))


async def once(
    request: Request, c: AsyncConnection, now: datetime, make: Callable[[], Awaitable[Made]]
) -> ExactJson:
    """The answer of `make`, or the one kept for the request's key. Raises `idempotency_mismatch`."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return (await make()).answer()
    if not 1 <= len(key) <= LONGEST or not key.isprintable():
        note = f"Idempotency-Key: 1 to {LONGEST} printable characters"
        raise Problem("bad_text", note=note, note_zh=f"Idempotency-Key 须为 1 至 {LONGEST} 个可见字符")
    await c.execute(delete(idempotency).where(idempotency.c.created_at < instant(now - KEPT)))
    place = {"owner": OWNER, "place": f"{request.method} {request.url.path}", "key": key}
    sha = getattr(request.state, "body_sha", "")
    kept = await _kept(c, place)
    if kept is not None:
        if kept[0] != sha:
            raise Problem("idempotency_mismatch")
        return ExactJson(read_json(kept[2].encode()), kept[1])
    made = await make()
    row = {**place, "body_sha": sha, "status": made.status, "body": to_json(made.body)}
    await c.execute(insert(idempotency).values(**row, created_at=instant(now)))
    return made.answer()


async def _kept(c: AsyncConnection, place: dict[str, str]) -> tuple[str, int, str] | None:
    columns = (idempotency.c.body_sha, idempotency.c.status, idempotency.c.body)
    same = [idempotency.c[name] == value for name, value in place.items()]
    row = (await c.execute(select(*columns).where(*same))).one_or_none()
    return None if row is None else (row[0], row[1], row[2])
