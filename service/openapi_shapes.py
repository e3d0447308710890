"""JSON Schemas of answers, written small, and the places of schemas that only a registry can make.

Describes what routes answer. Checks nothing.
"""

from collections.abc import Mapping
from typing import Any

from service.bodies import JSON

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
WHOLE: Shape = {"type": "integer"}
NUMBER: Shape = {"type": "number"}
FLAG: Shape = {"type": "boolean"}
ANYTHING: Shape = {}


def maybe(shape: Shape) -> Shape:
    """The shape, or null."""
    return {"anyOf": [shape, {"type": "null"}]}


def listed(shape: Shape) -> Shape:
    """A list of such items."""
    return {"type": "array", "items": shape}


def by_name(shape: Shape) -> Shape:
    """An object with such members."""
    return {"type": "object", "additionalProperties": shape}


def has(**members: Shape) -> Shape:
    """An object with these members at least."""
    return {"type": "object", "required": list(members), "properties": members}


def paged(item: Shape) -> Shape:
    """A page of a list."""
    return has(items=listed(item), next_cursor=maybe(TEXT))


def answers(description: str, shape: Shape, *, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that answers with JSON of this shape."""
    return {status: {"description": description, "content": {JSON: {"schema": shape}}}}


def named(name: str) -> Shape:
    """A schema among the components; the app fills it in with its registry."""
    return {"$ref": f"#/components/schemas/{name}"}


def body_of(shape: Shape, kind: str = JSON) -> dict[str, Any]:
    """`openapi_extra` of a route with a body of this shape."""
    return {"requestBody": {"required": True, "content": {kind: {"schema": shape}}}}


def both(*extras: Mapping[str, Any]) -> dict[str, Any]:
    """Several `openapi_extra` as one."""
    return {name: value for extra in extras for name, value in extra.items()}


IDEMPOTENT: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "The same key and body answer the same for 24 hours.",
        }
    ]
}
