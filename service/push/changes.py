"""What became of a measure since an enterprise was told of it: how it differs now, or how it ended.

Reads what is kept of the catalogue. Decides for nobody whether it matters, and writes nothing.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.documents import Document, Measure
from service.catalogue import store as catalogue
from service.push import differences
from service.push.store import Mark
from service.services import Services


@dataclass(frozen=True)
class End:
    """How a measure was withdrawn."""

    title: str
    reason: str | None
    replaced_by: str | None
    at: str


async def since_told(
    services: Services, c: AsyncConnection, mark: Mark, live: tuple[Document, Measure]
) -> differences.Told:
    """What the measure as it is live changes for whoever was told of the revision in the mark."""
    old = await services.shelf.document(c, mark.document, mark.revision)
    was = next((one for one in old.measures if one.id == mark.measure), None)
    return [] if was is None else differences.differences((old, was), live, services.registry)


async def end(services: Services, c: AsyncConnection, measure: str) -> End | None:
    """How the measure ended; None where it was not withdrawn."""
    gone = (await catalogue.withdrawn(c, [measure])).get(measure)
    if gone is None:
        return None
    document = await services.shelf.document(c, gone.document, gone.revision)
    title = next(one.title for one in document.measures if one.id == measure)
    return End(title, gone.reason, gone.replaced_by, gone.withdrawn_at)
