"""The administrator's pages: documents, import, index, jobs. All behind the key, all through the API.

Shows numbers before anything that tells people. Never keeps an upload between two requests.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.pages import admin_views, jobs, upload
from service.pages.api import Answer
from service.pages.shown_values import place_name
from service.pages.visit import Visit, visit

router = APIRouter(prefix="/admin", include_in_schema=False)
RUNNING = ("queued", "running")
DONE = frozenset(("publish", "withdraw", "pause", "resume", "recall", "replay"))
OF_PUSH = frozenset(("pause", "resume", "recall", "replay"))
LONGEST_NUMBER = 10


class SignInFirst(Exception):
    """The visitor has no session, or the form is not ours."""


@asynccontextmanager
async def administrator(request: Request) -> AsyncIterator[tuple[Visit, Any]]:
    """The visit and the form of a signed-in administrator. Raises SignInFirst."""
    async with visit(request) as v:
        form = await request.form() if request.method == "POST" else {}
        ours = request.method == "GET" or v.session.is_ours(request, str(form.get("token")))
        if not (v.signed_in and ours):
            raise SignInFirst
        yield v, form


def shown(v: Visit, template: str, **values: Any) -> Response:
    """An administrator's page; `done` and `trouble` come from the redirect before it."""
    done = v.request.query_params.get("done", "")
    notice = v.t(f"policy.done.{done}") if done in DONE else ""
    notice = v.t("import.done") if done == "import" else notice
    values = {"trouble": "", "notice_at": "push" if done in OF_PUSH else "top", **values}
    return v.page(f"admin/{template}", token=v.token(), notice=notice, **values)


def after(answer: Answer, v: Visit, place: str) -> Response:
    """To the next page when the API accepted, else the refusal in its own words."""
    if not answer.ok:
        return v.failed(answer.status, answer.body["detail"])
    return RedirectResponse(place, 303)


@router.get("/sign-in")
async def sign_in_form(request: Request) -> Response:
    """Asks for the key."""
    async with visit(request) as v:
        return v.page("sign_in.html", next=request.query_params.get("next", ""), faults=[])


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Opens a session, or asks again."""
    async with visit(request) as v:
        form = await request.form()
        target = str(form.get("next") or "")
        if not v.session.opened_with(str(form.get("key") or "")):
            wrong = [{"field": "key", "text": v.t("sign.wrong")}]
            return v.page("sign_in.html", status=401, next=target, faults=wrong)
        inside = target if target.startswith(("/admin", "/firms")) else "/admin/policies"
        answer = RedirectResponse(inside, 303)
        v.session.begin(answer, v.services.clock.now().timestamp(), secure=request.url.scheme == "https")
        return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Ends the session."""
    async with administrator(request):
        answer = RedirectResponse("/", 303)
        answer.delete_cookie("huiqi_admin")
        return answer


@router.get("")
async def home() -> Response:
    """The documents come first."""
    return RedirectResponse("/admin/policies", 303)


@router.get("/policies")
async def policies(request: Request) -> Response:
    """All documents with their state."""
    async with administrator(request) as (v, _):
        status = request.query_params.get("status", "")
        found = await v.api.every("/v1/policies", status=status or None)
        regions = v.services.registry.codes.regions
        rows = [{**p, "region_name": place_name(regions, p["region"])} for p in found]
        return shown(v, "policies.html", policies=rows, chosen=status)


@router.get("/policies/{name}")
async def policy(request: Request, name: str) -> Response:
    """One document: its measures in words, whom they reach, and what can be done with it."""
    async with administrator(request) as (v, _):
        return await _policy(v, name)


async def _policy(v: Visit, name: str, asked: dict[str, int] | None = None) -> Response:
    """The document's page; `asked`: so many would be told, and that is still to be confirmed."""
    place = f"/v1/policies/{quote(name, safe='')}"
    found = await v.api.get(place)
    if not found.ok:
        return v.failed(found.status, found.body["detail"])
    revisions = (await v.api.get(f"{place}/revisions")).body["items"]
    values = await admin_views.policy_page(v, found.body, revisions)
    status = 200 if asked is None else 409
    return shown(v, "policy.html", **{**values, "asked": asked, "status": status})


