"""Counts the enterprises that a measure is for, and names those nearest to it.

Judges by the rule alone; nothing is stored and nobody is told.
"""

from datetime import date
from typing import Any

from policies.documents import Document, Measure, read_document
from policies.eligibility import Part
from service.audience import store
from service.enterprises import reach
from service.errors import Problem
from service.services import Services

SAMPLED: tuple[Part, ...] = ("certain", "checkable")


async def audience(
    services: Services, measure_id: str, *, as_of: date, sample: int, draft: bool
) -> dict[str, Any]:
    """The answer. Raises Problem (`not_found`)."""
    async with services.db.read() as c:
        content = await store.content_of(c, measure_id, draft=draft)
        if content is None:
            raise Problem("not_found", note=measure_id)
        profiles = await services.firms.profiles(c, services.clock.today())
    document = read_document(content, services.registry)
    measure = next(each for each in document.measures if each.id == measure_id)
    parts = await reach.by_part(measure.rule, measure_id, reach.seen(profiles, services.registry, as_of))
    sampled = await _sampled(services, document, measure, parts, sample)
    return {"counts": reach.counts(parts), "by": {}, "sample": sampled}


async def _sampled(
    services: Services, document: Document, measure: Measure, parts: reach.Parts, most: int
) -> list[str]:
    names: list[str] = []
    for part in SAMPLED:
        if len(names) < most:
            names += await reach.nearest(services, document, measure, parts[part])
    return names[:most]
