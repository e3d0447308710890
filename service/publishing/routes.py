"""Documents over HTTP: drafted, revised, read, published and withdrawn by an administrator.

Parse, call, shape. Imports are import_routes.py.
"""

import asyncio
import re
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from policies.documents import Document, document_reader
from policies.faults import Fault, Refused
from policies.id_forms import DOCUMENT_ID, malformed
from policies.reading import read
from service.access import BARE, services_of, with_key
from service.bodies import BODY_CODES, ExactJson, accepts, json_body, query, read_body, refusals, takes
from service.errors import Wrong, refused, script_of
from service.etags import tagged
from service.idempotency import Made, once
from service.openapi_shapes import IDEMPOTENT, answers, body_of, both, named
from service.paging import LIMIT, PAGE, page, position
from service.publishing import actions, confirming, schemas, store, warned

router = APIRouter(prefix="/v1/policies", tags=["policies"], dependencies=[Depends(with_key)])
_IN_BODY = ("invalid_encoding", "too_deep", *BODY_CODES)
_IN_LIST = ("bad_cursor", "unknown_member", "wrong_type", "out_of_range", "bad_text", "conflicting_values")


@router.post(
    "",
    dependencies=BARE,
    summary="Draft a document",
    status_code=201,
    responses={
        **answers("A draft.", schemas.WRITTEN, status=201),
        **refusals("key_needed", "duplicate_id", "idempotency_mismatch", *_IN_BODY),
    },
    openapi_extra=both(body_of(named(schemas.DOCUMENT)), IDEMPOTENT),
    response_model=None,
)
async def create(request: Request) -> Response:
    """A new document, as a draft that changes no answer until it is published."""
    services = services_of(request)
    document: Document = read(document_reader(services.registry), await json_body(request))
    now = services.clock.now()
    warnings = await asyncio.to_thread(warned.told, document, services.registry, script_of(request))
    async with services.db.write() as c:

        async def make() -> Made:
            written = await actions.create(c, document, now)
            return Made(201, _written(written, warnings))

        return await once(request, c, now, make)


@router.put(
    "/{document}",
    dependencies=BARE,
    summary="Revise a document",
    responses={
        **answers("The draft that waits.", schemas.WRITTEN),
        **refusals("key_needed", "not_found", "duplicate_id", *_IN_BODY),
    },
    openapi_extra=body_of(named(schemas.DOCUMENT)),
    response_model=None,
)
async def revise(request: Request, document: str) -> Response:
    """A new draft revision; equal content makes none."""
    services = services_of(request)
    if not re.fullmatch(DOCUMENT_ID, document):
        raise refused([Wrong(malformed("", DOCUMENT_ID, document), parameter="document")])
    body = await json_body(request)
    async with services.db.read() as c:
        await actions.existing(c, document)
    sent: Document = read(document_reader(services.registry), body)
    if sent.id != document:
        told = {"expected": f"{document}, as in the path", "expected_zh": f"须与路径一致：{document}"}
        raise Refused([Fault("/id", "bad_id", told)])
    warnings = await asyncio.to_thread(warned.told, sent, services.registry, script_of(request))
    async with services.db.write() as c:
        written = await actions.revise(c, sent, services.clock.now())
    return ExactJson(_written(written, warnings))


@router.get(
    "",
    summary="List documents",
    responses={
        **answers("By id.", schemas.POLICIES),
        **refusals("key_needed", "unknown_code", *_IN_LIST),
    },
    openapi_extra=takes(schemas.LISTED),
    response_model=None,
)
async def listed(request: Request) -> Response:
    """All documents by id, drafts too."""
    services = services_of(request)
    asked = query(request, schemas.LISTED)
    after, limit = position(services.signer, request, asked) or "", asked["limit"] or LIMIT
    async with services.db.read() as c:
        found = await store.listed(c, asked["status"], after, limit + 1)
    items = [
        {**{name: content[name] for name in ("id", "title", "level", "region")}, **actions.brief(held)}
        for held, content in found[:limit]
    ]
    at = items[-1]["id"] if len(found) > limit else None
    body, headers = page(services.signer, request, asked, items, at)
    return ExactJson(body, headers=headers)


