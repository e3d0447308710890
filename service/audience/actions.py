"""Counts the enterprises that a measure is for, and names those nearest to it.

Judges by the rule alone; nothing is stored and nobody is told.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from policies.documents import Document, Measure, read_document
from policies.eligibility import Part
from service.audience import store
from service.enterprises import reach
from service.enterprises.columns_keeper import FOR_WHOM
from service.errors import Problem
from service.services import Services


async def audience(
    services: Services, measure_id: str, *, as_of: date, sample: int, draft: bool
) -> dict[str, Any]:
    """The answer. Raises Problem (`not_found`)."""
    async with services.db.read() as c:
        content = await store.content_of(c, measure_id, draft=draft)
        if content is None:
            raise Problem("not_found", note=measure_id)
        document = read_document(content, services.registry)
        measure = next(each for each in document.measures if each.id == measure_id)
        reached = await services.firms.columns.audience(c, {measure_id: measure.rule}, as_of)
    found = reached[measure_id]
    sampled = await _sampled(services, document, measure, found.names, sample)
    return {"counts": found.counts, "by": {}, "sample": sampled}


async def _sampled(
    services: Services,
    document: Document,
    measure: Measure,
    parts: Mapping[Part, Sequence[str]],
    most: int,
) -> list[str]:
    names: list[str] = []
    for part in FOR_WHOM:
        if len(names) < most:
            names += await reach.nearest(services, document, measure, parts[part])
    return names[:most]
