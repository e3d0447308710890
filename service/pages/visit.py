"""One visit to a page: the API with the visitor's rights, the session, the facts and totals every page shows.

Holds no state between visits but a small cache of what the catalogue says of itself.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.pages.api import Api, api_of
from service.pages.rendering import language_of, page
from service.pages.session import Session
from service.pages.words import Words
from service.services import Services


@dataclass(frozen=True)
class Visit:
    """What a page needs of the request."""

    request: Request
    services: Services
    api: Api
    session: Session
    signed_in: bool
    t: Words

    async def facts(self) -> dict[str, Mapping[str, Any]]:
        """The facts by name, as GET /v1/facts tells them."""
        return {fact["name"]: fact for fact in (await self.api.get("/v1/facts")).body["items"]}

    async def totals(self) -> dict[str, Any]:
        """How many measures there are, how many from memory, and the day."""
        measures = await self.api.every("/v1/measures")
        memory = sum(m["document"]["provenance"] == "from-memory" for m in measures)
        day = self.t.day(self.services.clock.today().isoformat())
        return {"all": len(measures), "memory": memory, "day": day}

    def token(self) -> str:
        """What the forms of a signed-in visitor send back."""
        return self.session.token(self.request)

    def page(self, template: str, **shown: Any) -> Response:
        """A rendered page."""
        return page(self.request, template, **shown)

    def to_sign_in(self) -> Response:
        """Where a visitor goes who must sign in first."""
        return RedirectResponse(f"/admin/sign-in?next={self.request.url.path}", 303)

    def failed(self, status: int, detail: str) -> Response:
        """The page of a refusal."""
        return self.page("error.html", status=status, detail=detail)


@asynccontextmanager
async def visit(request: Request) -> AsyncIterator[Visit]:
    """The visit of this request, with the administrator's rights when signed in."""
    services: Services = request.app.state.services
    session = Session(services.keys.current())
    signed_in = session.is_open(request, services.clock.now().timestamp())
    async with api_of(request, session.key if signed_in else None) as api:
        yield Visit(request, services, api, session, signed_in, Words(language_of(request)))
