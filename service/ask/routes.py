"""The two questions over HTTP: what is for this enterprise, and is it entitled to these measures.

Parse, call, shape; keyless for a profile that comes along, and nothing of that is kept.
"""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.access import BARE
from service.ask import actions, judging
from service.ask.schemas import ELIGIBILITY, RECOMMENDATIONS, Judgements, Recommendations
from service.bodies import BODY_CODES, ExactJson, json_body, refusals
from service.errors import Problem
from service.services import Services

router = APIRouter(tags=["ask"])
_MAY = ("key_needed", "not_found", "invalid_encoding", "too_deep", *BODY_CODES)
NO_STORE = {"Cache-Control": "no-store"}


@router.post(
    "/v1/recommendations",
    dependencies=BARE,
    summary="What is for this enterprise",
    response_model=None,
    responses={
        200: {"model": Recommendations, "description": "One page of matches, best first."},
        **refusals("bad_cursor", "cursor_gone", *_MAY),
    },
    openapi_extra=RECOMMENDATIONS,
)
async def recommendations(request: Request) -> Response:
    """Every measure that is not excluded, by certainty and then by use, each with its reasons.

    With an inline `profile` no key is needed and nothing is stored; `enterprise_id` needs a key.
    """
    services: Services = request.app.state.services
    body = await json_body(request)
    has_key = _has_key(request, services)
    found = await actions.recommend(services, body, has_key=has_key, request_id=request.state.request_id)
    services.asks.count(services.clock.today(), "recommendations")
    return _answer(request, found)


@router.post(
    "/v1/eligibility",
    dependencies=BARE,
    summary="Whether this enterprise is entitled, and why",
    response_model=None,
    responses={
        200: {"model": Judgements, "description": "One judgement for each measure, then for each rule."},
        **refusals(*_MAY),
    },
    openapi_extra=ELIGIBILITY,
)
async def eligibility(request: Request) -> Response:
    """A judgement for each named measure (default: all that are published) and each rule sent along."""
    services: Services = request.app.state.services
    body = await json_body(request)
    found = await judging.eligibility(services, body, has_key=_has_key(request, services))
    services.asks.count(services.clock.today(), "eligibility")
    return _answer(request, found)


def _has_key(request: Request, services: Services) -> bool:
    try:
        services.keys.allow(request)
    except Problem:
        return False
    return True


def _answer(request: Request, found: dict[str, Any]) -> Response:
    return ExactJson({"request_id": request.state.request_id, **found}, headers=NO_STORE)
