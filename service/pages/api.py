"""The pages' way to everything: they are clients of the API, in process, with the visitor's own rights.

So a page shows what the contract answers, and nothing else (docs/decisions/0007-pages.md).
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
from starlette.requests import Request
from starlette.types import ASGIApp

from policies.json_reading import read_json
from policies.json_writing import to_json
from service.pages.following import Event, events


class Refusal(Exception):
    """The API refused what a page needs."""

    def __init__(self, answer: "Answer") -> None:
        super().__init__(answer.status)
        self.status = answer.status
        self.problem: dict[str, Any] = answer.body or {}

    @property
    def detail(self) -> str:
        """The refusal in the visitor's language."""
        return str(self.problem.get("detail", ""))


@dataclass(frozen=True)
class Answer:
    """Status and decoded body (exact numbers) of an API answer."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        """Whether the API did what was asked."""
        return self.status < 400

    def fine(self) -> Any:
        """The body. Raises Refusal."""
        if not self.ok:
            raise Refusal(self)
        return self.body


class Api:
    """Calls of one visitor."""

    def __init__(self, app: ASGIApp, client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
        self._app, self._client = app, client
        self._headers = headers

    async def get(self, path: str, **parameters: Any) -> Answer:
        """GET; parameters that are None are left out."""
        return await self._send("GET", path, parameters=parameters)

    async def post(self, path: str, body: Any = None, **parameters: Any) -> Answer:
        """POST with a JSON body."""
        return await self._send("POST", path, to_json(body if body is not None else {}), parameters)

    async def patch(self, path: str, body: Any) -> Answer:
        """PATCH with a JSON body."""
        return await self._send("PATCH", path, to_json(body))

    async def put(self, path: str, body: Any) -> Answer:
        """PUT with a JSON body."""
        return await self._send("PUT", path, to_json(body))

    def follow(self, path: str, last: str | None, **parameters: str) -> AsyncGenerator[Event]:
        """The server-sent events of a path, beyond `last`. Raises NotFollowed."""
        query = urlencode(parameters)
        return events(self._app, path, query, {**self._headers, **({"Last-Event-ID": last} if last else {})})

    async def send(self, path: str, content: bytes, kind: str, **parameters: Any) -> Answer:
        """POST with a body of another content type."""
        return await self._send("POST", path, content, parameters, kind)

    async def every(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """The items of all pages of a list. Raises Refusal."""
        items: list[dict[str, Any]] = []
        cursor = None
        while True:
            body = (await self.get(path, limit=100, cursor=cursor, **parameters)).fine()
            items += body["items"]
            cursor = body["next_cursor"]
            if cursor is None:
                return items

    async def _send(
        self,
        method: str,
        path: str,
        content: str | bytes | None = None,
        parameters: dict[str, Any] | None = None,
        kind: str = "application/json",
    ) -> Answer:
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        headers = self._headers | ({"Content-Type": kind} if content is not None else {})
        answer = await self._client.request(method, path, params=given, content=content, headers=headers)
        return Answer(answer.status_code, read_json(answer.content) if answer.content else None)


@asynccontextmanager
async def api_of(request: Request, language: str, key: str | None = None) -> AsyncIterator[Api]:
    """The API for this visitor; `key` when an administrator has signed in."""
    headers = {"Accept-Language": language}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    transport = httpx2.ASGITransport(app=request.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://huiqi") as client:
        yield Api(request.app, client, headers)
