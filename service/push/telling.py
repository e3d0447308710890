"""What a publication or withdrawal changes: told to those for whom it is, and to those who were told before.

The difference between what is live and what was durably seen and told; each batch may be written again.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.documents import Document, Measure
from policies.eligibility import part_of
from policies.known import Known
from policies.windows import Standing
from service.catalogue import store as catalogue
from service.catalogue.shelf import Shelf
from service.database.outbox import Job
from service.enterprises import reach
from service.instants import instant
from service.push import changes, differences, material, messages, seen_store, store
from service.push import pause_store as pauses
from service.push.looking import MOST_TRIES
from service.push.messages import TOLD_PARTS, Match
from service.push.seen_store import Seen
from service.push.store import Mark, Moved, Told
from service.services import Services

TELL = "tell"
BATCH = 200
Materials = dict[str, str | None]


@dataclass(frozen=True)
class Change:
    """One document: what is live now, and which of its measures have changed or gone since they were seen.

    Those that were gone and are `back` by now are told of by the publication that brought them back.
    """

    document: str
    shelf: Shelf
    today: date
    live: Document | None
    changed: frozenset[str]
    gone: frozenset[str]
    back: frozenset[str]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that are live now."""
        return () if self.live is None else self.live.measures


@dataclass(frozen=True)
class Held:
    """How many were told, and the measures that are still to be told of: after a pause, or as back again."""

    told: int = 0
    later: frozenset[str] = frozenset()


async def tell(services: Services, job: Job) -> dict[str, Any]:
    """The job `tell`: messages about published or withdrawn documents; how many are new.

    A silent one only keeps what there is, so that later ones tell no more than what changes after it.
    """
    told = 0
    payload = job.payload
    async with services.db.read() as c:
        shelf = await services.shelf.current(c, services.clock.today())
        version = payload.get("version", shelf.version)
        documents: list[str] = payload.get("documents") or [payload["document"]]
        materials = await _materials(services, c, documents, version, shelf)
        loud = {
            document
            for document in documents
            if payload.get("notify", True) or await seen_store.told_before(c, TELL, document, version)
        }
    await _see(services, job, version, {name: materials[name] for name in documents if name not in loud})
    for document in sorted(loud):
        held = await _told(services, job, document, version, materials[document])
        told += held.told
        await _see(services, job, version, {document: materials[document]}, held.later)
    return {"told": told}


async def _materials(
    services: Services, c: AsyncConnection, documents: Sequence[str], version: int, shelf: Shelf
) -> dict[str, Materials]:
    """What is material of each measure of the documents as they were at that version."""
    wanted = set(documents)
    then = {one.document: one for one in await catalogue.live_at(c, version) if one.document in wanted}
    found: dict[str, Materials] = {}
    for document in documents:
        live = then.get(document)
        if live is None:
            found[document] = {}
            continue
        is_now = _since(shelf, document) == live.since
        one = (
            shelf.documents[document] if is_now else await services.shelf.document(c, document, live.revision)
        )
        found[document] = {each.id: material.material(one, each) for each in one.measures}
    return found


async def _told(
    services: Services, job: Job, document: str, version: int, materials: Mapping[str, str | None]
) -> Held:
    for _ in range(MOST_TRIES):
        change = await _change(services, document, version, materials)
        try:
            told, paused = 0, set[str]()
            async for rows in _messages(services, change):
                for start in range(0, len(rows), BATCH):
                    outcome = await _written(services, job, change, rows[start : start + BATCH])
                    told, paused = told + outcome.written, paused | outcome.paused
        except Moved:
            continue
        return Held(told, change.back | paused)
    raise RuntimeError(f"{document} changes faster than it is told of")


async def _change(
    services: Services, document: str, version: int, materials: Mapping[str, str | None]
) -> Change:
    today = services.clock.today()
    async with services.db.read() as c:
        shelf = await services.shelf.current(c, today)
        seen = (await seen_store.seen_of(c, [document]))[document]
        # A look may tell of what a publication still to be told of brought, before it is withdrawn again.
        told = set() if document in shelf.documents else await store.still_told(c, document)
        forms = await _forms(services, c, document, seen, version)
    before = {name: one.material for name, one in seen.items() if one.version < version and one.material}
    absent = before.keys() - materials.keys()
    live = shelf.documents.get(document)
    if live is not None and not is_pushed(live, services.settings.env):
        live = None
    return Change(
        document,
        shelf,
        today,
        live,
        frozenset(name for name, some in forms.items() if name in materials and len(some) > 1),
        frozenset((absent | told) - shelf.ordinal.keys()),
        frozenset(absent & shelf.ordinal.keys()),
    )


async def _forms(
    services: Services, c: AsyncConnection, document: str, seen: Mapping[str, Seen], version: int
) -> dict[str, set[str | None]]:
    """What was material of each measure since it was seen, up to a version: jobs may end in another order.

    A look may have told of a publication whose own job has not run, or has told only some when it died.
    """
    last = max((one.version for one in seen.values()), default=0)
    found: dict[str, set[str | None]] = {}
    if last >= version:
        return found
    for name, one in seen.items():
        if one.material is not None:
            found.setdefault(name, set()).add(one.material)
    for revision in await catalogue.passed(c, document, last, version):
        passed = await services.shelf.document(c, document, revision)
        for measure in passed.measures:
            found.setdefault(measure.id, set()).add(material.material(passed, measure))
    return found


def is_pushed(document: Document, environment: str) -> bool:
    """Whether anything is told of it at all."""
    return environment != "production" or document.in_force != "unconfirmed"


