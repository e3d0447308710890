"""The report of the ranker that serves, for an administrator: what its training wrote, in our frame.

The report stays in its own language; what its words mean is told in the visitor's. Adds no figure.
"""

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ranking.model import REPORT_PAGE, ModelRefused
from service.pages.admin_routes import administrator, shown
from service.pages.report_frame import framed
from service.services import Services

router = APIRouter(prefix="/admin", include_in_schema=False)


@router.get("/ranker")
async def ranker(request: Request) -> Response:
    """The report of the model that serves; where the formula does, that of the bundled model beside it."""
    async with administrator(request) as (v, _):
        found = await asyncio.to_thread(_report, v.services)
        report = framed(found, v.t("ranker.title")) if found else None
        return shown(v, "ranker.html", report=report)


def _report(services: Services) -> str | None:
    services.ranker.look()
    models = services.ranker.models
    for name in (services.ranker.ranker.id, models.bundled_id()):
        try:
            return (models.folder_of(name or "") / REPORT_PAGE).read_text(encoding="utf-8")
        except (ModelRefused, OSError, UnicodeDecodeError):
            continue
    return None
