"""What is done with an inbox on a firm's page: follow it, read, dismiss, say what may be told.

A browser's stream carries the session instead of the key, and ends with it. Everything else is a form.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from policies.json_reading import read_json
from policies.json_writing import to_json
from service.pages import inbox
from service.pages.admin_routes import SignInFirst
from service.pages.api import Refusal
from service.pages.following import Event, NotFollowed
from service.pages.inbox import ALL, place
from service.pages.rendering import fragment
from service.pages.session import Session
from service.pages.visit import Visit, visit

router = APIRouter(prefix="/firms/{firm}", include_in_schema=False)
RETRY = "retry: 2000\n\n"
LATER = "retry: 30000\n\n"
OVER = "event: over\ndata: {}\n\n"
BEAT = ": \n\n"
WATCH_EVERY = 4  # signs of life
_TOO_MANY = 429


@router.get("/stream")
async def stream(request: Request, firm: str) -> Response:
    """The firm's inbox as it grows, a piece of the page for each message; `over` without a session."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    last = request.headers.get("last-event-id") or request.query_params.get("after")
    return StreamingResponse(_live(request, firm, last), 200, headers, "text/event-stream")


async def _live(request: Request, firm: str, last: str | None) -> AsyncIterator[str]:
    async with visit(request) as v:
        if not v.signed_in:
            yield OVER
            return
        yield RETRY
        try:
            async for piece in _pieces(v, firm, last):
                yield piece
        except NotFollowed as refused:
            yield LATER if refused.status == _TOO_MANY else OVER
        except Refusal:
            yield LATER


async def _pieces(v: Visit, firm: str, last: str | None) -> AsyncIterator[str]:
    show, beats, news = await v.show(), 0, False
    async with aclosing(v.api.follow(f"{place(firm)}/stream", last, lang=v.t.language)) as events:
        async for event in events:
            if not _still_signed_in(v):
                yield OVER
                return
            if event.data:
                told = inbox.note(_message(event), show)
                html = fragment("notes.html", "note", v.t, told, f"/firms/{firm}", v.token())
                yield f"id: {event.id}\ndata: {to_json(html)}\n\n"
                news = True
                continue
            yield BEAT
            beats += 1
            if news or beats % WATCH_EVERY == 0:
                line = fragment("notes.html", "watch", v.t, await inbox.watch(v, firm))
                yield f"event: watch\ndata: {to_json(line)}\n\n"
                news = False


def _message(event: Event) -> dict[str, Any]:
    found = read_json(event.data.encode())
    assert isinstance(found, dict)
    return found


def _still_signed_in(v: Visit) -> bool:
    now = v.services.clock.now().timestamp()
    return Session(v.services.keys.current()).is_open(v.request, now)


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[tuple[Visit, Any]]:
    """The visit and the form of who has signed in. Raises SignInFirst."""
    async with visit(request) as v:
        form = await request.form()
        if not v.signed_in or not v.session.is_ours(request, str(form.get("token") or "")):
            raise SignInFirst
        yield v, form


def _back(firm: str, query: str = "", mark: str = "notifications") -> Response:
    return RedirectResponse(f"/firms/{quote(firm, safe='')}{query}#{mark}", 303)


@router.post("/notifications/{note}/read")
async def read(request: Request, firm: str, note: str) -> Response:
    """Marks a message as read and returns to the firm."""
    async with _form(request) as (v, _):
        (await v.api.post(f"{place(firm)}/notifications/{quote(note, safe='')}/read")).fine()
        return _back(firm)


@router.post("/notifications/{note}/dismiss")
async def dismiss(request: Request, firm: str, note: str) -> Response:
    """The firm hears no more of the message's measure; the message counts as read."""
    async with _form(request) as (v, form):
        there = f"{place(firm)}/notifications/{quote(note, safe='')}"
        (await v.api.post(f"{there}/dismiss", {"reason": str(form.get("reason") or "")})).fine()
        (await v.api.post(f"{there}/read")).fine()
        return _back(firm, f"?dismissed={quote(note, safe='')}", f"n-{inbox.mark(note)}")


@router.post("/consent")
async def consent(request: Request, firm: str) -> Response:
    """Turns one kind of message, or all, on or off."""
    async with _form(request) as (v, form):
        said = (await v.api.get(f"{place(firm)}/consent")).fine()
        wanted = {ALL: said[ALL], "types": dict(said["types"])}
        for word, on in (("on", True), ("off", False)):
            kind = str(form.get(word) or "")
            if kind == ALL:
                wanted[ALL] = on
            elif kind:
                wanted["types"][kind] = on
        (await v.api.put(f"{place(firm)}/consent", wanted)).fine()
        return _back(firm, "?changed=1", "wishes")
