"""`huiqi doctor`: what is whole and what is broken, a line for each part.

Changes nothing, and may be run while the service runs.
"""

import asyncio

from service.commands.fault import Fault
from service.doctor import Finding, examine
from service.settings import Settings


def run() -> None:
    """Look at every part and at what documents say; exit 1 when a part is broken, never for a warning."""
    broken = asyncio.run(_told(Settings()))
    if broken:
        raise Fault(f"broken: {', '.join(finding.part for finding in broken)}")


async def _told(settings: Settings) -> list[Finding]:
    broken = []
    async for finding in examine(settings):
        print(f"{finding.state:<6}  {finding.part:<10}  {finding.text}", flush=True)
        if finding.state == "broken":
            broken.append(finding)
    return broken
