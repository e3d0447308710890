"""`huiqi rollback`: an older generation of the index serves again.

What was published since it was built is put on top of it.
"""

from typing import Annotated

import typer

from index import generation
from service.commands.fault import Fault
from service.commands.inside import done, inside
from service.operations import actions
from service.services import Services


def run(
    wanted: Annotated[
        str | None, typer.Argument(metavar="GENERATION", help="Default: the one before.")
    ] = None,
) -> None:
    """Go back to an older generation of the index."""

    async def work(services: Services) -> str:
        target = wanted or _before(services)
        async with services.db.write() as c:
            jobs = await actions.rollback(services, c, target, services.clock.now())
        await done(services, "Index 索引", jobs)
        return f"generation {target}"

    print(inside(work))


def _before(services: Services) -> str:
    folder = services.settings.index_folder
    serving = generation.current(folder)
    older = [name for name in generation.kept(folder) if serving is None or name < serving]
    if not older:
        raise Fault(f"{folder}: there is no older generation")
    return older[0]
