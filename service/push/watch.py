"""Until when an enterprise's matches have been checked: silence means that there was nothing to tell.

Reads what is still to be done from the database; a worker that has stalled shows by its last sign of life.
"""

from typing import Any

from service.errors import Problem
from service.push import looking, watch_store
from service.push.telling import TELL
from service.services import Services


async def watch(services: Services, enterprise: str) -> dict[str, Any]:
    """Checked until when, of how many measures, and of how many it was told. Raises Problem (`not_found`)."""
    today = services.clock.today().isoformat()
    async with services.db.read() as c:
        stands = await watch_store.stands(c, enterprise)
        if stands is None:
            raise Problem("not_found", note=enterprise)
        pending = [stands.updated_at] if stands.version != stands.seen else []
        pending += await watch_store.undone(c, looking.LOOK, enterprise)
        pending += await watch_store.untold(c, TELL)
        if stands.as_of is None or stands.as_of < today:
            pending += await watch_store.undone(c, looking.DAY)
        kinds = (TELL, looking.LOOK, looking.DAY)
        alive = await watch_store.alive(c) or await watch_store.last_done(c, kinds) or stands.looked_at
        count = await watch_store.told(c, enterprise)
        shelf = await services.shelf.current(c)
    known = [each for each in (*pending, alive) if each is not None]
    return {"checked_until": min(known, default=stands.updated_at), "measures": len(shelf), "told": count}
