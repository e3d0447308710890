"""Webhooks over HTTP: endpoints of others that are told what enterprises are told, and their deliveries.

Parse, call, shape. Everything needs the key.
"""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from policies.reading import read
from service.access import BARE, services_of, with_key
from service.bodies import (
    BODY_CODES,
    ExactJson,
    accepts,
    json_body,
    query,
    read_body,
    refusals,
    takes,
)
from service.idempotency import Made, once
from service.openapi_shapes import IDEMPOTENT, answers, both
from service.paging import LIMIT, page, position
from service.push import deliveries_store, endpoints_store
from service.push import endpoints_actions as actions
from service.push import endpoints_schemas as schemas

router = APIRouter(prefix="/v1", tags=["webhooks"], dependencies=[Depends(with_key)])
NO_STORE = {"Cache-Control": "no-store"}
_IN_BODY = ("invalid_encoding", "too_deep", *BODY_CODES)
_IN_LIST = ("bad_cursor", "unknown_member", "wrong_type", "out_of_range", "bad_text", "conflicting_values")


@router.post(
    "/webhooks",
    dependencies=BARE,
    summary="Register an endpoint",
    status_code=201,
    responses={
        **answers("The endpoint, with its secret this once.", schemas.MADE, status=201),
        **refusals("key_needed", "not_found", "idempotency_mismatch", *_IN_BODY),
    },
    openapi_extra=both(accepts(schemas.NEW, schemas.EXAMPLE), IDEMPOTENT),
    response_model=None,
)
async def create(request: Request) -> Response:
    """Sends to an address what enterprises are told of these types, about some of them or all."""
    services = services_of(request)
    asked = await read_body(request, schemas.NEW)
    await actions.check_address(services, asked["url"])
    async with services.db.write() as c:

        async def make() -> Made:
            webhook, secret = await actions.create(services, c, asked)
            return Made(201, actions.shown(webhook), NO_STORE, {"secret": secret})

        return await once(request, c, services.clock.now(), make)


@router.get(
    "/webhooks",
    summary="List endpoints",
    responses={**answers("By age.", schemas.WEBHOOKS), **refusals("key_needed", "unknown_code", *_IN_LIST)},
    openapi_extra=takes(schemas.ENDPOINTS, schemas.ENDPOINTS_TOLD),
    response_model=None,
)
async def listed(request: Request) -> Response:
    """Endpoints and how they stand, all or those in one state; no secret is shown."""
    services = services_of(request)
    asked = query(request, schemas.ENDPOINTS)
    after, limit = position(services.signer, request, asked) or "", asked["limit"] or LIMIT
    async with services.db.read() as c:
        found = await endpoints_store.listed(c, asked["state"], after, limit + 1)
    at = found[limit - 1].id if len(found) > limit else None
    body, headers = page(services.signer, request, asked, [actions.shown(one) for one in found[:limit]], at)
    return ExactJson(body, headers={**headers, **NO_STORE})


@router.get(
    "/webhooks/{webhook}",
    dependencies=BARE,
    summary="Read an endpoint",
    responses={
        **answers("How it stands.", schemas.WEBHOOK),
        **refusals("key_needed", "not_found", "unknown_member"),
    },
    response_model=None,
)
async def get(request: Request, webhook: str) -> Response:
    """One endpoint: active, paused (by hand or after long failure) or disabled (it answered 410)."""
    services = services_of(request)
    async with services.db.read() as c:
        found = await actions.existing(c, webhook)
    return ExactJson(actions.shown(found), headers=NO_STORE)


@router.patch(
    "/webhooks/{webhook}",
    dependencies=BARE,
    summary="Change an endpoint",
    responses={
        **answers("Changed.", schemas.WEBHOOK),
        **refusals("key_needed", "not_found", *_IN_BODY),
    },
    openapi_extra=accepts(schemas.CHANGES, {"state": "active"}),
    response_model=None,
)
async def patch(request: Request, webhook: str) -> Response:
    """Replaces the members that are given; null takes a restriction away. `active` resumes."""
    services = services_of(request)
    async with services.db.read() as c:
        await actions.existing(c, webhook)
    sent = await json_body(request)
    asked = read(schemas.CHANGES, sent)
    await actions.check_address(services, asked["url"])
    given = set(sent) if isinstance(sent, dict) else set()
    async with services.db.write() as c:
        changed = await actions.change(c, webhook, asked, given, services.clock.now())
    await services.wake.notify()
    return ExactJson(actions.shown(changed), headers=NO_STORE)


