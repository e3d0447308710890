"""Events over HTTP: what became of what was shown.

Parse, call, shape. Needs the key, and no answer may be stored.
"""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from service.access import BARE, services_of, with_key
from service.bodies import BODY_CODES, ExactJson, accepts, json_body, refusals
from service.enterprises import store as enterprises
from service.errors import Problem
from service.idempotency import Made, once
from service.learning import actions, schemas, store
from service.openapi_shapes import IDEMPOTENT, answers, both

router = APIRouter(tags=["learning"], dependencies=[Depends(with_key)])
_IN_BODY = ("invalid_encoding", "too_deep", "idempotency_mismatch", *BODY_CODES)
_ANY = schemas.events_reader(schemas.EARLIEST, ())


@router.post(
    "/v1/events",
    dependencies=BARE,
    summary="Tell what became of what was shown",
    status_code=202,
    responses={
        **answers("Kept. What came before, or twice, is counted in `duplicates`.", schemas.TAKEN, status=202),
        **refusals("key_needed", *_IN_BODY),
    },
    openapi_extra=both(accepts(_ANY, schemas.EXAMPLE), IDEMPOTENT),
    response_model=None,
)
async def events(request: Request) -> Response:
    """Up to 1,000 events, all of them kept or none; late, and in any order.

    `request_id` is that of the answer in which the measure was shown; one that is not known is accepted.
    An event counts once: when its id comes again, with whatever content, the first stands. What was shown
    is logged here for stored enterprises; of anonymous asks nothing is, and their events stand alone.
    """
    services = services_of(request)
    body, now = await json_body(request), services.clock.now()
    async with services.db.read() as c:
        told = await actions.checked(c, await services.shelf.current(c), body, now)
    async with services.db.write() as c:

        async def make() -> Made:
            return Made(202, await actions.take(c, told, now))

        return await once(request, c, now, make)


@router.get(
    "/v1/enterprises/{enterprise}/marks",
    dependencies=BARE,
    summary="What was saved and dismissed",
    responses={
        **answers("By measure, the last of both.", schemas.MARKS),
        **refusals("key_needed", "not_found", "unknown_member"),
    },
    response_model=None,
)
async def marks(request: Request, enterprise: str) -> Response:
    """Of each measure the last event of the kinds `saved` and `dismissed`; what others did tells nothing."""
    async with services_of(request).db.read() as c:
        if not await enterprises.exists(c, enterprise):
            raise Problem("not_found", note=enterprise[:80])
        return ExactJson({"items": await store.marks(c, enterprise)}, headers={"Cache-Control": "no-store"})
