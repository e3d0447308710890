"""/embed: a few matches as a plain page that a portal puts into a frame.

Sets no cookie and reads none; may be framed by whom HUIQI_EMBED_ORIGINS names.
"""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.pages import listing
from service.pages.address import NAMES, WrongParameter, firm_at
from service.pages.firm_form import Firm
from service.pages.rendering import page
from service.pages.visit import Visit, visit
from service.pages.words import LANGUAGES

router = APIRouter(include_in_schema=False)
MOST = 5


@router.get("/embed")
async def embed(request: Request) -> Response:
    """At most five matches, or what is wrong with the address."""
    async with visit(request) as v:
        given = request.query_params
        firm, wrong = firm_at(given, v.services.registry)
        names = [name for name, _ in given.multi_items()]
        strange = next((n for n in names if n not in NAMES or names.count(n) > 1), None)
        if strange is not None:
            wrong = WrongParameter("address.name", strange[:40], "")
        elif given.get("lang", "") not in ("", *LANGUAGES):
            wrong = WrongParameter("address.lang", "lang", given["lang"][:40])
        return await _shown(v, firm, wrong)


async def _shown(v: Visit, firm: Firm, wrong: WrongParameter | None) -> Response:
    t = v.t
    told = t(wrong.key, name=wrong.name, got=wrong.got) if wrong else ""
    origins = v.services.settings.origins
    kept = {n: x for n, x in v.request.query_params.items() if n in NAMES and not wrong}
    return page(
        v.request,
        "embed.html",
        status=422 if wrong else 200,
        ancestors=" ".join(origins),
        remember=False,
        fault=told,
        cards=[] if wrong else await listing.few(v, firm, MOST),
        all="/?" + urlencode({**kept, "lang": t.language}),
        totals=await v.totals(),
    )
