"""The index, the jobs and the service's health over HTTP.

Parse, call, shape. Health needs no key and tells nothing but states.
"""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from service.access import BARE, services_of, with_key
from service.bodies import BODY_CODES, ExactJson, accepts, query, read_body, refusals, takes
from service.catalogue import likeness
from service.errors import Problem
from service.idempotency import Made, once
from service.openapi_shapes import IDEMPOTENT, answers, both
from service.operations import actions, health, schemas, store
from service.paging import LIMIT, PAGE, page, position

router = APIRouter()
_KEYED = [Depends(with_key)]
_BARE = [*_KEYED, *BARE]
_IN_BODY = ("invalid_encoding", "too_deep", *BODY_CODES)


@router.get(
    "/livez",
    tags=["health"],
    summary="Whether the process lives",
    responses=answers("It does.", schemas.LIVE),
)
async def livez() -> Response:
    """Always answers."""
    return ExactJson({"status": "live"})


@router.get(
    "/readyz",
    tags=["health"],
    summary="Whether asks are answered",
    responses={**answers("Every part's state.", schemas.READY), **refusals("not_ready")},
    response_model=None,
)
async def readyz(request: Request) -> Response:
    """`degraded` when something is missed but every answer is right; 503 while none can be given."""
    services = services_of(request)
    parts = await health.parts(services)
    if not health.is_ready(parts):
        raise Problem("not_ready", members={"parts": parts})
    status = "degraded" if health.is_degraded(parts) else "ready"
    return ExactJson({"status": status, "parts": parts, "push": await health.push(services)})


@router.get(
    "/v1/index",
    tags=["index and jobs"],
    summary="The index",
    dependencies=_BARE,
    responses={
        **answers("The generation that serves.", schemas.INDEX),
        **refusals("key_needed", "unknown_member"),
    },
    response_model=None,
)
async def index(request: Request) -> Response:
    """What is searched, what waits to be, and which generations can be gone back to."""
    return ExactJson(await actions.index_shown(services_of(request)))


@router.get(
    "/v1/index/duplicates",
    tags=["index and jobs"],
    summary="Measures that are nearly the same",
    dependencies=_KEYED,
    responses={
        **answers("Pairs of different documents, the likest first.", schemas.DUPLICATES),
        **refusals(
            "key_needed",
            "bad_cursor",
            "unknown_member",
            "wrong_type",
            "out_of_range",
            "bad_text",
            "conflicting_values",
        ),
    },
    openapi_extra=takes(PAGE),
    response_model=None,
)
async def duplicates(request: Request) -> Response:
    """Published measures that another document has nearly word for word: often one thing imported twice."""
    services = services_of(request)
    asked = query(request, PAGE)
    start, limit = position(services.signer, request, asked) or 0, asked["limit"] or LIMIT
    if not isinstance(start, int):
        raise Problem("bad_cursor")
    found = await likeness.duplicates(services)
    end = start + limit
    body, headers = page(services.signer, request, asked, found[start:end], end if end < len(found) else None)
    return ExactJson(body, headers=headers)


@router.post(
    "/v1/index/rebuild",
    tags=["index and jobs"],
    summary="Build the index anew",
    status_code=202,
    dependencies=_BARE,
    responses={
        **answers("The job.", schemas.WANTED, status=202),
        **refusals("key_needed", "idempotency_mismatch", *_IN_BODY),
    },
    openapi_extra=both(accepts(schemas.NOTHING), IDEMPOTENT),
    response_model=None,
)
async def rebuild(request: Request) -> Response:
    """Builds a generation aside and then serves it."""
    services = services_of(request)
    await read_body(request, schemas.NOTHING)
    now = services.clock.now()
    async with services.db.write() as c:

        async def make() -> Made:
            return Made(202, {"jobs": await actions.rebuild(c, now)})

        answer = await once(request, c, now, make)
    await services.wake.notify()
    return answer


@router.post(
    "/v1/index/rollback",
    tags=["index and jobs"],
    summary="Go back to a generation",
    status_code=202,
    dependencies=_BARE,
    responses={
        **answers("The job.", schemas.WANTED, status=202),
        **refusals("key_needed", "not_found", "idempotency_mismatch", *_IN_BODY),
    },
    openapi_extra=both(accepts(schemas.ROLLBACK), IDEMPOTENT),
    response_model=None,
)
async def rollback(request: Request) -> Response:
    """Serves a kept generation; what was published since is applied again."""
    services = services_of(request)
    asked = await read_body(request, schemas.ROLLBACK)
    now = services.clock.now()
    async with services.db.write() as c:

        async def make() -> Made:
            return Made(202, {"jobs": await actions.rollback(services, c, asked["generation"], now)})

        answer = await once(request, c, now, make)
    await services.wake.notify()
    return answer


@router.get(
    "/v1/jobs",
    tags=["index and jobs"],
    summary="List jobs",
    dependencies=_KEYED,
    responses={
        **answers("Newest first.", schemas.JOB_LIST),
        **refusals(
            "key_needed", "bad_cursor", "unknown_member", "unknown_code", "wrong_type", "out_of_range",
            "bad_text", "conflicting_values",
        ),
    },
    openapi_extra=takes(schemas.JOBS),
    response_model=None,
)  # fmt: skip
async def jobs(request: Request) -> Response:
    """What waits, runs and ran, the newest first."""
    services = services_of(request)
    asked = query(request, schemas.JOBS)
    before, limit = position(services.signer, request, asked), asked["limit"] or LIMIT
    async with services.db.read() as c:
        found = await store.listed(c, schemas.STATES_SHOWN.get(asked["state"], ()), before, limit + 1)
    now = services.clock.now()
    items = [actions.job_shown(row, now) for row in found[:limit]]
    body, headers = page(
        services.signer, request, asked, items, items[-1]["id"] if len(found) > limit else None
    )
    return ExactJson(body, headers=headers)


@router.get(
    "/v1/jobs/{job}",
    tags=["index and jobs"],
    summary="Read a job",
    dependencies=_BARE,
    responses={**answers("The job.", schemas.JOB), **refusals("key_needed", "not_found", "unknown_member")},
    response_model=None,
)
async def job(request: Request, job: str) -> Response:
    """State, progress and result of one job."""
    services = services_of(request)
    async with services.db.read() as c:
        return ExactJson(await actions.job(c, job, services.clock.now()))


@router.post(
    "/v1/jobs/{job}/cancel",
    tags=["index and jobs"],
    summary="Cancel a job",
    dependencies=_BARE,
    responses={
        **answers("The job, cancelled.", schemas.JOB),
        **refusals("key_needed", "not_found", "conflict", *_IN_BODY),
    },
    openapi_extra=accepts(schemas.NOTHING),
    response_model=None,
)
async def cancel(request: Request, job: str) -> Response:
    """Ends a job that is not finished; what it has done stays done."""
    services = services_of(request)
    await read_body(request, schemas.NOTHING)
    async with services.db.write() as c:
        return ExactJson(await actions.cancel(c, job, services.clock.now()))
