"""The OpenAPI document as it is served: made from the routes, keys declared, no answer of FastAPI's own.

Adds nothing that a route does not do.
"""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.ask.schemas import with_requests
from service.bodies import PROBLEM, PROBLEM_SCHEMA
from service.enterprises import schemas as enterprises
from service.publishing import schemas as publishing

KEYED = "401"


def described(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """The function that FastAPI asks for its document; it is made once."""
    made: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not made:
            made.update(get_openapi(title=app.title, version=app.version, routes=app.routes))
            made.setdefault("components", {})["securitySchemes"] = {
                "key": {"type": "http", "scheme": "bearer"}
            }
            services = app.state.services
            with_requests(made["paths"], services.registry, services.clock.today())
            for components in (enterprises.components, publishing.components):
                made["components"].setdefault("schemas", {}).update(components(services.registry))
            for operations in made["paths"].values():
                for operation in operations.values():
                    _complete(operation)
        return made

    return document


def _complete(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if KEYED in responses:
        operation.setdefault("security", [{"key": []}])
    own = responses.get("422", {}).get("content", {}).get("application/json")
    if own is not None:
        responses["422"] = {
            "description": "Refused",
            "content": {PROBLEM: {"schema": PROBLEM_SCHEMA}},
        }
