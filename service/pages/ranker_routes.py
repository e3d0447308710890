"""The report of the ranker that serves, for an administrator: the page that its training wrote.

A whole page by itself, without a script; shown as it is, behind the key like the other pages of /admin.
"""

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ranking.model import REPORT_PAGE, ModelRefused
from service.pages.admin_routes import administrator
from service.services import Services

router = APIRouter(prefix="/admin", include_in_schema=False)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


@router.get("/ranker")
async def ranker(request: Request) -> Response:
    """The report of the model that serves; where the formula does, that of the bundled model beside it."""
    async with administrator(request) as (v, _):
        found = await asyncio.to_thread(_report, v.services)
        if found is None:
            return v.failed(404, v.t("error.404"))
        answer = HTMLResponse(found)
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def _report(services: Services) -> str | None:
    services.ranker.look()
    models = services.ranker.models
    for name in (services.ranker.ranker.id, models.bundled_id()):
        try:
            return (models.folder_of(name or "") / REPORT_PAGE).read_text(encoding="utf-8")
        except (ModelRefused, OSError, UnicodeDecodeError):
            continue
    return None
