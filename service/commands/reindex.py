"""`huiqi reindex`: a new generation of the index, built beside the one that serves.

Nothing is encoded twice; the generation before stays for going back.
"""

from service.commands.inside import done, inside
from service.operations import actions
from service.services import Services


def run() -> None:
    """Build the index anew."""

    async def work(services: Services) -> str:
        async with services.db.write() as c:
            jobs = await actions.rebuild(c, services.clock.now())
        await done(services, "Index 索引", jobs)
        async with services.db.read() as c:
            result = (await actions.job(c, jobs[0], services.clock.now()))["result"]
        return f"generation {result['generation']}: {result['measures']} measures"

    print(inside(work))
