"""A HEAD request is answered as its GET would be, without the body (RFC 9110, 9.3.2).

Knows no route; the headers, Content-Length and ETag among them, are the GET's own.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, without_body)
