"""`huiqi withdraw`: a published document taken back, with the reason that readers see.

The document stays readable as withdrawn.
"""

from typing import Annotated

import typer

from service.commands.inside import inside
from service.publishing import actions
from service.services import Services


def run(
    document: Annotated[str, typer.Argument(help="The document's id.")],
    reason: Annotated[str, typer.Option(help="Why, for those who read it.")],
    replaced_by: Annotated[str | None, typer.Option(help="The id of the document in its place.")] = None,
) -> None:
    """Withdraw a published document."""

    async def work(services: Services) -> list[str]:
        why = {"reason": reason, "replaced_by": replaced_by}
        async with services.db.write() as c:
            jobs = await actions.withdraw(c, document, services.clock.now(), **why)  # type: ignore[arg-type]
        await services.wake.notify()
        return jobs

    print(f"{document}: withdrawn" if inside(work) else f"{document}: was withdrawn already")
