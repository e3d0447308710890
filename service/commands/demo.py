"""`huiqi demo`: the invented demo enterprises, marked as such, as they were at the first start.

Changes no other enterprise.
"""

from service.commands.inside import inside
from service.first_start import add_demo
from service.services import Services


def run() -> None:
    """Import the demo enterprises, or put them back as they were."""

    async def work(services: Services) -> int:
        async with services.db.write() as c:
            count = await add_demo(c, services.registry, services.clock)
        await services.wake.notify()
        return count

    print(f"{inside(work)} demo enterprises")
