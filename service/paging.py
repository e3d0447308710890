"""Cursors that are opaque and signed, and the shape of a page of a list.

A cursor tells nothing and cannot be altered; what it may carry is decided by who makes it.
"""

import base64
import hashlib
import hmac
import zlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from policies.faults import Refused
from policies.json_reading import read_json
from policies.json_writing import digest_of, to_json
from policies.reading import Custom, Reader, Text
from service.bodies import number_parameter
from service.errors import Problem

LIMIT, MOST = 20, 100
# Ours are short, as an address must be; a longer one is read all the same and refused as no cursor of ours.
CURSOR, ANY_CURSOR = Text(4_096), Text(1 << 19)
PAGE: Mapping[str, Reader] = {
    "limit": number_parameter(1, MOST),
    "cursor": Custom(ANY_CURSOR.read, CURSOR.schema()),
}


class Signer:
    """Signs and opens cursors with one key of the installation."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, content: Mapping[str, Any]) -> str:
        """The content as an opaque text."""
        packed = zlib.compress(to_json(dict(content)).encode(), 6)
        return _text(self._mark(packed) + packed)

    def open(self, cursor: str) -> dict[str, Any]:
        """The content of a cursor of ours. Raises Problem (`bad_cursor`)."""
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            mark, packed = raw[:16], raw[16:]
            if _text(raw) != cursor or not hmac.compare_digest(mark, self._mark(packed)):
                raise Problem("bad_cursor")
            content = read_json(zlib.decompress(packed))
        except (ValueError, zlib.error, Refused) as error:
            raise Problem("bad_cursor") from error
        if not isinstance(content, dict):
            raise Problem("bad_cursor")
        return content

    def _mark(self, packed: bytes) -> bytes:
        return hmac.new(self._key, packed, hashlib.sha256).digest()[:16]


def _text(raw: bytes) -> str:
    """The only spelling of these bytes: others, which decode alike, are refused."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def place_of(request: Request, asked: Mapping[str, Any]) -> str:
    """What a cursor of a list is bound to: the path and every parameter but limit and cursor."""
    rest = {name: str(v) for name, v in asked.items() if name not in PAGE and v is not None}
    return digest_of({"path": request.url.path, "asked": rest})[:16]


def position(signer: Signer, request: Request, asked: Mapping[str, Any]) -> Any:
    """Where the list goes on; None on the first page. Raises Problem (`bad_cursor`)."""
    if asked["cursor"] is None:
        return None
    content = signer.open(asked["cursor"])
    if content.get("of") != place_of(request, asked):
        raise Problem("bad_cursor")
    return content["at"]


def page(
    signer: Signer,
    request: Request,
    asked: Mapping[str, Any],
    items: Sequence[Any],
    at: Any,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The body of a list and its headers; `at` is where the next page goes on, None on the last one."""
    if at is None:
        return {"items": list(items), "next_cursor": None}, {}
    cursor = signer.sign({"of": place_of(request, asked), "at": at})
    kept = [(n, v) for n, v in request.query_params.multi_items() if n != "cursor" and v != ""]
    link = f'<{request.url.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'
    return {"items": list(items), "next_cursor": cursor}, {"Link": link}
