"""/off/…: a signed link out of a message: what it is for, and one button that does it, without a sign-in.

Opening it does nothing, as mail scanners open links; posting it does (RFC 8058).
"""

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.pages.api import Answer
from service.pages.visit import Visit, visit

router = APIRouter(include_in_schema=False)


@router.get("/off/{token}")
async def link(request: Request, token: str) -> Response:
    """What the link is for, and whether it is done."""
    async with visit(request) as v:
        return _shown(v, await v.api.get(_place(token)))


@router.post("/off/{token}")
async def follow(request: Request, token: str) -> Response:
    """Does it; a mail program may post this of itself."""
    async with visit(request) as v:
        return _shown(v, await v.api.post(_place(token)))


def _place(token: str) -> str:
    return f"/v1/links/{quote(token, safe='')}"


def _shown(v: Visit, answer: Answer) -> Response:
    if not answer.ok:
        return v.failed(404, v.t("off.gone"))
    return v.page("off.html", wish=answer.body)
