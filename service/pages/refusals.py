"""A refusal as a page, for a browser that asked for one; everybody else gets the problem document.

Shows what the problem says; never more.
"""

from starlette.requests import Request
from starlette.responses import Response

from service.errors import Problem
from service.pages.api import Refusal
from service.pages.rendering import language_of, page
from service.pages.words import Words

MACHINES = ("/v1/", "/openapi.json", "/livez", "/readyz", "/metrics", "/static/")


def wants_page(request: Request) -> bool:
    """Whether a person with a browser is to be answered."""
    if request.url.path.startswith(MACHINES):
        return False
    return "text/html" in request.headers.get("accept", "")


def refusal_page(request: Request, problem: Problem) -> Response | None:
    """The page of a refusal; None where a program is to be answered."""
    if not wants_page(request):
        return None
    t = Words(language_of(request))
    told = t("error.404") if problem.status == 404 else problem.detail("en" if t.english else "zh")
    answer = page(request, "error.html", status=problem.status, detail=told)
    answer.headers.update(problem.headers)
    return answer


async def refused(request: Request, error: Exception) -> Response:
    """What the API refused while a page was being made."""
    assert isinstance(error, Refusal)
    return page(request, "error.html", status=error.status, detail=error.detail)
