"""The administrator's sign-in: a signed cookie that ends with the day or with the key.

The key itself is never in the cookie. Refuses what another site sends.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "huiqi_admin"
HOURS = 12


@dataclass(frozen=True)
class Session:
    """Signs and opens sessions; `key` is the administrator's key of now, so rotation ends them all."""

    key: str

    def opened_with(self, given: str) -> bool:
        """Whether this is the key, in constant time."""
        return hmac.compare_digest(given.strip().encode(), self.key.encode())

    def begin(self, answer: Response, now: float, *, secure: bool) -> None:
        """Puts the cookie into the answer."""
        until = int(now) + HOURS * 3_600
        body = f"{until}.{secrets.token_hex(8)}"
        answer.set_cookie(
            COOKIE,
            f"{body}.{self._mark(body)}",
            max_age=HOURS * 3_600,
            httponly=True,
            samesite="strict",
            secure=secure,
        )

    def is_open(self, request: Request, now: float) -> bool:
        """Whether the request carries a cookie of ours that has not ended."""
        body, _, mark = request.cookies.get(COOKIE, "").rpartition(".")
        if not body or not hmac.compare_digest(mark, self._mark(body)):
            return False
        until = body.partition(".")[0]
        return until.isdigit() and now < int(until)

    def token(self, request: Request) -> str:
        """What a form must send back, bound to the session."""
        return self._mark("form" + request.cookies.get(COOKIE, ""))

    def is_ours(self, request: Request, token: str) -> bool:
        """Whether a form was sent from our own page."""
        fetched_from = request.headers.get("sec-fetch-site", "same-origin")
        ours = fetched_from in {"same-origin", "none"}
        return ours and hmac.compare_digest(token, self.token(request))

    def _mark(self, body: str) -> str:
        secret = hashlib.sha256(b"session" + self.key.encode()).digest()
        return hmac.new(secret, body.encode(), hashlib.sha256).hexdigest()