async def _messages(services: Services, change: Change) -> AsyncIterator[list[Told]]:
    for name in sorted(change.gone):
        yield await _withdrawn(services, name)
    for measure in change.measures:
        async with services.db.read() as c:
            marks = await store.told_of(c, measure.id)
        yield await _again(services, change, measure, marks)
        async for rows in _matched(services, change, measure, marks):
            yield rows


async def _withdrawn(services: Services, name: str) -> list[Told]:
    now = services.clock.now()
    async with services.db.read() as c:
        marks = await store.told_of(c, name)
        end = await changes.end(services, c, name)
    if end is None:
        return []
    return [messages.withdrawn(firm, mark, end, now) for firm, mark in marks.items() if not mark.is_over]


async def _again(
    services: Services, change: Change, measure: Measure, marks: Mapping[str, Mark]
) -> list[Told]:
    """To those who were told: what has changed since, or that it is there again."""
    now, since = services.clock.now(), _since(change.shelf, change.document) or 0
    new = material.material(_live(change), measure)
    rows, known = [], dict[int, differences.Told]()
    told = _told_before(change, measure, marks, new)
    for match in await _matches(services, change, measure, told):
        mark = marks[match.enterprise]
        if mark.revision not in known:
            async with services.db.read() as c:
                live = (match.document, match.measure)
                known[mark.revision] = await changes.since_told(services, c, mark, live)
        difference = known[mark.revision] if mark.material != new else []
        if mark.withdrawn_at is not None:
            if match.part not in TOLD_PARTS or match.standing.state not in material.TOLD_STATES:
                continue
            difference = [*differences.back(), *difference]
        rows.append(messages.revised(match, difference, since, now))
    return rows


def _told_before(change: Change, measure: Measure, marks: Mapping[str, Mark], new: str) -> list[str]:
    return [
        name
        for name, mark in marks.items()
        if mark.dismissed_at is None
        if mark.withdrawn_at is not None or (measure.id in change.changed and mark.material != new)
    ]


async def _matched(
    services: Services, change: Change, measure: Measure, marks: Mapping[str, Mark]
) -> AsyncIterator[list[Told]]:
    """To those for whom it is and who were not told: the nearest in meaning first, batch by batch."""
    if _standing(change, measure).state not in material.TOLD_STATES:
        return
    async with services.db.read() as c:
        found = await services.firms.columns.audience(c, {measure.id: measure.rule}, change.today, TOLD_PARTS)
    fresh = [name for part in TOLD_PARTS for name in found[measure.id].names[part] if name not in marks]
    ordered = await reach.nearest(services, _live(change), measure, fresh)
    for start in range(0, len(ordered), BATCH):
        matches = await _matches(services, change, measure, ordered[start : start + BATCH])
        now = services.clock.now()
        yield [messages.matched(match, now) for match in matches if match.part in TOLD_PARTS]
        await asyncio.sleep(0)


async def _matches(services: Services, change: Change, measure: Measure, names: Sequence[str]) -> list[Match]:
    """How the measure stands to those of the enterprises that exist, by their profiles of this moment."""
    if not names:
        return []
    async with services.db.read() as c:
        written = await store.written_on(c, names)
        firms = await services.firms.known(c, names, change.today)
    live, standing = _live(change), _standing(change, measure)

    def match(name: str, known: Known) -> Match:
        part = part_of(measure.rule, known, measure.id)
        return Match(name, known, written.get(name), live, measure, part, standing)

    return [match(name, firms[name]) for name in names if name in firms]


async def _written(services: Services, job: Job, change: Change, rows: Sequence[Told]) -> store.Outcome:
    now, since = services.clock.now(), _since(change.shelf, change.document)
    async with services.db.write() as c:
        await store.lock(c)
        await services.leases.keep(c, job)
        first = await seen_store.to_be_summed_up(c, [each.enterprise for each in rows])
        mine = list(_not_summed_up(rows, first, since or 0))
        outcome = await store.tell(c, mine, now, {} if since is None else {change.document: since})
    if outcome.written:
        await services.wake.notify()
    return outcome


def _not_summed_up(rows: Sequence[Told], first: Mapping[str, int], since: int) -> Iterator[Told]:
    """Without those whose first look, still to come, is at this very revision."""
    return (each for each in rows if first.get(each.enterprise, -1) < since)


async def _see(
    services: Services,
    job: Job,
    version: int,
    materials: Mapping[str, Materials],
    held: frozenset[str] = frozenset(),
) -> None:
    """Keeps what there is, but of what is held or paused: that is still to be told of."""
    names = sorted(materials)
    for start in range(0, len(names), BATCH):
        some = names[start : start + BATCH]
        async with services.db.write() as c:
            await services.leases.keep(c, job)
            seen = await seen_store.seen_of(c, some)
            every = {name: {**dict.fromkeys(seen[name]), **materials[name]} for name in some}
            subjects = {*some, *(measure for one in every.values() for measure in one)}
            stopped = held | await pauses.among(c, subjects)
            kept = [
                (document, measure, digest)
                for document, one in every.items()
                if document not in stopped
                for measure, digest in one.items()
                if measure not in stopped
            ]
            await seen_store.see(c, version, kept, seen, instant(services.clock.now()))


def _since(shelf: Shelf, document: str) -> int | None:
    """The catalogue version since which the document stands as it is; None when it is not live."""
    live = shelf.documents.get(document)
    return None if live is None else shelf.placed[shelf.ordinal[live.measures[0].id]].since


def _live(change: Change) -> Document:
    if change.live is None:
        raise ValueError(f"{change.document} is not live")
    return change.live


def _standing(change: Change, measure: Measure) -> Standing:
    return change.shelf.standings(change.today).each[change.shelf.ordinal[measure.id]]
