"""What an administrator does with documents: draft, revise, publish, withdraw, import.

Every state and the jobs it causes are written in the caller's one transaction. Opens none itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.documents import Document
from policies.faults import Fault, Refused
from service.database.outbox import enqueue
from service.errors import Problem
from service.instants import instant
from service.publishing import store
from service.publishing.importing import Placed
from service.publishing.store import Held

REVISED = "revised"
DELTA, TELL = "index.delta", "tell"


@dataclass(frozen=True)
class Written:
    """What became of a document that was sent: `created`, `changed` or `unchanged`."""

    id: str
    revision: int
    status: str
    outcome: str


async def create(c: AsyncConnection, document: Document, now: datetime) -> Written:
    """A new draft. Raises Refused (`duplicate_id`) when the id exists."""
    if await store.held(c, document.id) is not None:
        raise Refused([Fault("/id", "duplicate_id", {"got": document.id})])
    await store.add_documents(c, [document], instant(now))
    return Written(document.id, 1, "draft", "created")


async def revise(c: AsyncConnection, document: Document, now: datetime) -> Written:
    """A new draft revision; equal content makes none, and the live content again drops the draft."""
    held = await existing(c, document.id)
    outcome = await _compared(c, held, document)
    if outcome == "unchanged":
        return Written(document.id, held.draft or held.shown, held.status, outcome)
    if held.live and await store.digest(c, document.id, held.live) == document.digest:
        await store.set_draft(c, document.id, None)
        return Written(document.id, held.live, held.status, outcome)
    revision = await store.add_draft(c, document, instant(now))
    return Written(document.id, revision, held.status, outcome)


async def _compared(c: AsyncConnection, held: Held | None, document: Document) -> str:
    if held is None:
        return "created"
    newest = await store.digest(c, held.id, held.draft or held.shown)
    return "unchanged" if newest == document.digest else "changed"


async def existing(c: AsyncConnection, document: str) -> Held:
    """The document's state. Raises Problem (`not_found`)."""
    held = await store.held(c, document)
    if held is None:
        raise Problem("not_found", note=document)
    return held


async def publish(c: AsyncConnection, document: str, now: datetime, *, notify: bool) -> list[str]:
    """Makes the waiting draft live, or a withdrawn document again; the jobs, none when nothing changes."""
    if not await _go_live(c, await existing(c, document), now):
        return []
    return await _jobs(c, [document], now, notify=notify)


async def _go_live(c: AsyncConnection, held: Held, now: datetime) -> bool:
    if held.status == "published" and held.draft is None:
        return False
    revision = held.draft or held.shown
    version = await store.next_version(c)
    await store.make_live(c, held.id, revision, version)
    measures = await measure_ids(c, held.id, revision)
    await store.measures_back(c, measures)
    if held.live:
        gone = [each for each in await measure_ids(c, held.id, held.live) if each not in set(measures)]
        at = instant(now)
        await store.measures_gone(c, held.id, held.live, gone, now=at, reason=REVISED)
    return True


async def withdraw(
    c: AsyncConnection, document: str, now: datetime, *, reason: str, replaced_by: str | None
) -> list[str]:
    """Takes a published document back; the jobs, none when it was withdrawn before.

    Raises Problem: `not_found` (the document or its successor), `conflict` for a draft.
    """
    held = await existing(c, document)
    if replaced_by is not None:
        await existing(c, replaced_by)
    if held.status == "draft":
        raise Problem("conflict", note="A draft is not public yet.", note_zh="草稿尚未发布。")
    if held.status == "withdrawn" or held.live is None:
        return []
    at = instant(now)
    version = await store.next_version(c)
    await store.make_withdrawn(c, document, version, at, reason, replaced_by)
    measures = await measure_ids(c, document, held.live)
    gone = (c, document, held.live, measures)
    await store.measures_gone(*gone, now=at, reason=reason, replaced_by=replaced_by)
    return await _jobs(c, [document], now, notify=True)


async def measure_ids(c: AsyncConnection, document: str, revision: int) -> list[str]:
    """The ids of the measures of one revision, in the document's order."""
    content = await store.content(c, document, revision)
    return [f"{document}.{measure['key']}" for measure in content["measures"]]


async def _jobs(c: AsyncConnection, documents: Sequence[str], now: datetime, *, notify: bool) -> list[str]:
    if not documents:
        return []
    jobs = [await enqueue(c, DELTA, {"documents": list(documents)}, now=now)]
    told = {"version": await store.version(c), "notify": notify}
    if not notify:
        return [*jobs, await enqueue(c, TELL, {"documents": list(documents), **told}, now=now)]
    for each in documents:
        jobs.append(await enqueue(c, TELL, {"documents": [each], **told}, now=now, topic=each))
    return jobs


async def import_all(
    c: AsyncConnection, placed: Sequence[Placed], now: datetime, *, publish: bool, notify: bool
) -> dict[str, Any]:
    """Creates and revises all documents, and publishes them when asked; ids by what became of them."""
    documents = [each.document for each in placed]
    held = await store.held_of(c, [each.id for each in documents])
    new = [each for each in documents if each.id not in held]
    await store.add_documents(c, new, instant(now))
    outcomes = {each.id: "created" for each in new}
    for each in documents:
        if each.id in held:
            outcomes[each.id] = (await revise(c, each, now)).outcome
    known = [each.id for each in documents if each.id in held]
    live = await _all_live(c, [each.id for each in new], known, now) if publish else []
    jobs = await _jobs(c, live, now, notify=notify)
    return {**_by_outcome(documents, outcomes), "jobs": jobs}


async def _all_live(c: AsyncConnection, new: list[str], known: list[str], now: datetime) -> list[str]:
    if new:
        last = await store.next_version(c, len(new))
        await store.make_new_ones_live(c, new, last - len(new) + 1)
    return new + [name for name in known if await _go_live(c, await existing(c, name), now)]


async def compare_all(c: AsyncConnection, placed: Sequence[Placed]) -> dict[str, Any]:
    """What import_all would do, doing nothing."""
    documents = [each.document for each in placed]
    held = await store.held_of(c, [each.id for each in documents])
    outcomes = {each.id: await _compared(c, held.get(each.id), each) for each in documents}
    return {**_by_outcome(documents, outcomes), "jobs": []}


def _by_outcome(documents: Sequence[Document], outcomes: Mapping[str, str]) -> dict[str, list[str]]:
    return {
        word: [each.id for each in documents if outcomes[each.id] == word]
        for word in ("created", "changed", "unchanged")
    }


def brief(held: Held) -> dict[str, Any]:
    """The members that tell a document's state in a list."""
    return {"status": held.status, "revision": held.shown, "draft_revision": held.draft}


def state_of(held: Held) -> dict[str, Any]:
    """The members that tell a document's state beside its content."""
    if held.status != "withdrawn":
        return brief(held)
    why = {"withdrawn_at": held.withdrawn_at, "reason": held.reason, "replaced_by": held.replaced_by}
    return {**brief(held), **why}
