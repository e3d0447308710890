"""The SQL of documents: revisions, which one is live between catalogue versions, what was withdrawn.

Runs inside the caller's transaction. Decides nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.documents import Document
from policies.json_reading import read_json
from policies.json_writing import to_json
from service.database.tables import documents, measures_withdrawn, meta, publications, revisions

CATALOGUE = "catalogue_version"
_AT_ONCE = 500


@dataclass(frozen=True)
class Held:
    """A stored document's state; `live` is the newest revision that was ever published."""

    id: str
    status: str
    live: int | None
    draft: int | None
    withdrawn_at: str | None = None
    reason: str | None = None
    replaced_by: str | None = None

    @property
    def shown(self) -> int:
        """The revision whose members are shown: the live one, else the draft."""
        return self.live or self.draft or 1


_HELD = (
    documents.c.id,
    documents.c.status,
    documents.c.live_revision,
    documents.c.draft_revision,
    documents.c.withdrawn_at,
    documents.c.reason,
    documents.c.replaced_by,
)


async def held(c: AsyncConnection, document: str) -> Held | None:
    """The document's state; None when there is no such document."""
    row = (await c.execute(select(*_HELD).where(documents.c.id == document))).one_or_none()
    return None if row is None else Held(*row)


async def held_of(c: AsyncConnection, names: Sequence[str]) -> dict[str, Held]:
    """The states of those of the documents that exist."""
    found: dict[str, Held] = {}
    for start in range(0, len(names), _AT_ONCE):
        query = select(*_HELD).where(documents.c.id.in_(names[start : start + _AT_ONCE]))
        found |= {row[0]: Held(*row) for row in await c.execute(query)}
    return found


async def listed(
    c: AsyncConnection, status: str | None, after: str, limit: int
) -> list[tuple[Held, dict[str, Any]]]:
    """Documents by id beyond `after`, each with the content that is shown."""
    shown = func.coalesce(documents.c.live_revision, documents.c.draft_revision)
    query = (
        select(*_HELD, revisions.c.content)
        .join(revisions, (revisions.c.document_id == documents.c.id) & (revisions.c.revision == shown))
        .where(documents.c.id > after)
        .order_by(documents.c.id)
        .limit(limit)
    )
    if status is not None:
        query = query.where(documents.c.status == status)
    return [(Held(*row[:-1]), _content(row[-1])) for row in await c.execute(query)]


async def content(c: AsyncConnection, document: str, revision: int) -> dict[str, Any]:
    """The whole document of one revision."""
    query = select(revisions.c.content).where(
        revisions.c.document_id == document, revisions.c.revision == revision
    )
    return _content((await c.execute(query)).scalar_one())


async def digest(c: AsyncConnection, document: str, revision: int) -> str:
    """The hash of one revision's content."""
    query = select(revisions.c.digest).where(
        revisions.c.document_id == document, revisions.c.revision == revision
    )
    return str((await c.execute(query)).scalar_one())


async def revisions_of(
    c: AsyncConnection, document: str, after: int, limit: int
) -> list[tuple[int, str, dict[str, Any]]]:
    """Revision, instant and content, oldest first, beyond `after`."""
    query = (
        select(revisions.c.revision, revisions.c.created_at, revisions.c.content)
        .where(revisions.c.document_id == document, revisions.c.revision > after)
        .order_by(revisions.c.revision)
        .limit(limit)
    )
    return [(row[0], row[1], _content(row[2])) for row in await c.execute(query)]


async def add_documents(c: AsyncConnection, new: Sequence[Document], now: str) -> None:
    """New drafts, each with revision 1."""
    state = {"status": "draft", "draft_revision": 1, "created_at": now}
    if new:
        await c.execute(insert(documents), [{"id": each.id, **state} for each in new])
        await c.execute(insert(revisions), [_revision(each, 1, now) for each in new])


async def add_draft(c: AsyncConnection, document: Document, now: str) -> int:
    """A further revision, waiting as the draft; its number."""
    query = select(func.max(revisions.c.revision)).where(revisions.c.document_id == document.id)
    revision = int((await c.execute(query)).scalar_one()) + 1
    await c.execute(insert(revisions).values(**_revision(document, revision, now)))
    await set_draft(c, document.id, revision)
    return revision


