"""Which revision's rule an audience is counted by: the live one, else the draft, or the waiting draft.

Reads only, through the store of documents.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.publishing import store


async def content_of(c: AsyncConnection, measure: str, *, draft: bool) -> dict[str, Any] | None:
    """The whole document whose revision has the measure; None when there is none."""
    document = measure.rpartition(".")[0]
    held = await store.held(c, document)
    if held is None:
        return None
    revision = held.draft if draft else held.shown
    found = await store.content(c, document, revision) if revision else None
    if found is not None and _has(found, measure):
        return found
    gone = None if draft else await store.withdrawn_measure(c, measure)
    return await store.content(c, *gone) if gone else None


def _has(document: dict[str, Any], measure: str) -> bool:
    return any(f"{document['id']}.{each['key']}" == measure for each in document["measures"])
