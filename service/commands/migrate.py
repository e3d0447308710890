"""`huiqi migrate`: the database brought to this version's tables, or back to older ones.

`huiqi serve` migrates forward by itself.
"""

import asyncio
from typing import Annotated

import typer
from alembic.util import CommandError

from service.commands.fault import Fault
from service.commands.telling import told
from service.database import migrate
from service.database.engine import Database
from service.settings import Settings


def run(
    to: Annotated[str, typer.Option(help="The revision to reach.")] = "head",
    back: Annotated[bool, typer.Option("--back", help="Go back to it: newer tables are lost.")] = False,
) -> None:
    """Migrate the database."""
    with told():
        try:
            print(asyncio.run(_migrated(Settings(), to, back=back)))
        except CommandError as error:
            raise Fault(f"{to}: {error}") from None


async def _migrated(settings: Settings, to: str, *, back: bool) -> str:
    db = Database(settings.database)
    try:
        if back:
            await migrate.downgrade(db, settings.folder, to)
        else:
            await migrate.upgrade(db, settings.folder, to)
        return f"at revision {await migrate.current(db) or 'none'}"
    finally:
        await db.close()
