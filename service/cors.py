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
        if scope["type"] != "http" or not KEYLESS.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        allowed = self._allowed(scope)
        asked = Headers(scope=scope).get("access-control-request-method")
        if allowed is not None and scope["method"] == "OPTIONS" and asked is not None:
            answer = Response(status_code=204, headers={**ALLOWED, **self._headers(allowed)})
            await answer(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers(allowed))
            await send(message)

        await self.app(scope, receive, with_headers)

    def _allowed(self, scope: Scope) -> str | None:
        origin = Headers(scope=scope).get("origin")
        if origin is None:
            return None
        if "*" in self.origins:
            return "*"
        return origin if origin in self.origins else None

    def _headers(self, allowed: str | None) -> dict[str, str]:
        """Where answers differ by origin, a cache has to know it of the refused ones as well."""
        vary = {} if "*" in self.origins else {"Vary": "Origin"}
        if allowed is None:
            return vary
        return {"Access-Control-Allow-Origin": allowed, "Access-Control-Expose-Headers": EXPOSED, **vary}