async def set_draft(c: AsyncConnection, document: str, revision: int | None) -> None:
    """Which revision waits; None for none."""
    await c.execute(update(documents).where(documents.c.id == document).values(draft_revision=revision))


def _revision(document: Document, revision: int, now: str) -> dict[str, Any]:
    values = {"content": to_json(document.content), "digest": document.digest, "created_at": now}
    return {"document_id": document.id, "revision": revision, **values}


async def next_version(c: AsyncConnection, steps: int = 1) -> int:
    """The catalogue's version, grown by one or more."""
    grown = str(await version(c) + steps)
    await c.execute(update(meta).where(meta.c.key == CATALOGUE).values(value=grown))
    return int(grown)


async def version(c: AsyncConnection) -> int:
    """How many publications and withdrawals of documents there have been."""
    return int((await c.execute(select(meta.c.value).where(meta.c.key == CATALOGUE))).scalar_one())


async def make_new_ones_live(c: AsyncConnection, new: Sequence[str], version: int) -> None:
    """Documents just added, published with revision 1: each a version later, the first at this one."""
    rows = [
        {"document_id": name, "revision": 1, "from_version": number}
        for number, name in enumerate(new, version)
    ]
    await c.execute(insert(publications), rows)
    state = {"status": "published", "live_revision": 1, "draft_revision": None}
    for start in range(0, len(new), _AT_ONCE):
        some = documents.c.id.in_(new[start : start + _AT_ONCE])
        await c.execute(update(documents).where(some).values(**state))


async def make_live(c: AsyncConnection, document: str, revision: int, version: int) -> None:
    """The revision is live from this catalogue version on."""
    await _end_publication(c, document, version)
    values = {"document_id": document, "revision": revision, "from_version": version}
    await c.execute(insert(publications).values(**values))
    state = {"status": "published", "live_revision": revision, "draft_revision": None}
    nothing = {"withdrawn_at": None, "reason": None, "replaced_by": None}
    await c.execute(update(documents).where(documents.c.id == document).values(**state, **nothing))


async def make_withdrawn(
    c: AsyncConnection, document: str, version: int, now: str, reason: str, replaced_by: str | None
) -> None:
    """Nothing of the document is live from this catalogue version on."""
    await _end_publication(c, document, version)
    why = {"withdrawn_at": now, "reason": reason, "replaced_by": replaced_by}
    await c.execute(update(documents).where(documents.c.id == document).values(status="withdrawn", **why))


async def _end_publication(c: AsyncConnection, document: str, version: int) -> None:
    running = (publications.c.document_id == document) & publications.c.until_version.is_(None)
    await c.execute(update(publications).where(running).values(until_version=version))


async def measures_gone(
    c: AsyncConnection,
    document: str,
    revision: int,
    measures: Iterable[str],
    *,
    now: str,
    reason: str,
    replaced_by: str | None = None,
) -> None:
    """These measures are withdrawn; `revision` is the last that had them."""
    gone = list(measures)
    await measures_back(c, gone)
    common = {"document_id": document, "revision": revision, "withdrawn_at": now}
    why = {"reason": reason, "replaced_by": replaced_by}
    if gone:
        rows = [{"measure_id": measure, **common, **why} for measure in gone]
        await c.execute(insert(measures_withdrawn), rows)


async def measures_back(c: AsyncConnection, measures: Sequence[str]) -> None:
    """These measures are no longer withdrawn."""
    if measures:
        await c.execute(delete(measures_withdrawn).where(measures_withdrawn.c.measure_id.in_(measures)))


async def withdrawn_measure(c: AsyncConnection, measure: str) -> tuple[str, int] | None:
    """The document and the last revision that had a withdrawn measure."""
    query = select(measures_withdrawn.c.document_id, measures_withdrawn.c.revision)
    row = (await c.execute(query.where(measures_withdrawn.c.measure_id == measure))).one_or_none()
    return None if row is None else (row[0], row[1])


def _content(text: str) -> dict[str, Any]:
    found = read_json(text.encode())
    if not isinstance(found, dict):
        raise TypeError("a stored document is no object")
    return found
