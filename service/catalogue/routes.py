"""What anybody may read over HTTP, without a key: measures, facts, the form of rules and codes.

Parse, call, shape. What administrators do with documents is elsewhere.
"""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.bodies import ExactJson, query, refusals, takes
from service.catalogue import actions, likeness
from service.catalogue.actions import Position
from service.catalogue.schemas import (
    CODES,
    MEASURES,
    MEASURES_TOLD,
    SIMILAR,
    SIMILAR_TOLD,
    CodesFound,
    Facts,
    Measures,
    MeasureWhole,
    SimilarMeasures,
    measures_parameters,
)
from service.errors import Problem
from service.etags import tagged, tagged_json
from service.openapi_shapes import answers, by_name
from service.paging import LIMIT, PAGE, page, position
from service.services import Services

router = APIRouter(tags=["catalogue"])
_LIST = ("bad_cursor", "cursor_gone", "unknown_member", "wrong_type", "out_of_range", "bad_text",
         "conflicting_values")  # fmt: skip


@router.get(
    "/v1/measures",
    summary="The published measures",
    response_model=None,
    responses={
        200: {"model": Measures, "description": "A page; by id, or by `q`."},
        **refusals(*_LIST, "unknown_code", "unknown_region"),
    },
    openapi_extra=takes(MEASURES, MEASURES_TOLD),
)
async def measures(request: Request) -> Response:
    """Published measures in any state, kept by the parameters; `q` orders and never removes."""
    services: Services = request.app.state.services
    asked = query(request, measures_parameters(services.registry))
    at = position(services.signer, request, asked)
    found, after = await actions.measures(services, asked, asked["limit"] or LIMIT, _position(at))
    content, headers = page(services.signer, request, asked, found, None if after is None else vars(after))
    return ExactJson(content, headers=headers)


def _position(at: Any) -> Position | None:
    try:
        return None if at is None else Position(**at)
    except TypeError as reason:
        raise Problem("bad_cursor") from reason


@router.get(
    "/v1/measures/{measure_id}",
    summary="One measure whole",
    response_model=None,
    responses={
        200: {"model": MeasureWhole, "description": "Everything its document says of it."},
        304: {"description": "Not changed since the ETag."},
        **refusals("not_found", "unknown_member"),
    },
)
async def measure(request: Request, measure_id: str) -> Response:
    """A published measure with its rule; a withdrawn one says since when and why."""
    services: Services = request.app.state.services
    query(request, {})
    return tagged(request, await actions.measure(services, measure_id))


@router.get(
    "/v1/measures/{measure_id}/similar",
    summary="Measures like this one",
    response_model=None,
    responses={
        200: {"model": SimilarMeasures, "description": "The likest first, in one page."},
        **refusals("not_found", "unknown_member", "wrong_type", "out_of_range", "conflicting_values"),
    },
    openapi_extra=takes(SIMILAR, SIMILAR_TOLD),
)
async def similar(request: Request, measure_id: str) -> Response:
    """Published measures by likeness of words and meaning; `similarity` orders and is no per cent."""
    services: Services = request.app.state.services
    asked = query(request, SIMILAR)
    items = await likeness.similar(services, measure_id, asked["limit"] or LIMIT)
    return ExactJson({"items": items, "next_cursor": None})


@router.get(
    "/v1/facts",
    summary="What can be known about an enterprise",
    response_model=None,
    responses={200: {"model": Facts, "description": "Every fact, in one page."}, **refusals(*_LIST)},
    openapi_extra=takes(PAGE),
)
async def facts(request: Request) -> Response:
    """The facts that profiles give and rules ask for, with the question that asks for each."""
    services: Services = request.app.state.services
    return _listed(request, PAGE, lambda _: actions.facts(services.registry), most=100)


@router.get(
    "/v1/rule-schema",
    summary="The JSON Schema of a rule",
    response_model=None,
    responses={
        304: {"description": "Not changed since the ETag."},
        **answers("JSON Schema, draft 2020-12.", by_name({})),
        **refusals("unknown_member"),
    },
)
async def schema_of_rules(request: Request) -> Response:
    """Made from the tables by which rules are read; what only the reader can tell is not in it."""
    services: Services = request.app.state.services
    query(request, {})
    return tagged_json(request, actions.schema_of_rules(services.registry))


@router.get(
    "/v1/codes/{kind}",
    summary="Codes of regions, industries and qualifications",
    response_model=None,
    responses={
        200: {"model": CodesFound, "description": "A page of codes in force."},
        **refusals(*_LIST, "not_found"),
    },
    openapi_extra=takes(CODES, {"q": "beginning of the code or part of the name"}),
)
async def codes(request: Request, kind: str) -> Response:
    """Codes in force with the codes above them; `kind` is regions, industries or qualifications."""
    services: Services = request.app.state.services
    return _listed(request, CODES, lambda asked: actions.codes(services.registry, kind, asked["q"] or ""))


def _listed(request: Request, parameters: Any, find: Any, most: int = LIMIT) -> Response:
    """A page of a list that never changes while the service runs."""
    services: Services = request.app.state.services
    asked = query(request, parameters)
    start = position(services.signer, request, asked) or 0
    if not isinstance(start, int):
        raise Problem("bad_cursor")
    everything = find(asked)
    end = start + (asked["limit"] or most)
    content, headers = page(
        services.signer, request, asked, everything[start:end], end if end < len(everything) else None
    )
    return ExactJson(content, headers=headers)
