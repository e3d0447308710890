"""Before anything serves: the tables are brought up to date, the keys exist, a first start is prepared.

A process of its own; takes half a second when there is nothing to do.
"""

import asyncio
import os
import sys

from index import generation
from service.commands.fault import Fault
from service.commands.telling import told
from service.database import installation
from service.database.engine import Database
from service.database.migrate import upgrade
from service.keys import make_admin_key
from service.settings import Settings


async def prepare(settings: Settings) -> bool:
    """Migrates; whether a first start is left to be done."""
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    db = Database(settings.database)
    try:
        await upgrade(db, settings.folder)
        async with db.read() as c:
            began = await installation.began_at(c)
    finally:
        await db.close()
    return began is None or generation.current(settings.index_folder) is None


def main() -> None:
    """`python -m service.preparation`: exit 1 with a line when the service cannot start."""
    settings = Settings()
    try:
        with told():
            first = asyncio.run(prepare(settings))
    except Fault as fault:
        sys.exit("\n".join(fault.lines))
    key = make_admin_key(settings)
    if key is not None:
        print(f"administrator's key  管理员密钥: {key} (kept in {settings.folder / 'admin.key'})", flush=True)
    if first:
        os.execv(sys.executable, [sys.executable, "-m", "service.first_start"])  # noqa: S606  # our own


if __name__ == "__main__":
    main()
