"""`huiqi publish`: a draft made live, and those it is for told, as over HTTP.

Index and notifications are the worker's; this returns when they are written down as jobs.
"""

from typing import Annotated

import typer

from service.commands.inside import inside
from service.publishing import actions, confirming
from service.services import Services


def run(
    document: Annotated[str, typer.Argument(help="The document's id.")],
    notify: Annotated[bool, typer.Option(help="Tell the enterprises that it is for.")] = True,
    confirm: Annotated[int | None, typer.Option(help="How many will be told, when they are many.")] = None,
) -> None:
    """Publish the draft of a document."""

    async def work(services: Services) -> list[str]:
        async with services.db.write() as c:
            if notify:
                await confirming.check(services, c, document, confirm)
            jobs = await actions.publish(c, document, services.clock.now(), notify=notify)
        await services.wake.notify()
        return jobs

    print(f"{document}: published" if inside(work) else f"{document}: was published already")
