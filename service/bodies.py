"""What comes in over HTTP: bodies and query parameters, read by readers, refused with every fault.

And the OpenAPI side of the same readers. Routes read nothing any other way.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from policies.faults import Fault, Refused, pointer
from policies.json_reading import read_json
from policies.json_writing import to_json
from policies.reading import Custom, Reader, Schema, near
from policies.reading import read as read_whole
from service.errors import PROBLEM, STATUS, Problem, Wrong, refused, sentences

MOST_BYTES = 1 << 20
JSON = "application/json"


class ExactJson(Response):
    """A JSON answer whose decimals are written digit by digit."""

    media_type = JSON

    def render(self, content: Any) -> bytes:
        """The body."""
        return to_json(content).encode()


async def raw_body(request: Request, most: int = MOST_BYTES) -> bytes:
    """The bytes of the body, read no further than the limit. Raises Problem (`too_large`)."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise Problem("too_large", most=str(most))
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise Problem("too_large", most=str(most))
        chunks.append(chunk)
    body = b"".join(chunks)
    request.state.body_sha = hashlib.sha256(body).hexdigest()
    return body


def content_type(request: Request) -> str:
    """The media type of the body, without parameters; empty when there is none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def json_body(request: Request, most: int = MOST_BYTES) -> object:
    """The decoded body; an empty body of POST is `{}`. Raises Problem or Refused."""
    if content_type(request) not in {"", JSON}:
        await raw_body(request, most)
        raise Problem("unsupported_type", expected=JSON)
    body = await raw_body(request, most)
    if not body.strip() and request.method == "POST":
        return {}
    return read_json(body)


async def read_body(request: Request, reader: Reader) -> Any:
    """The checked body. Raises Problem or Refused with every fault."""
    return read_whole(reader, await json_body(request))


def query(request: Request, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The checked query parameters, absent ones None; an empty one is absent, an unknown one refused."""
    wrongs: list[Wrong] = []
    found: dict[str, Any] = dict.fromkeys(readers)
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        reader = readers.get(name)
        faults: list[Fault] = []
        if reader is None:
            params = {"name": name[:80], "note": near(name, readers)}
            faults.append(Fault(pointer("", name), "unknown_member", params))
        elif name in seen:
            faults.append(Fault(pointer("", name), "conflicting_values"))
        elif value != "":
            found[name] = reader.read(value, pointer("", name), faults)
        seen.add(name)
        wrongs += [Wrong(fault, parameter=name) for fault in faults]
    if wrongs:
        raise refused(wrongs)
    return found


def number_parameter(least: int, most: int) -> Reader:
    """A whole number in a query parameter."""

    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        text = str(value)
        if not re.fullmatch("-?[0-9]+", text):
            params = {"expected": "a whole number", "expected_zh": "整数"}
            faults.append(Fault(at, "wrong_type", params))
            return None
        if len(text) > 18 or not least <= int(text) <= most:
            faults.append(Fault(at, "out_of_range", {"expected": f"{least} … {most}"}))
            return None
        return int(text)

    return Custom(reads, {"type": "integer", "minimum": least, "maximum": most})


def flag_parameter() -> Reader:
    """`true` or `false` in a query parameter."""

    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        words = {"true": True, "1": True, "false": False, "0": False}
        if value not in words:
            params = {"expected": "true or false", "expected_zh": "true 或 false"}
            faults.append(Fault(at, "wrong_type", params))
            return None
        return words[str(value)]

    return Custom(reads, {"type": "boolean"})


def accepts(reader: Reader, example: Any = None, kind: str = JSON) -> dict[str, Any]:
    """`openapi_extra` of a route with this body."""
    media: Schema = {"schema": reader.schema()}
    if example is not None:
        media["example"] = example
    return {"requestBody": {"content": {kind: media}}}


def takes(readers: Mapping[str, Reader], descriptions: Mapping[str, str] | None = None) -> dict[str, Any]:
    """`openapi_extra` of a route with these query parameters."""
    told = descriptions or {}
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": reader.schema(),
                "description": told.get(name, name),
            }
            for name, reader in readers.items()
        ]
    }


def refusals(*codes: str) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that may refuse with these codes; what every route may answer is added."""
    told = sentences()
    by_status: dict[int, list[str]] = {}
    for code in (*codes, "internal", "database_unavailable"):
        by_status.setdefault(STATUS[code], []).append(code)
    return {
        status: {
            "description": "; ".join(f"{code}: {told[code]['en']}" for code in names),
            "content": {PROBLEM: {"schema": PROBLEM_SCHEMA}},
        }
        for status, names in sorted(by_status.items())
    }


# What a body may be refused for, by every route that takes one.
BODY_CODES = (
    "malformed_json",
    "too_large",
    "unsupported_type",
    *(code for code, status in STATUS.items() if status == 422),
)

PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "request_id", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": list(STATUS)},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                    "file": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

__all__ = [
    "BODY_CODES",
    "PROBLEM",
    "PROBLEM_SCHEMA",
    "ExactJson",
    "Refused",
    "accepts",
    "content_type",
    "flag_parameter",
    "json_body",
    "number_parameter",
    "query",
    "raw_body",
    "read_body",
    "refusals",
    "takes",
]
