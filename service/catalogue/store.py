"""The SQL of the published catalogue: its version, what is live at one, and what was withdrawn.

Reads only, inside the caller's transaction. Decides nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_reading import read_json
from service.database.tables import measures_withdrawn, meta, publications, revisions

CATALOGUE = "catalogue_version"


@dataclass(frozen=True)
class Live:
    """A revision that is live, since the given catalogue version."""

    document: str
    revision: int
    since: int


@dataclass(frozen=True)
class Withdrawn:
    """A measure that nobody can have any more, and the last revision that had it."""

    measure: str
    document: str
    revision: int
    withdrawn_at: str
    reason: str | None
    replaced_by: str | None


async def version(c: AsyncConnection) -> int:
    """How many publications and withdrawals of documents there have been."""
    return int((await c.execute(select(meta.c.value).where(meta.c.key == CATALOGUE))).scalar_one())


async def live_at(c: AsyncConnection, version: int) -> list[Live]:
    """What was live at a catalogue version."""
    running = or_(publications.c.until_version.is_(None), publications.c.until_version > version)
    query = select(publications.c.document_id, publications.c.revision, publications.c.from_version)
    found = await c.execute(query.where(publications.c.from_version <= version, running))
    return [Live(*row) for row in found]


async def passed(c: AsyncConnection, document: str, after: int, until: int) -> list[int]:
    """The revisions of a document that went live after one catalogue version, up to another."""
    between = (publications.c.from_version > after) & (publications.c.from_version <= until)
    query = select(publications.c.revision).where(publications.c.document_id == document, between)
    return list((await c.execute(query.order_by(publications.c.from_version))).scalars())


async def contents(
    c: AsyncConnection, wanted: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], dict[str, Any]]:
    """The documents of these (id, revision), as plain JSON values."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    columns = (revisions.c.document_id, revisions.c.revision)
    for start in range(0, len(wanted), 200):
        chosen = tuple_(*columns).in_(wanted[start : start + 200])
        for row in await c.execute(select(*columns, revisions.c.content).where(chosen)):
            found[row[0], row[1]] = _object(row[2])
    return found


async def withdrawn(c: AsyncConnection, measures: Collection[str]) -> dict[str, Withdrawn]:
    """Those of the measures that were withdrawn, by id."""
    if not measures:
        return {}
    columns = measures_withdrawn.c
    query = select(
        columns.measure_id,
        columns.document_id,
        columns.revision,
        columns.withdrawn_at,
        columns.reason,
        columns.replaced_by,
    )
    rows = await c.execute(query.where(columns.measure_id.in_(measures)))
    return {row[0]: Withdrawn(*row) for row in rows}


def _object(text: str) -> dict[str, Any]:
    found = read_json(text.encode())
    if not isinstance(found, dict):
        raise TypeError("a stored document is no object")
    return found
