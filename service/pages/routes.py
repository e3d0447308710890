"""The enterprise's pages: describe my firm, see what is for it, and open a registered one.

What a visitor enters is sent by POST, judged and forgotten. Never reads the database itself.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from service.pages import choices, views
from service.pages.firm_form import Firm, FormFault, answered, firm_of
from service.pages.reference import operations
from service.pages.visit import Visit, visit

router = APIRouter(include_in_schema=False)
STATIC = {
    "huiqi.css": "text/css; charset=utf-8",
    "huiqi.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
SHOWN, EXCLUDED = 20, 50


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
    """The first page: one field and four questions."""
    async with visit(request) as v:
        return await _start(v, Firm(), [])


@router.post("/")
async def find(request: Request) -> Response:
    """The answer to what was described, or the form again with what cannot be read."""
    async with visit(request) as v:
        form = await request.form()
        firm, faults = firm_of(form)
        if faults or form.get("edit"):
            return await _start(v, firm, faults, form)
        faults = answered(firm, form, await v.facts())
        shown = str(form.get("show"))
        return await _answer(v, firm, faults, int(shown) if shown.isdigit() else SHOWN)


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
        stored = await v.api.get(f"/v1/enterprises/{quote(firm, safe='')}")
        if not stored.ok:
            return v.failed(stored.status, stored.body["detail"])
        return await _stored(v, stored.body)


@router.post("/firms/{firm}/notifications/{note}/read")
async def read(request: Request, firm: str, note: str) -> Response:
    """Marks a notification as read and returns to the firm."""
    async with visit(request) as v:
        form = await request.form()
        if not v.signed_in or not v.session.is_ours(request, str(form.get("token"))):
            return v.to_sign_in()
        place = f"/v1/enterprises/{quote(firm, safe='')}/notifications/{quote(note, safe='')}/read"
        answer = await v.api.post(place)
        if not answer.ok:
            return v.failed(answer.status, answer.body["detail"])
        return RedirectResponse(f"/firms/{quote(firm, safe='')}#notifications", 303)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The API in words, from its own description."""
    async with visit(request) as v:
        return v.page("docs.html", groups=operations(request.app.openapi()))


async def _start(v: Visit, firm: Firm, faults: list[FormFault], form: Any = None) -> Response:
    registry = v.services.registry
    codes = registry.codes
    people = firm.facts.get("employees")
    band = f"{people.get('min', '')}-{people.get('max', '')}" if isinstance(people, dict) else ""
    region, industry = str(firm.facts.get("region", "")), str(firm.facts.get("industry", ""))
    typed = {name: str((form or {}).get(name) or "") for name in ("registered_on", "employees")}
    return v.page(
        "start.html",
        status=422 if faults else 200,
        faults=[{"field": f.field, "text": v.t(f.key)} for f in faults],
        kept=firm.kept(),
        form={
            "need": firm.text,
            "region": region,
            "industry": industry,
            "registered_on": typed["registered_on"] or firm.facts.get("registered_on", ""),
            "registered_unknown": bool((form or {}).get("registered_unknown")),
            "employees": typed["employees"] or ("" if band or people is None else people),
            "employees_band": band,
        },
        regions=choices.with_chosen(choices.regions(registry), codes.regions, region),
        industries=choices.with_chosen(choices.industries(registry), codes.industries, industry),
        bands=choices.bands(v.t),
        totals=await v.totals(),
    )


async def _answer(v: Visit, firm: Firm, faults: list[FormFault], most: int) -> Response:
    profile = firm.profile()
    subject = {"profile": profile, "query": None}
    shown, refused = await _listed(v, subject, firm.answers, most)
    if refused is not None:
        return await _start(v, firm, [FormFault("need", "fault.profile")])
    facts = await v.facts()
    codes = {c["code"]: c for c in await v.api.every("/v1/codes/qualifications")}
    year = v.services.clock.today().year
    question = views.question_of(shown["answer"]["questions"], firm.skipped, facts, codes, v.t, year)
    places = choices.place_names(v.services.registry, firm.facts)
    return v.page(
        "answer.html",
        heading=v.t("result.title"),
        action="/",
        stored=False,
        kept=firm.kept(),
        faults=[{"field": f.field, "text": v.t(f.key)} for f in faults],
        question=question,
        known=views.known_facts(firm.facts, firm.text, facts, places, v.t),
        totals=await v.totals(),
        **{name: value for name, value in shown.items() if name != "answer"},
    )


async def _stored(v: Visit, stored: dict[str, Any]) -> Response:
    shown, refused = await _listed(v, {"enterprise_id": stored["id"]}, stored["answers"], 100)
    if refused is not None:
        return v.failed(refused.status, refused.body["detail"])
    facts = await v.facts()
    notes = await v.api.every(f"/v1/enterprises/{stored['id']}/notifications")
    known = views.known_facts(stored["facts"], stored["text"] or "", facts, {}, v.t)
    return v.page(
        "answer.html",
        heading=stored["name"],
        action=f"/firms/{stored['id']}",
        stored=True,
        firm=stored["id"],
        token=v.token(),
        notes=list(reversed(notes)),
        kept="",
        faults=[],
        question=None,
        known=[{**row, "forget": ""} for row in known],
        totals=await v.totals(),
        **{name: value for name, value in shown.items() if name != "answer"},
    )


async def _listed(v: Visit, subject: dict[str, Any], answers: dict[str, Any], most: int) -> Any:
    """What is listed and what is excluded with its reasons; or the API's refusal."""
    body = {**{n: s for n, s in subject.items() if s is not None}, "lang": v.t.language}
    answer = await v.api.post("/v1/recommendations", {**body, "limit": min(most, 100)})
    if not answer.ok:
        return {}, answer
    facts = await v.facts()
    details = {
        item["measure"]["id"]: (await v.api.get(f"/v1/measures/{item['measure']['id']}")).body
        for item in answer.body["items"]
    }
    cards = [
        views.card(item, details[item["measure"]["id"]], v.t, facts, answers) for item in answer.body["items"]
    ]
    excluded = await v.api.post("/v1/recommendations", {**body, "parts": ["excluded"], "limit": EXCLUDED})
    for item in excluded.body["items"]:
        conditions = [views.condition(c, v.t) for c in item["conditions"]]
        item["against"] = [c for c in conditions if c["shown"] == "not_met"] or conditions
    return {
        "answer": answer.body,
        "groups": views.groups_of(answer.body, excluded.body, cards),
        "shown": len(cards),
        "degraded": "dense" in answer.body["degraded"],
        "more": most + SHOWN if answer.body["next_cursor"] and most < 100 else 0,
    }, None
