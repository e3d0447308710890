"""Where the cards of a registered firm's page send what was done with them.

A form that returns to its card; a script that asks for JSON gets an empty answer instead.
"""

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.pages import deeds
from service.pages.firm_form import said
from service.pages.views import anchor
from service.pages.visit import visit

router = APIRouter(include_in_schema=False)


@router.post("/firms/{firm}/deeds")
async def tell(request: Request, firm: str) -> Response:
    """Tells what the firm did with a card, and returns to it."""
    async with visit(request) as v:
        form = await request.form()
        if not v.signed_in or not v.session.is_ours(request, said(form, "token")):
            return v.to_sign_in()
        measure = said(form, "measure")
        await deeds.tell(v, said(form, "request"), measure, said(form, "deed"))
        if "application/json" in request.headers.get("accept", ""):
            return Response(status_code=204)
        return RedirectResponse(f"/firms/{quote(firm, safe='')}#m-{anchor(measure)}", 303)