@router.get(
    "/{document}",
    dependencies=BARE,
    summary="Read a document",
    responses={
        **answers("The live revision, else the draft.", schemas.POLICY),
        304: {"description": "Unchanged."},
        **refusals("key_needed", "not_found", "unknown_member"),
    },
    response_model=None,
)
async def get(request: Request, document: str) -> Response:
    """The whole document with its state."""
    services = services_of(request)
    async with services.db.read() as c:
        held = await actions.existing(c, document)
        content = await store.content(c, document, held.shown)
    return tagged(request, {**content, **actions.state_of(held)})


@router.get(
    "/{document}/revisions",
    summary="List a document's revisions",
    responses={
        **answers("Oldest first.", schemas.REVISIONS),
        **refusals("key_needed", "not_found", *_IN_LIST),
    },
    openapi_extra=takes(PAGE),
    response_model=None,
)
async def revisions(request: Request, document: str) -> Response:
    """Every revision, oldest first, with its content."""
    services = services_of(request)
    asked = query(request, PAGE)
    after, limit = position(services.signer, request, asked) or 0, asked["limit"] or LIMIT
    async with services.db.read() as c:
        await actions.existing(c, document)
        found = await store.revisions_of(c, document, after, limit + 1)
    items = [{"revision": number, "created_at": at, "document": one} for number, at, one in found[:limit]]
    last = items[-1]["revision"] if len(found) > limit else None
    body, headers = page(services.signer, request, asked, items, last)
    return ExactJson(body, headers=headers)


@router.post(
    "/{document}/publish",
    dependencies=BARE,
    summary="Publish a document",
    status_code=202,
    responses={
        **answers("Published; the jobs that follow.", schemas.JOBS, status=202),
        **refusals("key_needed", "not_found", "confirm_needed", "idempotency_mismatch", *_IN_BODY),
    },
    openapi_extra=both(accepts(schemas.PUBLISH, {"notify": True}), IDEMPOTENT),
    response_model=None,
)
async def publish(request: Request, document: str) -> Response:
    """Makes the waiting draft live, or a withdrawn document again; tells whom it is for by default."""
    services = services_of(request)
    asked = await read_body(request, schemas.PUBLISH)
    notify = True if asked["notify"] is None else asked["notify"]
    now = services.clock.now()
    if notify:
        async with services.db.read() as c:
            await confirming.prepare(services, c, document, asked["confirm"])
    async with services.db.write() as c:

        async def make() -> Made:
            if notify:
                await confirming.check(services, c, document, asked["confirm"])
            return Made(202, {"jobs": await actions.publish(c, document, now, notify=notify)})

        answer = await once(request, c, now, make)
    await services.wake.notify()
    return answer


@router.post(
    "/{document}/withdraw",
    dependencies=BARE,
    summary="Withdraw a document",
    status_code=202,
    responses={
        **answers("Withdrawn; the jobs that follow.", schemas.JOBS, status=202),
        **refusals("key_needed", "not_found", "conflict", "idempotency_mismatch", *_IN_BODY),
    },
    openapi_extra=both(accepts(schemas.WITHDRAW, {"reason": "expired"}), IDEMPOTENT),
    response_model=None,
)
async def withdraw(request: Request, document: str) -> Response:
    """Takes a published document back; its measures stay readable as withdrawn."""
    services = services_of(request)
    asked = await read_body(request, schemas.WITHDRAW)
    now = services.clock.now()
    async with services.db.write() as c:

        async def make() -> Made:
            return Made(202, {"jobs": await actions.withdraw(c, document, now, **asked)})

        answer = await once(request, c, now, make)
    await services.wake.notify()
    return answer


def _written(written: actions.Written, warnings: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": written.id, "revision": written.revision, "status": written.status, "warnings": warnings}
