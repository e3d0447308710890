"""The composition root: one function that puts settings, parts, routes and middleware together.

Everything a request works with is handed in from here; nothing else composes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from policies.facts import Registry, china
from service import errors
from service.ask.routes import router as ask
from service.audience.routes import router as audience
from service.catalogue.routes import router as catalogue
from service.clock import Clock, SystemClock
from service.cors import Cors
from service.enterprises.routes import router as enterprises
from service.head import Head
from service.learning.routes import router as learning
from service.mail.notices import watching
from service.mail.routes import router as mail
from service.metrics import KIND, Metrics
from service.openapi import described
from service.operations import figures
from service.operations.routes import router as operations
from service.pages.admin_routes import SignInFirst
from service.pages.admin_routes import router as admin
from service.pages.api import Refusal
from service.pages.deed_routes import router as deeds
from service.pages.embed_routes import router as embed
from service.pages.inbox_routes import router as inbox
from service.pages.off_routes import router as off
from service.pages.ranker_routes import router as ranker
from service.pages.refusals import refusal_page, refused
from service.pages.routes import router as pages
from service.pages.visit import sign_in_first
from service.publishing.import_routes import router as imports
from service.publishing.routes import router as publishing
from service.push.control_routes import router as control
from service.push.endpoints_routes import router as webhooks
from service.push.routes import router as push
from service.push.wish_routes import router as wishes
from service.requests import Requests
from service.services import Services, compose
from service.settings import Settings

ROUTERS = (
    ask,
    catalogue,
    enterprises,
    publishing,
    imports,
    audience,
    push,
    learning,
    mail,
    wishes,
    webhooks,
    control,
    operations,
    admin,
    ranker,
    embed,
    off,
    pages,
    deeds,
    inbox,
)


def create_app(
    settings: Settings, *, clock: Clock | None = None, registry: Registry | None = None
) -> FastAPI:
    """The whole API with its pages. Another country's registry, or a standing clock, is handed in."""
    services = compose(settings, clock or SystemClock(), registry or china())
    metrics = Metrics()
    app = FastAPI(
        title="huiqi 惠企",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(services),
    )
    app.state.services = services
    app.add_middleware(Head)
    app.add_middleware(Cors, origins=settings.origins)
    app.add_middleware(Requests, metrics=metrics, now=services.clock.now)
    errors.install(app)
    app.state.refusal_page = refusal_page
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(SignInFirst, _to_sign_in)
    for router in ROUTERS:
        app.include_router(router)
    app.add_api_route("/metrics", _shown(metrics, services), include_in_schema=False)
    everything = (*app.routes, *(route for router in ROUTERS for route in router.routes))
    app.state.routes = [route for route in everything if isinstance(route, Route)]
    app.openapi = described(app)  # type: ignore[method-assign]
    return app


def _lifespan(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        services.ranker.start()
        services.encoder.start()
        async with watching(services):
            yield
        await services.close()

    return lifespan


def _shown(metrics: Metrics, services: Services) -> Callable[[], Awaitable[Response]]:
    async def shown() -> Response:
        return Response(metrics.shown() + await figures.lines(services), media_type=KIND)

    return shown


async def _to_sign_in(request: Request, _: Exception) -> Response:
    return sign_in_first(request)