@router.delete(
    "/webhooks/{webhook}",
    dependencies=BARE,
    summary="Forget an endpoint",
    status_code=204,
    responses=refusals("key_needed", "not_found", "unknown_member"),
    response_model=None,
)
async def delete(request: Request, webhook: str) -> Response:
    """Forgets the endpoint and its deliveries; nothing more is sent."""
    services = services_of(request)
    async with services.db.write() as c:
        await actions.remove(c, webhook)
    return Response(status_code=204, headers=NO_STORE)


@router.post(
    "/webhooks/{webhook}/rotate",
    dependencies=BARE,
    summary="Replace an endpoint's secret",
    responses={
        **answers("The new secret, this once.", schemas.SECRET),
        **refusals("key_needed", "not_found", *_IN_BODY),
    },
    openapi_extra=accepts(schemas.NOTHING),
    response_model=None,
)
async def rotate(request: Request, webhook: str) -> Response:
    """A new secret; for 24 hours what is sent is signed with the old one too."""
    services = services_of(request)
    await read_body(request, schemas.NOTHING)
    async with services.db.write() as c:
        secret = await actions.rotate(services, c, webhook)
    return ExactJson({"secret": secret}, headers=NO_STORE)


@router.get(
    "/webhooks/{webhook}/deliveries",
    summary="List an endpoint's deliveries",
    responses={
        **answers("Newest first.", schemas.DELIVERIES),
        **refusals("key_needed", "not_found", "unknown_code", *_IN_LIST),
    },
    openapi_extra=takes(schemas.DELIVERIES_OF, schemas.DELIVERIES_TOLD),
    response_model=None,
)
async def deliveries(request: Request, webhook: str) -> Response:
    """What was sent, is being sent, waits, or is dead and can be sent again."""
    services = services_of(request)
    asked = query(request, schemas.DELIVERIES_OF)
    before, limit = position(services.signer, request, asked), asked["limit"] or LIMIT
    async with services.db.read() as c:
        await actions.existing(c, webhook)
        found = await deliveries_store.listed(c, webhook, asked["state"], before, limit + 1)
    at = found[limit - 1]["id"] if len(found) > limit else None
    body, headers = page(services.signer, request, asked, found[:limit], at)
    return ExactJson(body, headers={**headers, **NO_STORE})


@router.post(
    "/webhooks/{webhook}/replay",
    dependencies=BARE,
    summary="Send failed deliveries again",
    status_code=202,
    responses={
        **answers("How many that had failed for good are sent again.", schemas.REPLAYED, status=202),
        **refusals("key_needed", "not_found", "conflict", *_IN_BODY),
    },
    openapi_extra=accepts(schemas.SINCE, {"since": "2026-11-24T09:00:00+08:00"}),
    response_model=None,
)
async def replay_all(request: Request, webhook: str) -> Response:
    """Sends again what has failed for good at or after an instant, under the same ids; nothing else.

    What was delivered, waits or was recalled is left alone; `POST /v1/deliveries/{id}/replay` sends one
    that was delivered again too.
    """
    services = services_of(request)
    asked = await read_body(request, schemas.SINCE)
    async with services.db.write() as c:
        count = await actions.replay_failed(c, webhook, asked["since"])
    await services.wake.notify()
    return ExactJson({"replayed": count}, 202, NO_STORE)


@router.post(
    "/deliveries/{delivery}/replay",
    dependencies=BARE,
    summary="Send one delivery again",
    status_code=202,
    responses={
        **answers("The delivery, which waits again.", schemas.DELIVERY, status=202),
        **refusals("key_needed", "not_found", "conflict", *_IN_BODY),
    },
    openapi_extra=accepts(schemas.NOTHING),
    response_model=None,
)
async def replay(request: Request, delivery: str) -> Response:
    """Sends one delivery again, or at once if it waits, under the same id."""
    services = services_of(request)
    await read_body(request, schemas.NOTHING)
    async with services.db.write() as c:
        found = await actions.replay(c, delivery)
    await services.wake.notify()
    return ExactJson(found, 202, NO_STORE)
