"""Measures like a published one, and pairs of different documents that are nearly the same.

Reads the index alone; says nothing about which of two is right.
"""

import asyncio
from typing import Any

from index import similar as index_similar
from service.catalogue import shapes
from service.catalogue.shelf import Shelf
from service.errors import Problem
from service.services import Services


async def similar(services: Services, name: str, limit: int) -> list[dict[str, Any]]:
    """The published measures that are like one, as a list shows them, the likest first.

    Raises Problem (`not_found`) for one that is not published.
    """
    today = services.clock.today()
    async with services.db.read() as c:
        shelf = await services.shelf.current(c, today)
        search = await services.index.current(c, shelf)
    if name not in shelf.ordinal:
        raise Problem("not_found", note=name)
    if search is None:
        return []
    found = await asyncio.to_thread(index_similar.similar, search.index, name)
    near = [(shelf.ordinal[other], likeness) for other, likeness in found if other in shelf.ordinal]
    stands = shelf.standings(today).each
    return [
        {
            **shapes.listed(
                shelf.placed[at].document, shelf.placed[at].measure, stands[at], shapes.PUBLISHED
            ),
            "similarity": round(likeness, 6),
        }
        for at, likeness in near[:limit]
    ]


async def duplicates(services: Services) -> list[dict[str, Any]]:
    """Pairs of published measures of different documents that are nearly the same, the likest first."""
    async with services.db.read() as c:
        shelf = await services.shelf.current(c)
        search = await services.index.current(c, shelf)
    if search is None:
        return []
    pairs = await asyncio.to_thread(index_similar.nearly_same, search.index)
    return [_shown(shelf, pair) for pair in pairs if {pair.one, pair.other} <= shelf.ordinal.keys()]


def _shown(shelf: Shelf, pair: index_similar.Pair) -> dict[str, Any]:
    both = [shelf.placed[shelf.ordinal[name]] for name in (pair.one, pair.other)]
    return {
        "similarity": round(pair.similarity, 6),
        "words": round(pair.words, 6),
        "meaning": None if pair.meaning is None else round(pair.meaning, 6),
        "measures": [shapes.measure_head(one.document, one.measure) for one in both],
    }
