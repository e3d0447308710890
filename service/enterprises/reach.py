"""Whom a measure is for: every enterprise by part, those nearest to it in meaning first.

The rule alone decides the part; nearness only orders.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from index.passages import entry_of
from policies.documents import Document, Measure
from policies.eligibility import PARTS, Part, part_of
from policies.facts import Registry
from policies.known import Known
from policies.profiles import Profile
from policies.rules import Rule
from service.enterprises.keeper import nearest_first
from service.operations.vectors import vectors_of
from service.services import Services

Parts = dict[Part, list[str]]
_PAUSE_EVERY = 500  # judgements before others get a turn


def seen(profiles: Mapping[str, Profile], registry: Registry, as_of: date) -> dict[str, Known]:
    """The profiles as they are known on one day."""
    return {name: Known(profile, registry, as_of) for name, profile in profiles.items()}


async def by_part(rule: Rule, measure: str, firms: Mapping[str, Known]) -> Parts:
    """The ids of the enterprises in each part."""
    parts: Parts = {part: [] for part in PARTS}
    for count, (name, known) in enumerate(firms.items(), 1):
        parts[part_of(rule, known, measure)].append(name)
        if count % _PAUSE_EVERY == 0:
            await asyncio.sleep(0)
    return parts


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
        index = await services.firms.vectors(c, encoder.id, encoder.dim)
    return nearest_first(names, index, vectors.get(entry.id))
