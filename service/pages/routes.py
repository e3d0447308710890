"""The enterprise's pages: describe my firm, see what is for it, and open a registered one.

What a visitor enters is sent by POST, judged and forgotten. Never reads the database itself.
"""

from datetime import date
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from service.pages import choices, deeds, inbox, listing, questions
from service.pages.address import firm_at
from service.pages.api import Refusal
from service.pages.firm_form import Firm, FormFault, answered, firm_of, kept_firm, said
from service.pages.inbox import place
from service.pages.reference import errors, operations
from service.pages.views import PARTS
from service.pages.visit import Visit, visit

router = APIRouter(include_in_schema=False)
STATIC = {
    "huiqi.css": "text/css; charset=utf-8",
    "huiqi.js": "text/javascript; charset=utf-8",
    "inbox.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """One of the files that the pages load; there are no others."""
    if name not in STATIC:
        return Response(status_code=404)
    path = Path(__file__).parent / "static" / name
    headers = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=STATIC[name], headers=headers)


@router.get("/")
async def start(request: Request) -> Response:
    """The first page: one field and four questions; or the answer, when the address describes a firm."""
    async with visit(request) as v:
        firm, wrong = firm_at(request.query_params, v.services.registry)
        if wrong:
            return v.failed(422, v.t("embed.bad", detail=v.t(wrong.key, name=wrong.name, got=wrong.got)))
        if firm.profile() != Firm().profile() or firm.sizes:
            return await _answer(v, firm, [], {})
        return await _start(v, Firm(), [])


@router.post("/")
async def find(request: Request) -> Response:
    """The answer to what was described, or the form again with what cannot be read."""
    async with visit(request) as v:
        form = await request.form()
        firm, faults = firm_of(form, _today(v))
        faults = await _named(v, firm, faults, form)
        if faults or form.get("edit"):
            return await _start(v, firm, faults, form)
        faults = answered(firm, form, await v.facts(), _today(v))
        try:
            return await _answer(v, firm, faults, _wanted(form))
        except Refusal as refusal:
            if refusal.status != 422:
                raise
            return await _start(v, firm, [FormFault("need", "fault.profile")], form)


@router.get("/choices/{kind}")
async def search(request: Request, kind: str, q: str = "") -> Response:
    """Places or trades by name, for the search field: [{code, name}]."""
    async with visit(request) as v:
        trees = {
            "regions": v.services.registry.codes.regions,
            "industries": v.services.registry.codes.industries,
        }
        if kind not in trees:
            return JSONResponse([], 404)
        found = (await v.api.get(f"/v1/codes/{kind}", q=q.strip()[:50], limit=100)).fine()["items"]
        return JSONResponse(choices.nearest(found, q.strip(), trees[kind]))


@router.get("/firms")
async def firms(request: Request) -> Response:
    """The registered firms, for who has signed in."""
    async with visit(request) as v:
        if not v.signed_in:
            return v.to_sign_in()
        return v.page("firms.html", firms=await v.api.every("/v1/enterprises"))


@router.get("/firms/{firm}")
async def firm(request: Request, firm: str) -> Response:
    """A registered firm: what is for it, and what it was told."""
    async with visit(request) as v:
        if not v.signed_in:
            return v.to_sign_in()
        stored = (await v.api.get(place(firm))).fine()
        return await _stored(v, stored, _firm_of(stored, ""), [], {})


@router.post("/firms/{firm}")
async def answer(request: Request, firm: str) -> Response:
    """Keeps an answer with the registered firm and shows what has moved."""
    async with visit(request) as v:
        form = await request.form()
        if not v.signed_in or not v.session.is_ours(request, said(form, "token")):
            return v.to_sign_in()
        stored = (await v.api.get(place(firm))).fine()
        known = _firm_of(stored, said(form, "profile"))
        faults = answered(known, form, await v.facts(), _today(v))
        changes = {name: _changed(stored[name], getattr(known, name)) for name in ("facts", "answers")}
        if any(changes.values()):
            stored = (await v.api.patch(place(firm), changes)).fine()
        return await _stored(v, stored, known, faults, _wanted(form))


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The API in words, from its own description."""
    async with visit(request) as v:
        return v.page("docs.html", groups=operations(request.app.openapi()))


@router.get("/docs/errors")
async def error_codes(request: Request) -> Response:
    """What each code of a refusal means."""
    async with visit(request) as v:
        return v.page("errors.html", groups=errors(v.t.english))


def _today(v: Visit) -> date:
    return v.services.clock.today()


async def _named(v: Visit, firm: Firm, faults: list[FormFault], form: FormData) -> list[FormFault]:
    """Takes what was typed and not chosen where it can mean one thing only; the faults that are left."""
    left = []
    for fault in faults:
        name, is_words, _ = fault.field.partition("-words")
        code = await choices.taken(v.api, form, name, v.services.registry) if is_words else None
        if code is None:
            left.append(fault)
        else:
            firm.facts[name] = code
    return left


def _wanted(form: FormData) -> dict[str, int]:
    """How many cards of each part: `shown` carries what is shown, `more` is a press of the button."""
    wanted = {}
    for text in (*map(str, form.getlist("shown")), said(form, "more")):
        part, _, number = text.partition("=")
        if part in PARTS and number.isdigit():
            wanted[part] = int(number[:6])
    return wanted


def _firm_of(stored: dict[str, Any], kept: str) -> Firm:
    firm = kept_firm(kept)
    firm.text, firm.facts = stored["text"] or "", dict(stored["facts"])
    firm.answers = dict(stored["answers"])
    return firm


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    gone = {name: None for name in before if name not in after}
    return gone | {name: value for name, value in after.items() if before.get(name) != value}


async def _start(v: Visit, firm: Firm, faults: list[FormFault], form: Any = None) -> Response:
    registry = v.services.registry
    offers = await choices.offered(v.api, form, [fault.field for fault in faults], registry)
    found = {f"fault.{name}": f"fault.{name}.found" for name in offers}
    for name in ("region", "industry"):
        if said(form or {}, f"{name}_words").isascii():
            found.setdefault(f"fault.{name}", f"fault.{name}.latin")
    return v.page(
        "start.html",
        faults=[{"field": f.field, "text": v.t(found.get(f.key, f.key))} for f in faults],
        offers=offers,
        kept=firm.kept(),
        form=choices.filled(firm, form or {}, registry),
        regions=choices.with_chosen(choices.regions(registry), registry.codes.regions, firm, "region"),
        industries=choices.with_chosen(
            choices.industries(registry), registry.codes.industries, firm, "industry"
        ),
        bands=choices.bands(v.t),
        totals=await v.totals(),
    )


async def _answer(v: Visit, firm: Firm, faults: list[FormFault], wanted: dict[str, int]) -> Response:
    found = await listing.listed(v, firm, firm.subject(), wanted)
    return v.page(
        "answer.html",
        heading=v.t("result.title"),
        action="/",
        stored=False,
        kept=firm.kept(),
        token="",
        inbox=None,
        **await _shared(v, firm, faults, found),
    )


async def _stored(
    v: Visit, stored: dict[str, Any], firm: Firm, faults: list[FormFault], wanted: dict[str, int]
) -> Response:
    found = await listing.listed(v, firm, {"enterprise_id": stored["id"]}, wanted)
    told = await inbox.shown(v, stored["id"])
    await deeds.marked(v, stored["id"], found.groups, inbox.dismissed(told))
    return v.page(
        "answer.html",
        heading=stored["name"],
        action=f"/firms/{stored['id']}",
        stored=True,
        kept=firm.kept(stored=True),
        token=v.token(),
        inbox=told,
        **await _shared(v, firm, faults, found),
    )


async def _shared(v: Visit, firm: Firm, faults: list[FormFault], found: listing.Listing) -> dict[str, Any]:
    show = await v.show()
    year = _today(v).year - 1
    return {
        "faults": [{"field": f.field, "text": v.t(f.key)} for f in faults],
        "question": questions.question_of(found.answer["questions"], found.items, firm, show, year),
        "known": questions.known_rows(firm, show),
        "groups": found.groups,
        "empty": found.empty,
        "degraded": "dense" in found.answer["degraded"],
        "totals": await v.totals(found.answer["snapshot"]["catalogue"]),
    }
