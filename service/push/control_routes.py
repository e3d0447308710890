"""The push of a document over HTTP: paused, resumed, recalled.

Parse, call, shape. Needs the key.
"""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from policies.reading import Object
from service.access import BARE, services_of, with_key
from service.bodies import BODY_CODES, ExactJson, accepts, read_body, refusals
from service.openapi_shapes import FLAG, TEXT, WHOLE, Shape, answers, has, listed, maybe
from service.push import control_actions

router = APIRouter(prefix="/v1/policies", tags=["policies"], dependencies=[Depends(with_key)])
NOTHING = Object({})
NO_STORE = {"Cache-Control": "no-store"}
_PAUSE: Shape = has(subject=TEXT, reason=TEXT, paused_at=TEXT)
_LETTER: Shape = has(
    id=TEXT, webhook_id=TEXT, url=maybe(TEXT), attempts=WHOLE, error=maybe(TEXT), finished_at=maybe(TEXT)
)
REACH: Shape = has(
    told=WHOLE,
    delivered=WHOLE,
    waiting=WHOLE,
    telling=FLAG,
    dead=WHOLE,
    recalled=WHOLE,
    dismissed=WHOLE,
    paused=listed(_PAUSE),
    dead_letters=listed(_LETTER),
)
NUMBERS: Shape = has(waiting=WHOLE, sent=WHOLE, recalled=WHOLE, telling=FLAG)


@router.get(
    "/{document}/push",
    dependencies=BARE,
    summary="See how far a push has come",
    responses={
        **answers("Enterprises told, deliveries by state, and what has failed.", REACH),
        **refusals("key_needed", "not_found", "unknown_member"),
    },
    response_model=None,
)
async def reach(request: Request, document: str) -> Response:
    """Of one document: who was told, what is on its way, what was dismissed, and the latest dead letters."""
    async with services_of(request).db.read() as c:
        return ExactJson(await control_actions.reach(c, document), headers=NO_STORE)


@router.post(
    "/{document}/push/{deed}",
    dependencies=BARE,
    summary="Pause, resume or recall a push",
    responses={
        **answers(
            "Deliveries that wait, were sent, were recalled; `telling`: firms are still to be told.",
            NUMBERS,
        ),
        **refusals("key_needed", "not_found", "conflict", "invalid_encoding", "too_deep", *BODY_CODES),
    },
    openapi_extra=accepts(NOTHING, {}),
    response_model=None,
)
async def control(request: Request, document: str, deed: str) -> Response:
    """`pause` holds what is not sent, `resume` lets it go on, `recall` never sends it. Each is repeatable."""
    services = services_of(request)
    await read_body(request, NOTHING)
    async with services.db.write() as c:
        found = await control_actions.control(c, document, deed, services.clock.now())
    await services.wake.notify()
    return ExactJson(found)
