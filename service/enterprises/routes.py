"""Enterprises over HTTP: kept, changed, read, listed and forgotten, each under the caller's own id.

Parse, call, shape. Everything needs the key, and no answer may be stored.
"""

import re
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from policies.id_forms import ENTERPRISE_ID, malformed
from policies.profiles import profile_reader
from policies.reading import read
from service.access import BARE, services_of, with_key
from service.bodies import BODY_CODES, ExactJson, json_body, query, refusals, takes
from service.enterprises import actions, schemas, store
from service.errors import Wrong, refused
from service.etags import tagged
from service.openapi_shapes import answers, body_of, named
from service.paging import LIMIT, PAGE, page, position
from service.services import Services

router = APIRouter(prefix="/v1/enterprises", tags=["enterprises"], dependencies=[Depends(with_key)])
NO_STORE = {"Cache-Control": "no-store"}
_IN_BODY = ("invalid_encoding", "too_deep", *BODY_CODES)


@router.put(
    "/{enterprise}",
    dependencies=BARE,
    summary="Keep a profile",
    responses={
        **answers("Replaced.", schemas.ENTERPRISE),
        **answers("New.", schemas.ENTERPRISE, status=201),
        **refusals("key_needed", "not_found", *_IN_BODY),
    },
    openapi_extra=body_of(named(schemas.PROFILE)),
    response_model=None,
)
async def put(request: Request, enterprise: str) -> Response:
    """Keeps a profile whole; a fact that is absent is unknown."""
    services = services_of(request)
    if not re.fullmatch(ENTERPRISE_ID, enterprise):
        raise refused([Wrong(malformed("", ENTERPRISE_ID, enterprise), parameter="enterprise")])
    reader = profile_reader(services.registry, services.clock.today(), name_required=True)
    profile = read(reader, await json_body(request))
    now = services.clock.now()
    async with services.db.write() as c:
        is_new = await actions.put(c, services.registry, enterprise, profile, now)
        stored = await actions.existing(c, enterprise)
    await services.wake.notify()
    return ExactJson(_shown(services, stored), 201 if is_new else 200, NO_STORE)


@router.patch(
    "/{enterprise}",
    dependencies=BARE,
    summary="Change a profile",
    responses={
        **answers("Changed.", schemas.ENTERPRISE),
        **refusals("key_needed", "not_found", *_IN_BODY),
    },
    openapi_extra=body_of(named(schemas.CHANGES)),
    response_model=None,
)
async def patch(request: Request, enterprise: str) -> Response:
    """Replaces each named fact and answer whole; null forgets it."""
    services = services_of(request)
    changes = await json_body(request)
    now, today = services.clock.now(), services.clock.today()
    async with services.db.write() as c:
        await actions.patch(c, services.registry, enterprise, changes, now, today)
        stored = await actions.existing(c, enterprise)
    await services.wake.notify()
    return ExactJson(_shown(services, stored), headers=NO_STORE)


@router.get(
    "/{enterprise}",
    dependencies=BARE,
    summary="Read a profile",
    responses={
        **answers("As sent, with what follows from it today.", schemas.ENTERPRISE),
        304: {"description": "Unchanged."},
        **refusals("key_needed", "not_found", "unknown_member"),
    },
    response_model=None,
)
async def get(request: Request, enterprise: str) -> Response:
    """The profile as sent, its codes in force, and the derived facts."""
    services = services_of(request)
    async with services.db.read() as c:
        stored = await actions.existing(c, enterprise)
    return tagged(request, _shown(services, stored), NO_STORE)


@router.delete(
    "/{enterprise}",
    dependencies=BARE,
    summary="Forget an enterprise",
    status_code=204,
    responses=refusals("key_needed", "not_found", "unknown_member"),
    response_model=None,
)
async def delete(request: Request, enterprise: str) -> Response:
    """Forgets the profile, its notifications and its place in the index."""
    services = services_of(request)
    async with services.db.write() as c:
        await actions.remove(c, enterprise)
    await services.wake.notify()
    return Response(status_code=204, headers=NO_STORE)


@router.get(
    "",
    summary="List enterprises",
    responses={
        **answers("By id.", schemas.ENTERPRISES),
        **refusals("key_needed", "bad_cursor", "unknown_member", "wrong_type", "out_of_range", "bad_text"),
    },
    openapi_extra=takes(PAGE),
    response_model=None,
)
async def listed(request: Request) -> Response:
    """All enterprises, by id."""
    services = services_of(request)
    asked = query(request, PAGE)
    after, limit = position(services.signer, request, asked) or "", asked["limit"] or LIMIT
    async with services.db.read() as c:
        found = await store.listed(c, after, limit + 1)
    at = found[limit - 1]["id"] if len(found) > limit else None
    body, headers = page(services.signer, request, asked, found[:limit], at)
    return ExactJson(body, headers={**headers, **NO_STORE})


def _shown(services: Services, stored: store.Stored) -> dict[str, Any]:
    return actions.shown(stored, services.registry, services.clock.today())
