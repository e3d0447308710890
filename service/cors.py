"""Which scripts of other sites may call what: the keyless endpoints, for the origins of a setting.

Endpoints that need a key answer no CORS headers at all.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEYLESS = re.compile(
    r"/v1/(recommendations|eligibility|measures|measures/[^/]+|facts|rule-schema|codes/[^/]+)"
    r"|/openapi\.json|/livez|/readyz"
)
ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type, Accept-Language, If-None-Match",
    "Access-Control-Max-Age": "600",
}
EXPOSED = "Link, ETag, X-Request-Id"


class Cors:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self.app = app
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the headers where they belong; answers preflights."""
        allowed = self._allowed(scope) if scope["type"] == "http" else None
        if allowed is None:
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("access-control-request-method")
        if scope["method"] == "OPTIONS" and asked is not None:
            answer = Response(status_code=204, headers={**ALLOWED, **self._headers(allowed)})
            await answer(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update({**self._headers(allowed), "Access-Control-Expose-Headers": EXPOSED})
            await send(message)

        await self.app(scope, receive, with_headers)

    def _allowed(self, scope: Scope) -> str | None:
        origin = Headers(scope=scope).get("origin")
        if origin is None or not KEYLESS.fullmatch(scope["path"]):
            return None
        if "*" in self.origins:
            return "*"
        return origin if origin in self.origins else None

    @staticmethod
    def _headers(allowed: str) -> dict[str, str]:
        vary = {} if allowed == "*" else {"Vary": "Origin"}
        return {"Access-Control-Allow-Origin": allowed, **vary}
