"""The SQL of consent: which kinds of message an enterprise lets itself be told, all of them by default.

Runs inside the caller's transaction. What is off is not told, and what is queued of it is not sent.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_reading import read_json
from policies.json_writing import to_json
from service.database.pieces import pieces
from service.database.tables import consents


@dataclass(frozen=True)
class Consent:
    """What was said: about everything, and about single kinds."""

    all: bool = True
    types: Mapping[str, bool] = field(default_factory=dict)

    def covers(self, kind: str) -> bool:
        """Whether a message of this kind was refused."""
        return not (self.all and self.types.get(kind, True))

    def shown(self) -> dict[str, Any]:
        """As GET answers it."""
        return {"all": self.all, "types": dict(self.types)}


NOTHING = Consent()


async def consent(c: AsyncConnection, enterprise: str) -> Consent:
    """What the enterprise said; everything may be told where it said nothing."""
    return (await refused(c, [enterprise])).get(enterprise, NOTHING)


async def refused(c: AsyncConnection, names: Collection[str]) -> dict[str, Consent]:
    """What those of the enterprises said that said anything."""
    found: dict[str, Consent] = {}
    ordered = sorted(names)
    for piece in pieces(ordered):
        some = consents.c.enterprise_id.in_(piece)
        query = select(consents.c.enterprise_id, consents.c["all"], consents.c.types).where(some)
        found |= {row[0]: Consent(bool(row[1]), _types(row[2])) for row in await c.execute(query)}
    return found


async def put(c: AsyncConnection, enterprise: str, said: Consent, now: str) -> None:
    """Keeps what the enterprise says, in place of what it said before."""
    await c.execute(delete(consents).where(consents.c.enterprise_id == enterprise))
    values = {"all": said.all, "types": to_json(dict(said.types)), "updated_at": now}
    await c.execute(insert(consents).values(enterprise_id=enterprise, **values))


def _types(text: str) -> dict[str, bool]:
    found = read_json(text.encode())
    return {name: bool(value) for name, value in found.items()} if isinstance(found, dict) else {}
