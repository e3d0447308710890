"""What an operator sees and does: the index and its generations, the jobs, how the service is.

Asks for work by writing jobs; does none of it here.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from index import generation
from index.encoding import kept_under
from policies.json_reading import read_json
from service.database.outbox import enqueue
from service.enterprises import vectors_store
from service.errors import Problem
from service.ids import is_uuid
from service.instants import instant
from service.keepers import Searchable
from service.operations import store
from service.operations.indexing import REBUILD, ROLLBACK
from service.operations.schemas import FINISHED, SHOWN_AS
from service.services import Services


async def index_shown(services: Services) -> dict[str, Any]:
    """The index as GET /v1/index tells it."""
    async with services.db.read() as c:
        shelf = await services.shelf.current(c)
        search = await services.index.current(c, shelf)
        enterprises = await _enterprises(services, search, c)
    folder = services.settings.index_folder
    return {**_generation(search), "enterprises": enterprises, "kept": generation.kept(folder)}


async def _enterprises(services: Services, search: Searchable | None, c: AsyncConnection) -> int:
    encoder = services.encoder.encoder or (search and search.manifest.encoder)
    return await vectors_store.count(c, kept_under(encoder)) if encoder else 0


def _generation(search: Searchable | None) -> dict[str, Any]:
    if search is None:
        names = ("generation", "built_at", "encoder")
        return {**dict.fromkeys(names), "measures": 0, "passages": 0, "pending": 0}
    made = search.manifest.encoder
    return {
        "generation": search.manifest.id,
        "built_at": search.manifest.built_at,
        "measures": len(search.index.ids),
        "passages": search.index.passages,
        "encoder": None if made is None else {"id": made.id, "dim": made.dim, "sha256": made.sha256},
        "pending": search.pending,
    }


async def rebuild(c: AsyncConnection, now: datetime) -> list[str]:
    """Asks for a new generation; the jobs."""
    return [await enqueue(c, REBUILD, {}, now=now)]


async def rollback(services: Services, c: AsyncConnection, wanted: str, now: datetime) -> list[str]:
    """Asks for an older generation; the jobs. Raises Problem (`not_found`)."""
    if not is_uuid(wanted) or wanted not in generation.kept(services.settings.index_folder):
        raise Problem("not_found", note=wanted[:80])
    return [await enqueue(c, ROLLBACK, {"generation": wanted}, now=now)]


async def job(c: AsyncConnection, name: str, now: datetime) -> dict[str, Any]:
    """One job as it is shown. Raises Problem (`not_found`)."""
    found = await store.job(c, name)
    if found is None:
        raise Problem("not_found", note=name[:80])
    return job_shown(found, now)


async def cancel(c: AsyncConnection, name: str, now: datetime) -> dict[str, Any]:
    """Cancels a job. Raises Problem: `not_found`, `conflict` when it is finished."""
    found = await job(c, name, now)
    if found["state"] in FINISHED or not await store.cancel(c, name, instant(now)):
        raise Problem("conflict", note="The job is finished.", note_zh="任务已经结束。")
    return await job(c, name, now)


def job_shown(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A job's row as the API tells it."""
    told = {"id": row["id"], "kind": row["kind"], "state": SHOWN_AS[row["state"]], "error": row["error"]}
    result = None if row["result"] is None else read_json(row["result"].encode())
    times = {name: row[name] for name in ("created_at", "started_at", "finished_at")}
    progress = {"done": row["done"], "total": row["total"]}
    return {
        **told,
        "about": _about(row["payload"]),
        "progress": progress,
        "eta_s": _eta(row, now),
        "result": result,
        **times,
    }


def _about(payload: str) -> dict[str, Any]:
    """The enterprise and the documents that a job was asked for; of its payload nothing else is told."""
    held: Any = read_json(payload.encode())
    return {"enterprise": held.get("enterprise"), "documents": held.get("documents", [])}


def _eta(row: dict[str, Any], now: datetime) -> int | None:
    """Seconds left at the pace so far; None where nothing can be said."""
    done, total, started = row["done"], row["total"], row["started_at"]
    if row["state"] != "running" or not done or not total or started is None:
        return None
    spent = max(0.0, (now - datetime.fromisoformat(started)).total_seconds())
    return round(spent * max(0, int(total) - int(done)) / int(done))
