"""Answers with a strong ETag of their bytes, and 304 for who has them already.

The tag is of what would be sent, so it can never be stale.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from policies.json_writing import to_json


def tagged(request: Request, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    """The content as JSON with its ETag, or 304 without a body when If-None-Match names the tag."""
    return tagged_json(request, to_json(content).encode(), headers)


def tagged_json(request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """The same for what is written as JSON already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    told = {**(headers or {}), "ETag": tag}
    if _named(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=told)
    return Response(body, headers=told, media_type="application/json")


def _named(wanted: str, tag: str) -> bool:
    names = [name.strip().removeprefix("W/") for name in wanted.split(",")]
    return tag in names or wanted.strip() == "*"
