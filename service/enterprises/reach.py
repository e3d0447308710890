"""Those whom a measure is for, the nearest to it in meaning first.

The rule decided for whom it is; nearness only orders.
"""

from collections.abc import Sequence

from index.encoding import kept_under
from index.passages import entry_of
from policies.documents import Document, Measure
from service.enterprises.keeper import nearest_first
from service.operations.vectors import vectors_of
from service.services import Services


async def nearest(
    services: Services, document: Document, measure: Measure, names: Sequence[str]
) -> list[str]:
    """The enterprises nearest to the measure in meaning first, then by id; by id without an encoder."""
    encoder = services.encoder.encoder
    if encoder is None or not names:
        return sorted(names)
    entry = entry_of(document, measure, services.registry)
    vectors = await vectors_of(services, encoder, [entry])
    async with services.db.read() as c:
        index = await services.firms.vectors(c, kept_under(encoder), encoder.dim)
    return nearest_first(names, index, vectors.get(entry.id))
