"""An enterprise's inbox over HTTP: what it was told, oldest first, and what it has read.

Parse, call, shape. Everything needs the key, and no answer may be stored.
"""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from service.access import BARE, services_of, with_key
from service.bodies import BODY_CODES, ExactJson, accepts, query, read_body, refusals, takes
from service.openapi_shapes import answers
from service.paging import LIMIT, page, position
from service.push import actions, schemas

router = APIRouter(
    prefix="/v1/enterprises/{enterprise}/notifications",
    tags=["notifications"],
    dependencies=[Depends(with_key)],
)
NO_STORE = {"Cache-Control": "no-store"}
_IN_LIST = (
    *("bad_cursor", "unknown_member", "unknown_code", "wrong_type"),
    *("out_of_range", "bad_text", "conflicting_values"),
)


@router.get(
    "",
    summary="Read the inbox",
    responses={
        **answers("Oldest first.", schemas.NOTIFICATIONS),
        **refusals("key_needed", "not_found", *_IN_LIST),
    },
    openapi_extra=takes(schemas.INBOX, schemas.INBOX_TOLD),
    response_model=None,
)
async def inbox(request: Request, enterprise: str) -> Response:
    """What the enterprise was told, oldest first; with `after` only what came later than that one."""
    services = services_of(request)
    asked = query(request, schemas.INBOX)
    at, limit = position(services.signer, request, asked), asked["limit"] or LIMIT
    async with services.db.read() as c:
        found = await actions.inbox(c, enterprise, asked["after"], at, limit + 1, asked["lang"])
    last = found[limit - 1]["id"] if len(found) > limit else None
    body, headers = page(services.signer, request, asked, found[:limit], last)
    return ExactJson(body, headers={**headers, **NO_STORE})


@router.post(
    "/{notification}/read",
    dependencies=BARE,
    summary="Mark a notification as read",
    responses={
        **answers("The notification, read.", schemas.NOTIFICATION),
        **refusals("key_needed", "not_found", "invalid_encoding", "too_deep", *BODY_CODES),
    },
    openapi_extra=accepts(schemas.NOTHING),
    response_model=None,
)
async def read(request: Request, enterprise: str, notification: str) -> Response:
    """Read now, unless it was read before; may be repeated."""
    services = services_of(request)
    await read_body(request, schemas.NOTHING)
    return ExactJson(await actions.read(services, enterprise, notification), headers=NO_STORE)
