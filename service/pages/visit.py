"""One visit to a page: the API with the visitor's rights, the session, the facts and totals every page shows.

Between visits only what the catalogue says of itself is kept (`Kept`), by catalogue version.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.pages.api import Api, api_of
from service.pages.rendering import language_of, page
from service.pages.session import Session
from service.pages.shown_values import Shower
from service.pages.words import Words
from service.services import Services

TOTALS_HOLD = timedelta(seconds=10)  # for pages that are told no catalogue version


@dataclass
class Kept:
    """What the API said of the catalogue; begins anew with another version."""

    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    version: int | None = None
    measures: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    totals: Mapping[str, int] | None = None
    counted_at: datetime | None = None

    def at(self, version: int) -> "Kept":
        """Itself, emptied when the catalogue is another one."""
        if version != self.version:
            self.version, self.totals = version, None
            self.measures.clear()
        return self


@dataclass(frozen=True)
class Visit:
    """What a page needs of the request."""

    request: Request
    services: Services
    api: Api
    session: Session
    signed_in: bool
    t: Words
    kept: Kept

    async def facts(self) -> dict[str, Mapping[str, Any]]:
        """The facts by name, as GET /v1/facts tells them."""
        if not self.kept.facts:
            body = (await self.api.get("/v1/facts")).fine()
            self.kept.facts.update({fact["name"]: fact for fact in body["items"]})
        return self.kept.facts

    async def show(self) -> Shower:
        """What shows values in the visitor's language."""
        return Shower(self.services.registry, await self.facts(), self.t)

    async def measure(self, name: str, version: int) -> Mapping[str, Any]:
        """GET /v1/measures/{id}, as of a catalogue version."""
        kept, key = self.kept.at(version).measures, (name, self.t.language)
        if key not in kept:
            kept[key] = (await self.api.get(f"/v1/measures/{quote(name, safe='')}")).fine()
        return kept[key]

    async def totals(self, version: int | None = None) -> dict[str, Any]:
        """How many measures there are, how many from memory, and the day."""
        now = self.services.clock.now()
        if version is not None:
            self.kept.at(version)
        fresh = version is not None or (self.kept.counted_at or now) > now - TOTALS_HOLD
        if self.kept.totals is None or not fresh:
            measures = await self.api.every("/v1/measures")
            memory = sum(m["document"]["provenance"] == "from-memory" for m in measures)
            self.kept.totals = {"all": len(measures), "memory": memory}
            self.kept.counted_at = now
        return {**self.kept.totals, "day": self.t.day(self.services.clock.today().isoformat())}

    def token(self) -> str:
        """What the forms of a signed-in visitor send back."""
        return self.session.token(self.request)

    def page(self, template: str, **shown: Any) -> Response:
        """A rendered page."""
        return page(self.request, template, **shown)

    def to_sign_in(self) -> Response:
        """Where a visitor goes who must sign in first."""
        return sign_in_first(self.request)

    def failed(self, status: int, detail: str) -> Response:
        """The page of a refusal."""
        return self.page("error.html", status=status, detail=detail)


def sign_in_first(request: Request) -> Response:
    """To the sign-in, and from there back to where a page can be shown."""
    back = request.url.path if request.method == "GET" else "/admin"
    return RedirectResponse(f"/admin/sign-in?next={quote(back)}", 303)


@asynccontextmanager
async def visit(request: Request) -> AsyncIterator[Visit]:
    """The visit of this request, with the administrator's rights when signed in."""
    services: Services = request.app.state.services
    state = request.app.state
    if not hasattr(state, "pages_kept"):
        state.pages_kept = Kept()
    session = Session(services.keys.current())
    signed_in = session.is_open(request, services.clock.now().timestamp())
    language = language_of(request)
    async with api_of(request, language, session.key if signed_in else None) as api:
        yield Visit(request, services, api, session, signed_in, Words(language), state.pages_kept)
