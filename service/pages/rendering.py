"""Templates to answers: one Jinja environment, one content security policy, one language switch.

Never reads the database; what a template shows is handed in.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service.pages.words import LANGUAGES, Words

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
LANGUAGE_COOKIE = "language"
FRAMED = "/embed"


@cache
def environment() -> Environment:
    """The Jinja environment: everything escaped, an undefined name is an error."""
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def language_of(request: Request) -> str:
    """`?lang=`, else the cookie (but not in a portal's frame), else Simplified Chinese."""
    kept = None if request.url.path == FRAMED else request.cookies.get(LANGUAGE_COOKIE)
    for wanted in (request.query_params.get("lang"), kept):
        if wanted in LANGUAGES:
            return str(wanted)
    return LANGUAGES[0]


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    ancestors: str = "'none'",
    remember: bool = True,
    **shown: Any,
) -> HTMLResponse:
    """The rendered template; `remember` keeps a language chosen by `?lang=` in a cookie."""
    language = language_of(request)
    html = (
        environment()
        .get_template(template)
        .render(t=Words(language), lang=language, path=request.url.path, request_id=_id(request), **shown)
    )
    answer = HTMLResponse(html, status)
    answer.headers["Content-Security-Policy"] = POLICY.format(ancestors=ancestors)
    answer.headers["Content-Language"] = language
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    if remember and request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, httponly=True, samesite="lax")
    return answer


def fragment(template: str, macro: str, *shown: Any) -> str:
    """A piece of a page: a macro of a template, filled."""
    return str(getattr(environment().get_template(template).module, macro)(*shown))


def _id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))
