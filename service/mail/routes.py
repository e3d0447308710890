"""Mailboxes over HTTP, and the page behind a digest's last link.

Parse, call, shape. Only the last link needs no key: it is signed, and a look at it ends nothing.
"""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from service.access import BARE, services_of, with_key
from service.bodies import BODY_CODES, ExactJson, accepts, raw_body, read_body, refusals
from service.mail import actions, rendering, schemas
from service.openapi_shapes import answers

router = APIRouter()
PLACE = "/v1/enterprises/{enterprise}/mailbox"
NO_STORE = {"Cache-Control": "no-store"}
_KEYED = [Depends(with_key), *BARE]
_IN_BODY = ("invalid_encoding", "too_deep", *BODY_CODES)
_MOST_FORM_BYTES = 4_096


@router.put(
    PLACE,
    tags=["notifications"],
    dependencies=_KEYED,
    summary="Give a mailbox",
    responses={
        **answers("The mailbox.", schemas.SHOWN),
        **refusals("key_needed", "not_found", *_IN_BODY),
    },
    openapi_extra=accepts(schemas.MAILBOX, {"address": "office@example.com", "language": "zh-Hans"}),
    response_model=None,
)
async def put(request: Request, enterprise: str) -> Response:
    """Sends a digest there once a day, of what is told from now on; nothing on days without news."""
    services = services_of(request)
    asked = await read_body(request, schemas.MAILBOX)
    return ExactJson(await actions.put(services, enterprise, asked), headers=NO_STORE)


@router.get(
    PLACE,
    tags=["notifications"],
    dependencies=_KEYED,
    summary="Read a mailbox",
    responses={
        **answers("How it stands.", schemas.SHOWN),
        **refusals("key_needed", "not_found", "unknown_member"),
    },
    response_model=None,
)
async def get(request: Request, enterprise: str) -> Response:
    """Active, refused by its server, or unsubscribed by its reader; giving it again makes it active."""
    return ExactJson(await actions.get(services_of(request), enterprise), headers=NO_STORE)


@router.delete(
    PLACE,
    tags=["notifications"],
    dependencies=_KEYED,
    summary="Forget a mailbox",
    status_code=204,
    responses=refusals("key_needed", "not_found", "unknown_member"),
    response_model=None,
)
async def delete(request: Request, enterprise: str) -> Response:
    """Forgets the address; nothing more is sent there."""
    await actions.remove(services_of(request), enterprise)
    return Response(status_code=204, headers=NO_STORE)


@router.get(actions.STOP, include_in_schema=False, response_model=None)
async def ask_to_stop(request: Request) -> HTMLResponse:
    """A page with one button: programs that look at every link of a mail end nothing."""
    services = services_of(request)
    enterprise = actions.stopped_by(services.signer, request.query_params.get("token", ""))
    if enterprise is None:
        return rendering.stop_page("bad", "zh-Hans", status=400)
    async with services.db.read() as c:
        return rendering.stop_page("ask", await actions.language_of(c, enterprise))


@router.post(actions.STOP, include_in_schema=False, response_model=None)
async def stop(request: Request) -> HTMLResponse:
    """Ends the digest: by the button, or by a mail program (RFC 8058), which sends no cookie or key."""
    services = services_of(request)
    await raw_body(request, _MOST_FORM_BYTES)
    enterprise = actions.stopped_by(services.signer, request.query_params.get("token", ""))
    if enterprise is None:
        return rendering.stop_page("bad", "zh-Hans", status=400)
    return rendering.stop_page("done", await actions.stop(services, enterprise))
