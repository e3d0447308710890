"""What every request gets: an id, a log line, a measured time, and an answer even when something breaks.

The outermost layer of our own; knows no subject.
"""

import re
import time
from collections.abc import Callable
from datetime import datetime

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import Problem, answer
from service.ids import uuid7
from service.metrics import Metrics

# Answers about one enterprise are nobody else's, refusals included.
PRIVATE = re.compile(
    r"/v1/(enterprises|recommendations|eligibility|events|webhooks)(/.*)?|/v1/measures/[^/]+/audience"
)
log = structlog.get_logger("huiqi.requests")


class Requests:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, metrics: Metrics, now: Callable[[], datetime]) -> None:
        self.app = app
        self.metrics = metrics
        self.now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = uuid7(self.now())
        scope.setdefault("state", {})["request_id"] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._handled(scope, receive, send, request_id, started)

    async def _handled(
        self, scope: Scope, receive: Receive, send: Send, request_id: str, started: float
    ) -> None:
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                if PRIVATE.fullmatch(scope["path"]):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            log.exception("failed")
            if status:
                raise
            await answer(Request(scope), Problem("internal"))(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - started
            self._tell(scope, status, seconds)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self.metrics.observe(scope["method"], route, status, seconds)
        milliseconds = round(seconds * 1_000, 1)
        log.info("request", method=scope["method"], route=route, status=status, ms=milliseconds)
