"""Whether the database is whole, by its own check.

Reads only.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def damage(c: AsyncConnection) -> str | None:
    """What SQLite's quick check finds first; None for nothing, and for databases that check themselves."""
    if c.dialect.name != "sqlite":
        await c.execute(text("SELECT 1"))
        return None
    found = str((await c.execute(text("PRAGMA quick_check(1)"))).scalar_one())
    return None if found == "ok" else " ".join(found.split())
