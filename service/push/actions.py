"""Who is told of what was published: every certain or checkable enterprise once, the nearest first.

Commits in batches, each with its progress, so that an interrupted job goes on and tells nobody twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.documents import Document, Measure
from policies.eligibility import Part, judge
from policies.known import Known
from policies.windows import Standing
from service.catalogue.shelf import Shelf
from service.database.outbox import Job
from service.enterprises import reach
from service.enterprises import store as enterprise_store
from service.errors import Problem
from service.ids import uuid7
from service.instants import instant
from service.push import store, wording
from service.push.store import Told
from service.services import Services

MATCHED = "measure.matched"
TOLD_PARTS: tuple[Part, ...] = ("certain", "checkable")
TOLD_STATES = frozenset(("open", "rolling", "upcoming"))
BATCH = 200


@dataclass(frozen=True)
class Match:
    """An enterprise that is to be told of a measure."""

    enterprise: str
    measure: Measure
    part: Part
    standing: Standing


async def tell(services: Services, job: Job) -> dict[str, Any]:
    """The job `tell`: notifications of one published document; how many are new."""
    async with services.db.read() as c:
        shelf = await services.shelf.current(c)
        profiles = await services.firms.profiles(c, services.clock.today())
    document = shelf.documents.get(job.payload["document"])
    if document is None or not _is_pushed(document, services.settings.env):
        return {"told": 0}
    firms = reach.seen(profiles, services.registry, services.clock.today())
    matches = await _matches(services, shelf, document, firms)
    told = 0
    for start in range(0, len(matches), BATCH):
        some = matches[start : start + BATCH]
        told += await _tell_some(services, job, document, firms, some, start, len(matches))
    return {"told": told}


def _is_pushed(document: Document, environment: str) -> bool:
    return environment != "production" or document.in_force != "unconfirmed"


async def _matches(
    services: Services, shelf: Shelf, document: Document, firms: dict[str, Known]
) -> list[Match]:
    standings = shelf.standings(services.clock.today()).each
    found: list[Match] = []
    for measure in document.measures:
        standing = standings[shelf.ordinal[measure.id]]
        if standing.state not in TOLD_STATES:
            continue
        parts = await reach.by_part(measure.rule, measure.id, firms)
        part_of = {name: part for part in TOLD_PARTS for name in parts[part]}
        ordered = await reach.nearest(services, document, measure, list(part_of))
        found += [Match(name, measure, part_of[name], standing) for name in ordered]
    return found


async def _tell_some(
    services: Services,
    job: Job,
    document: Document,
    firms: dict[str, Known],
    matches: Sequence[Match],
    start: int,
    total: int,
) -> int:
    now = services.clock.now()
    ids = sorted(uuid7(now) for _ in matches)
    rows = list(_rows(document, firms, matches, ids))
    async with services.db.write() as c:
        await services.leases.keep(c, job, start + len(matches), total)
        return await store.tell(c, rows, instant(now))


def _rows(
    document: Document, firms: dict[str, Known], matches: Sequence[Match], ids: Sequence[str]
) -> Iterator[Told]:
    for match, name in zip(matches, ids, strict=True):
        measure, attests = match.measure, []
        if match.part == "checkable":
            attests = [text for _, text in judge(measure.rule, firms[match.enterprise], measure.id).attests]
        text = wording.matched(document, measure, match.part, match.standing, attests)
        yield Told(name, match.enterprise, measure.id, MATCHED, measure.title, match.part, text)


async def inbox(
    c: AsyncConnection, enterprise: str, after: str | None, at: str | None, limit: int
) -> list[dict[str, Any]]:
    """Notifications beyond where a page ended, else beyond `after`. Raises Problem (`not_found`)."""
    if not await enterprise_store.exists(c, enterprise):
        raise Problem("not_found", note=enterprise)
    name, beyond = at or after, 0
    if name is not None:
        number = await store.number_of(c, enterprise, name)
        if number is None:
            raise Problem("not_found", note=name)
        beyond = number
    return await store.inbox(c, enterprise, beyond, limit)


async def read(services: Services, enterprise: str, notification: str) -> dict[str, Any]:
    """Marks a notification as read and answers it. Raises Problem (`not_found`)."""
    async with services.db.write() as c:
        await store.mark_read(c, enterprise, notification, instant(services.clock.now()))
        found = await store.one(c, enterprise, notification)
    if found is None:
        raise Problem("not_found", note=notification)
    return found
