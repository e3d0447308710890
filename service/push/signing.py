"""Signs what leaves the house after Standard Webhooks (github.com/standard-webhooks, v1: HMAC-SHA256).

Makes secrets and headers. Sends nothing, reads no clock.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
BYTES = 32


def new_secret() -> str:
    """A fresh secret of an endpoint."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode("ascii")


def headers(message: str, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers: the message's id, the attempt's time (aware), one signature for each secret."""
    seconds = str(int(at.timestamp()))
    signed = b".".join((message.encode("ascii"), seconds.encode("ascii"), body))
    marks = [hmac.new(_bytes(key), signed, hashlib.sha256).digest() for key in keys]
    return {
        "webhook-id": message,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mark).decode('ascii')}" for mark in marks),
    }


def _bytes(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
