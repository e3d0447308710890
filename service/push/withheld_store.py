"""The SQL of what enterprises were not told because its kind was off: owed once it is on again.

Runs inside the caller's transaction. Holds no text: what is owed is worked out anew when it is told.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database.pieces import pieces
from service.database.tables import withheld

Pair = tuple[str, str]  # enterprise and measure
_PAIR = tuple_(withheld.c.enterprise_id, withheld.c.measure_id)


async def keep(c: AsyncConnection, rows: Mapping[Pair, tuple[str, str]], now: str) -> None:
    """Of each enterprise and measure: the document, and the kind of message that was first withheld."""
    new = [
        {"enterprise_id": name, "measure_id": measure, "document_id": document, "type": kind, "since": now}
        for (name, measure), (document, kind) in rows.items()
    ]
    known: set[Pair] = set()
    for some in pieces(sorted(rows)):
        query = select(withheld.c.enterprise_id, withheld.c.measure_id).where(_PAIR.in_(some))
        known |= {(row[0], row[1]) for row in await c.execute(query)}
    new = [row for row in new if (row["enterprise_id"], row["measure_id"]) not in known]
    if new:
        await c.execute(insert(withheld), new)


async def settle(c: AsyncConnection, pairs: Collection[Pair]) -> None:
    """Nothing is owed of these any more."""
    for some in pieces(sorted(pairs)):
        await c.execute(delete(withheld).where(_PAIR.in_(some)))


async def owed(c: AsyncConnection, names: Collection[str]) -> dict[str, dict[str, str]]:
    """What each of these enterprises is owed: the kind first withheld, by measure."""
    found: dict[str, dict[str, str]] = {}
    columns = (withheld.c.enterprise_id, withheld.c.measure_id, withheld.c.type)
    for some in pieces(sorted(names)):
        for row in await c.execute(select(*columns).where(withheld.c.enterprise_id.in_(some))):
            found.setdefault(row[0], {})[row[1]] = row[2]
    return found


async def forget(c: AsyncConnection, document: str) -> None:
    """Nothing is owed of the document any more, to anybody."""
    await c.execute(delete(withheld).where(withheld.c.document_id == document))
