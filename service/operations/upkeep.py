"""The job `retention`: what is finished and older than its days goes.

Deletes in pieces, each a transaction of its own, so that it holds up nobody and can be interrupted.
"""

from typing import Any

from service.database import retention
from service.database.outbox import Job
from service.services import Services

RETENTION = "retention"


async def prune(services: Services, job: Job) -> dict[str, Any]:
    """Deletes until nothing is left to delete; how many rows went."""
    gone = 0
    while True:
        async with services.db.write() as c:
            await services.leases.keep(c, job)
            piece = await retention.prune(c)
        if not piece:
            return {"rows": gone}
        gone += piece
