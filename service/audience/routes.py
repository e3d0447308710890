"""The audience of a measure over HTTP.

Parse, call, shape. Needs the key: it tells of enterprises.
"""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from service.access import BARE, services_of, with_key
from service.audience import actions, schemas
from service.bodies import BODY_CODES, ExactJson, accepts, read_body, refusals
from service.openapi_shapes import answers

router = APIRouter(prefix="/v1/measures", tags=["policies"], dependencies=[Depends(with_key)])
NO_STORE = {"Cache-Control": "no-store"}


@router.post(
    "/{measure}/audience",
    dependencies=BARE,
    summary="Count whom a measure is for",
    responses={
        **answers("Enterprises by part, and the nearest of those it is for.", schemas.AUDIENCE),
        **refusals("key_needed", "not_found", "invalid_encoding", "too_deep", *BODY_CODES),
    },
    openapi_extra=accepts(schemas.ASKED, {"sample": 20}),
    response_model=None,
)
async def audience(request: Request, measure: str) -> Response:
    """By the live rule, else the draft's; with `draft` by the waiting draft's."""
    services = services_of(request)
    asked = await read_body(request, schemas.ASKED)
    found = await actions.audience(
        services,
        measure,
        as_of=asked["as_of"] or services.clock.today(),
        sample=schemas.SAMPLE if asked["sample"] is None else asked["sample"],
        draft=bool(asked["draft"]),
    )
    return ExactJson(found, headers=NO_STORE)
