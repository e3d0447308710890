"""The API's own description as a page can show it: operations in groups, and the codes of refusals.

Reads the OpenAPI document and the table of codes. Never names an operation that is not in it.
"""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from policies.faults import Language
from service.errors import STATUS, sentences

METHODS = ("get", "post", "put", "patch", "delete")


def errors(english: bool) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """Status, its phrase, and each of its codes with its sentence; `type` of every problem points here."""
    language: Language = "en" if english else "zh"
    told = sentences()
    return [
        (
            status,
            HTTPStatus(status).phrase,
            [(code, told[code][language]) for code, of in STATUS.items() if of == status],
        )
        for status in sorted(set(STATUS.values()))
    ]


def operations(description: dict[str, Any]) -> list[dict[str, Any]]:
    """Groups (by tag, else by path) of operations, in the document's order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in description["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                group = (operation.get("tags") or ["/".join(path.split("/")[:3])])[0]
                groups.setdefault(group, []).append(_shown(path, method, operation))
    return [{"name": name, "operations": found} for name, found in groups.items()]


def _shown(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": operation.get("operationId", f"{method}{path}").replace("/", "-"),
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary") or operation.get("description") or "",
        "key": {} not in (operation.get("security") or [{}]),
        "parameters": list(_parameters(operation)),
        "body": _body(operation),
        "answers": [(status, a.get("description", "")) for status, a in operation["responses"].items()],
    }


def _parameters(operation: dict[str, Any]) -> Iterator[dict[str, str]]:
    for parameter in operation.get("parameters", []):
        yield {"name": parameter["name"], "description": parameter.get("description", parameter["in"])}


def _body(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    for media in content.values():
        examples: list[Any] = list(media.get("examples", {}).values())
        shown = media.get("example") or (examples[0].get("value") if examples else None)
        return json.dumps(shown or media.get("schema", {}), ensure_ascii=False, indent=1, default=str)
    return ""