@router.post("/policies/{name}/{deed}")
async def act(request: Request, name: str, deed: str) -> Response:
    """Publishes or withdraws; who would tell many is shown the number first."""
    async with administrator(request) as (v, form):
        confirm = str(form.get("confirm") or "")
        number = int(confirm) if confirm.isdecimal() and len(confirm) <= LONGEST_NUMBER else None
        bodies = {
            "publish": {"notify": bool(form.get("notify")), "confirm": number},
            "withdraw": {"reason": str(form.get("reason") or "")},
        }
        if deed not in bodies:
            return v.failed(404, v.t("error.404"))
        answer = await v.api.post(f"/v1/policies/{quote(name, safe='')}/{deed}", bodies[deed])
        if not answer.ok and answer.body["code"] == "confirm_needed":
            return await _policy(v, name, admin_views.asked_of(answer.body["counts"]))
        return after(answer, v, f"/admin/policies/{quote(name, safe='')}?done={deed}")


@router.post("/policies/{name}/push/{deed}")
async def push(request: Request, name: str, deed: str) -> Response:
    """Pauses a push, lets it go on, or recalls what is not sent."""
    async with administrator(request) as (v, _):
        place = f"policies/{quote(name, safe='')}"
        answer = await v.api.post(f"/v1/{place}/push/{quote(deed, safe='')}")
        return after(answer, v, f"/admin/{place}?done={quote(deed, safe='')}#push")


@router.post("/policies/{name}/deliveries/{delivery}")
async def replay(request: Request, name: str, delivery: str) -> Response:
    """Sends a dead letter again."""
    async with administrator(request) as (v, _):
        answer = await v.api.post(f"/v1/deliveries/{quote(delivery, safe='')}/replay")
        return after(answer, v, f"/admin/policies/{quote(name, safe='')}?done=replay#push")


@router.get("/import")
async def import_form(request: Request) -> Response:
    """Asks for a file."""
    async with administrator(request) as (v, _):
        nothing: dict[str, Any] = {"faults": [], "warnings": [], "result": None, "changes": None}
        return shown(v, "import.html", **nothing, imported=False, kind="", content="")


@router.post("/import")
async def import_file(request: Request) -> Response:
    """Checks a file and shows faults, warnings and the difference; imports it when asked a second time."""
    async with administrator(request) as (v, form):
        given = await upload.given(form)
        dry = not form.get("go")
        answer = await v.api.send("/v1/imports", given.content, given.kind, dry_run="true" if dry else None)
        if answer.ok and not dry and not answer.body["warnings"]:
            return RedirectResponse("/admin/policies?done=import", 303)
        faults = [] if answer.ok else upload.faults_of(answer.body)
        changes = await upload.changes(v, given, answer.body) if answer.ok and dry else None
        return shown(
            v,
            "import.html",
            faults=upload.by_line(given, faults),
            warnings=upload.by_line(given, answer.body["warnings"]) if answer.ok else [],
            imported=answer.ok and not dry,
            result=answer.body if answer.ok else None,
            changes=changes,
            kind=given.kind,
            content=given.text,
        )


@router.get("/index")
async def index(request: Request) -> Response:
    """The index, what is being built, and the generations to go back to."""
    async with administrator(request) as (v, _):
        running = [job for state in RUNNING for job in await v.api.every("/v1/jobs", state=state)]
        building = [jobs.shown(job, v.t) for job in running if job["kind"].startswith("index")]
        return shown(v, "index.html", index=(await v.api.get("/v1/index")).body, running=building)


@router.post("/index/{deed}")
async def build(request: Request, deed: str) -> Response:
    """Rebuilds, or rolls back."""
    async with administrator(request) as (v, form):
        bodies = {"rebuild": {}, "rollback": {"generation": str(form.get("generation") or "")}}
        if deed not in bodies:
            return v.failed(404, v.t("error.404"))
        return after(await v.api.post(f"/v1/index/{deed}", bodies[deed]), v, "/admin/index")


@router.get("/jobs")
async def all_jobs(request: Request) -> Response:
    """What is done, was done and failed."""
    async with administrator(request) as (v, _):
        state, cursor = (request.query_params.get(name, "") for name in ("state", "cursor"))
        asked = {"state": state or None, "cursor": cursor or None, "limit": jobs.PER_PAGE}
        found = (await v.api.get("/v1/jobs", **asked)).fine()
        rows = [jobs.shown(job, v.t) for job in found["items"]]
        busy = any(job["state"] in RUNNING for job in rows)
        older = found["next_cursor"]
        return shown(
            v, "jobs.html", jobs=rows, state=state, busy=busy, older=older, first=not cursor, most=jobs.NAMED
        )


@router.post("/jobs/{job}/cancel")
async def cancel(request: Request, job: str) -> Response:
    """Cancels a job."""
    async with administrator(request) as (v, _):
        return after(await v.api.post(f"/v1/jobs/{quote(job, safe='')}/cancel"), v, "/admin/jobs")
