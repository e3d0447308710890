"""Whom a publication would be told, by the rules alone, and whether their number must be confirmed first.

An enterprise counts once, by the measure for which it stands best. Nothing is published here.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.documents import Document, read_document
from policies.eligibility import Part
from service.enterprises import store as enterprise_store
from service.enterprises.columns_keeper import FOR_WHOM
from service.errors import Problem
from service.publishing import actions, store
from service.publishing.store import Held
from service.services import Services


async def check(services: Services, c: AsyncConnection, document: str, confirm: int | None) -> None:
    """Raises Problem: `not_found`; `confirm_needed`, with `counts`, for many or a wrong number."""
    await _check(services, c, await _going_live(services, c, document), confirm)


async def check_all(
    services: Services, c: AsyncConnection, documents: Sequence[Document], confirm: int | None
) -> None:
    """The same for documents that are imported and published together."""
    held = await store.held_of(c, [each.id for each in documents])
    going = [each for each in documents if not await _is_live(c, held.get(each.id), each)]
    await _check(services, c, going, confirm)


async def _is_live(c: AsyncConnection, held: Held | None, document: Document) -> bool:
    if held is None or held.status != "published" or held.live is None:
        return False
    return await store.digest(c, document.id, held.live) == document.digest


async def prepare(services: Services, c: AsyncConnection, document: str, confirm: int | None) -> None:
    """Counts once without refusing, so that the check inside the write is short."""
    try:
        await check(services, c, document, confirm)
    except Problem:
        return


async def _check(
    services: Services, c: AsyncConnection, documents: Sequence[Document], confirm: int | None
) -> None:
    most = services.settings.confirm_over
    rules = {measure.id: measure.rule for document in documents for measure in document.measures}
    if not rules or (confirm is None and await enterprise_store.count(c) <= most):
        return
    counts = await services.firms.columns.counts(c, rules, services.clock.today())
    told = _told(counts)
    if told != confirm if confirm is not None else told > most:
        raise Problem("confirm_needed", members={"counts": counts})


def _told(counts: Mapping[Part, int]) -> int:
    return sum(counts[part] for part in FOR_WHOM)


async def _going_live(services: Services, c: AsyncConnection, document: str) -> list[Document]:
    held = await actions.existing(c, document)
    if held.status == "published" and held.draft is None:
        return []
    content = await store.content(c, document, held.draft or held.shown)
    return [read_document(content, services.registry)]
