"""Imports over HTTP: many documents at once, whole or not at all, from JSON, NDJSON, YAML or a form of files.

Parse, call, shape. Reading is importing.py's, in a thread.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from policies.faults import Fault, Refused, pointer
from service.access import services_of, with_key
from service.bodies import BODY_CODES, ExactJson, content_type, query, raw_body, refusals, takes
from service.errors import Problem, Wrong, refused, script_of
from service.idempotency import Made, once
from service.openapi_shapes import IDEMPOTENT, answers, listed, named
from service.publishing import actions, confirming, schemas, warned
from service.publishing.importing import JSON, KINDS, NDJSON, YAML, Placed, Source, kind_of, read_sources
from service.services import Services

router = APIRouter(prefix="/v1/imports", tags=["policies"], dependencies=[Depends(with_key)])
MOST_BYTES = 64 << 20
MOST_FILES = 10_000
FORM, FILES = "multipart/form-data", "files"
_DOCUMENT = named(schemas.DOCUMENT)
_BODY = {
    JSON: {"schema": {"anyOf": [_DOCUMENT, listed(_DOCUMENT)]}},
    NDJSON: {"schema": {"type": "string"}},
    YAML: {"schema": {"type": "string"}},
    FORM: {
        "schema": {
            "type": "object",
            "required": [FILES],
            "properties": {FILES: listed({"type": "string", "format": "binary"})},
        }
    },
}
_IN_BODY = ("invalid_encoding", "too_deep", *BODY_CODES)
_PARAMETERS = takes(schemas.IMPORT)["parameters"] + IDEMPOTENT["parameters"]


@router.post(
    "",
    summary="Import documents",
    responses={
        **answers("What became of each document.", schemas.IMPORTED),
        **refusals("key_needed", "duplicate_id", "confirm_needed", "idempotency_mismatch", *_IN_BODY),
    },
    openapi_extra={"requestBody": {"required": True, "content": _BODY}, "parameters": _PARAMETERS},
    response_model=None,
)
async def imports(request: Request) -> Response:
    """Drafts what is new, revises what has changed, publishes when asked; nothing if anything is wrong."""
    services = services_of(request)
    asked = query(request, schemas.IMPORT)
    placed = await _read(request, services)
    lang = script_of(request)
    warnings = await asyncio.to_thread(warned.told_of, placed, services.registry, lang)
    if asked["dry_run"]:
        async with services.db.read() as c:
            return ExactJson({**await actions.compare_all(c, placed), "warnings": warnings})
    now = services.clock.now()
    publish, notify = bool(asked["publish"]), bool(asked["notify"])
    async with services.db.write() as c:

        async def make() -> Made:
            if publish and notify:
                await confirming.check_all(services, c, [each.document for each in placed], asked["confirm"])
            done = await actions.import_all(c, placed, now, publish=publish, notify=notify)
            return Made(200, {**done, "warnings": warnings})

        answer = await once(request, c, now, make)
    await services.wake.notify()
    return answer


async def _read(request: Request, services: Services) -> list[Placed]:
    kind = content_type(request)
    body = await raw_body(request, MOST_BYTES)
    if kind == FORM:
        sources = await _files(request, body)
    elif kind in {*KINDS, ""}:
        sources = [Source(body or b"{}", kind or JSON)]
    else:
        raise Problem("unsupported_type", expected=", ".join((*KINDS, FORM)))
    try:
        return await asyncio.to_thread(read_sources, sources, services.registry)
    except Refused as faulty:
        raise refused([Wrong(f, file=f.params.get("file")) for f in faulty.faults]) from None


async def _files(request: Request, body: bytes) -> list[Source]:
    again = Request(request.scope, _once(body))
    try:
        form = await again.form(max_files=MOST_FILES, max_part_size=MOST_BYTES)
    except (HTTPException, ValueError, KeyError) as error:
        note = str(getattr(error, "detail", error))
        raise Refused([Fault("", "malformed_json", {"note": note})]) from None
    try:
        return [source async for source in _sources(form)]
    finally:
        await form.close()


def _once(body: bytes) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _sources(form: FormData) -> Any:
    faults = list(_misplaced(form))
    if faults:
        raise Refused(faults)
    for each in form.getlist(FILES):
        if isinstance(each, UploadFile):
            name = each.filename or ""
            kind = kind_of(name, (each.content_type or "").partition(";")[0].strip())
            if kind is None:
                raise Problem("unsupported_type", expected=", ".join(KINDS))
            yield Source(await each.read(), kind, name)


def _misplaced(form: FormData) -> Iterator[Fault]:
    for name, value in form.multi_items():
        if name != FILES:
            yield Fault(pointer("", name), "unknown_member", {"name": name[:80]})
        elif not isinstance(value, UploadFile):
            yield Fault(pointer("", name), "wrong_type", {"expected": "a file", "expected_zh": "文件"})
    if FILES not in form:
        yield Fault(pointer("", FILES), "missing_member", {"name": FILES})
