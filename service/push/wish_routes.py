"""Consent, dismissal, watch and stream of an enterprise over HTTP, and the links that need no key.

Parse, call, shape. A link does what it says only when it is posted, so that nobody's scanner does it.
"""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from policies.json_writing import to_json
from service.access import BARE, services_of, with_key
from service.bodies import BODY_CODES, ExactJson, accepts, query, read_body, refusals, takes
from service.openapi_shapes import answers
from service.push import actions, links, schemas, watch, wishes
from service.push.streams import Rows

KEYED = [Depends(with_key), *BARE]
NO_STORE = {"Cache-Control": "no-store"}
STREAM = "text/event-stream"
RETRY_MS = 2_000
_IN_BODY = ("invalid_encoding", "too_deep", *BODY_CODES)
router = APIRouter(tags=["notifications"])


@router.get(
    "/v1/enterprises/{enterprise}/consent",
    dependencies=KEYED,
    summary="Read what may be told",
    responses={
        **answers("All by default; the links turn it off by one click.", schemas.CONSENT),
        **refusals("key_needed", "not_found", "unknown_member"),
    },
    response_model=None,
)
async def consent(request: Request, enterprise: str) -> Response:
    """What the enterprise lets itself be told."""
    services = services_of(request)
    async with services.db.read() as c:
        return ExactJson(await wishes.consent(c, services.signer, enterprise), headers=NO_STORE)


@router.put(
    "/v1/enterprises/{enterprise}/consent",
    dependencies=KEYED,
    summary="Say what may be told",
    responses={
        **answers("As it is now.", schemas.CONSENT),
        **refusals("key_needed", "not_found", *_IN_BODY),
    },
    openapi_extra=accepts(schemas.WANTED, {"types": {"measure.deadline": False}}),
    response_model=None,
)
async def put_consent(request: Request, enterprise: str) -> Response:
    """Replaces what was said; what is not named may be told. What is queued obeys.

    What a kind that is on again would have told meanwhile is told now, as far as it still holds.
    """
    services = services_of(request)
    asked = await read_body(request, schemas.WANTED)
    async with services.db.write() as c:
        await wishes.put_consent(c, enterprise, asked["all"], asked["types"] or {}, services.clock.now())
        said = await wishes.consent(c, services.signer, enterprise)
    await services.wake.notify()
    return ExactJson(said, headers=NO_STORE)


@router.post(
    "/v1/enterprises/{enterprise}/notifications/{notification}/dismiss",
    dependencies=KEYED,
    summary="Not this measure again",
    responses={
        **answers("The notification.", schemas.DISMISSED),
        **refusals("key_needed", "not_found", "conflict", *_IN_BODY),
    },
    openapi_extra=accepts(schemas.DISMISS, {"reason": "not_ours"}),
    response_model=None,
)
async def dismiss(request: Request, enterprise: str, notification: str) -> Response:
    """The enterprise is told nothing more of the notification's measure; may be repeated."""
    services = services_of(request)
    asked = await read_body(request, schemas.DISMISS)
    async with services.db.write() as c:
        told = await wishes.dismiss(c, enterprise, notification, asked["reason"], services.clock.now())
    return ExactJson(told, headers=NO_STORE)


@router.get(
    "/v1/enterprises/{enterprise}/watch",
    dependencies=KEYED,
    summary="Until when matches have been checked",
    responses={
        **answers("Silence until then means that there was nothing to tell.", schemas.WATCHED),
        **refusals("key_needed", "not_found", "unknown_member"),
    },
    response_model=None,
)
async def watched(request: Request, enterprise: str) -> Response:
    """Checked until when, how many measures were looked at, of how many the enterprise was told."""
    return ExactJson(await watch.watch(services_of(request), enterprise), headers=NO_STORE)


@router.get(
    "/v1/enterprises/{enterprise}/stream",
    dependencies=[Depends(with_key)],
    summary="Follow the inbox",
    responses={
        200: {"description": "Server-sent events.", "content": {STREAM: {"schema": {"type": "string"}}}},
        **refusals(
            "key_needed", "not_found", "unknown_member", "unknown_code", "bad_text", "too_many_requests"
        ),
    },
    openapi_extra=takes(schemas.FOLLOWED, schemas.INBOX_TOLD),
    response_model=None,
)
async def stream(request: Request, enterprise: str) -> Response:
    """The inbox from its beginning, or beyond `Last-Event-ID` or `after`, and on as it grows."""
    services = services_of(request)
    asked = query(request, schemas.FOLLOWED)
    last = request.headers.get("last-event-id") or asked["after"]
    services.streams.admit()
    async with services.db.read() as c:
        beyond = await actions.beyond(c, enterprise, last)
    headers = {**NO_STORE, "X-Accel-Buffering": "no"}
    events = _events(services.streams.follow(enterprise, beyond), asked["lang"])
    return StreamingResponse(events, 200, headers, STREAM)


async def _events(followed: AsyncIterator[Rows], lang: str | None) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    async for rows in followed:
        yield "".join(_event(row, lang) for row in rows) or ": \n\n"


def _event(row: dict[str, Any], lang: str | None) -> str:
    return f"id: {row['id']}\ndata: {to_json(actions.shown(row, lang))}\n\n"


@router.get(
    "/v1/links/{token}",
    dependencies=BARE,
    summary="What a link is for",
    responses={**answers("And whether it is done.", schemas.WISH), **refusals("not_found", "unknown_member")},
    response_model=None,
)
async def link(request: Request, token: str) -> Response:
    """What posting the link does; nothing is done here."""
    services = services_of(request)
    wish = links.opened(services.signer, token)
    async with services.db.read() as c:
        return ExactJson(await wishes.wished(c, wish), headers=NO_STORE)


@router.post(
    "/v1/links/{token}",
    dependencies=BARE,
    summary="Do what a link is for",
    responses={**answers("Done.", schemas.WISH), **refusals("not_found", "unknown_member")},
    response_model=None,
)
async def follow_link(request: Request, token: str) -> Response:
    """Turns messages off, or dismisses a measure, whatever the body says (RFC 8058); may be repeated."""
    services = services_of(request)
    wish = links.opened(services.signer, token)
    async with services.db.write() as c:
        return ExactJson(await wishes.fulfil(services, c, wish), headers=NO_STORE)


@router.get(
    "/v1/pauses",
    tags=["policies"],
    dependencies=KEYED,
    summary="What is not told at present",
    responses={
        **answers("Documents and measures whose push is paused.", schemas.PAUSED),
        **refusals("key_needed", "unknown_member"),
    },
    response_model=None,
)
async def paused(request: Request) -> Response:
    """By whom or why, since when, and how many who were told said that it is not theirs."""
    async with services_of(request).db.read() as c:
        return ExactJson({"items": await wishes.paused(c)})
