"""Who may come in, and the parts that a request works with.

The administrator's key opens everything that needs one; other keys come later.
"""

from typing import cast

from fastapi import Depends
from starlette.requests import Request

from service.bodies import query
from service.services import Services


def services_of(request: Request) -> Services:
    """The parts that the app was composed of."""
    return cast(Services, request.app.state.services)


async def with_key(request: Request) -> None:
    """Lets only requests with the key pass, before anything of them is read. Raises Problem."""
    services_of(request).keys.allow(request)


async def without_parameters(request: Request) -> None:
    """Refuses query parameters where none is known. Raises Problem."""
    query(request, {})


BARE = [Depends(without_parameters)]
