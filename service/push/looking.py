"""What became available to an enterprise since its matches were last looked at: by its profile, by the day.

Compares what is true now with what was durably looked at; an event lost or told twice changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.eligibility import PARTS
from policies.known import Known
from policies.profiles import read_profile
from policies.windows import STATES
from ranking.features import codes_of
from service.catalogue import store as catalogue
from service.catalogue.shelf import Shelf
from service.database.outbox import Job
from service.instants import instant
from service.push import differences, material, messages, owed, seen_store, store, withheld_store
from service.push import pause_store as pauses
from service.push.consent_store import Consent
from service.push.message_types import OPENED
from service.push.messages import TOLD_PARTS, Match
from service.push.owed import Owed
from service.push.seen_store import Looked
from service.push.store import Mark, Moved, Told
from service.push.withheld_store import Pair
from service.services import Services

LOOK, DAY = "look", "day"
ON_AGAIN = "on_again"  # of a job: a kind of message is on again
BATCH = 100
MOST_TRIES = 20  # publications that may come between reckoning and writing
Bools = NDArray[np.bool_]
Marks = Mapping[str, Mark]  # by measure
Found = Callable[[AsyncConnection, str], Awaitable[list[Looked]]]
_TOLD_PARTS = len(TOLD_PARTS)  # the first of PARTS


@dataclass(frozen=True)
class Sight:
    """The catalogue on one day, as far as it is told at all, and which revision of each document is live."""

    shelf: Shelf
    today: date
    let: Bools
    """bool [n]: measures that are pushed and not paused."""

    def since(self, rows: Sequence[Told]) -> dict[str, int]:
        """Since which catalogue version the documents that are told of stand as they are."""
        told = {mark.document for each in rows for mark in each.marks} & self.shelf.documents.keys()
        firsts = (self.shelf.documents[document].measures[0].id for document in told)
        return {
            one.document.id: one.since
            for one in (self.shelf.placed[self.shelf.ordinal[name]] for name in firsts)
        }

    def available(self, known: Known) -> tuple[NDArray[np.int8], Bools]:
        """int8 [n] parts, bool [n] measures that may be told of to this profile on its day."""
        parts = self.shelf.book.parts(known)
        states = np.isin(self.shelf.standings(known.as_of).states, _TOLD_CODES)
        return parts, (parts < _TOLD_PARTS) & states & self.let

    def since_of(self, match: Match) -> int:
        """Since which catalogue version the match's document stands as it is."""
        return self.shelf.placed[self.shelf.ordinal[match.measure.id]].since

    def match(self, looked: Looked, known: Known, place: int, part: int) -> Match:
        """The enterprise and the measure at a place."""
        one = self.shelf.placed[place]
        standing = self.shelf.standings(self.today).each[place]
        who = (looked.enterprise, known, looked.updated_at)
        return Match(*who, one.document, one.measure, PARTS[part], standing)


_TOLD_CODES = [number for number, state in enumerate(STATES) if state in material.TOLD_STATES]


async def look(services: Services, job: Job) -> dict[str, Any]:
    """The job `look`, after a profile was written or a kind is on again: what is new, told one by one.

    An enterprise that is looked at for the first time gets one summary.
    """

    async def found(c: AsyncConnection, _: str) -> list[Looked]:
        one = await seen_store.one(c, job.payload["enterprise"])
        is_due = one is not None and (one.version != one.seen_version or ON_AGAIN in job.payload)
        return [one] if one is not None and is_due else []

    _, told = await _looked(services, job, found)
    return {"told": told}


async def day(services: Services, job: Job) -> dict[str, Any]:
    """The job `day`: what the calendar opened, brings to an end, or made available, for every enterprise.

    Who has been looked at today is done, so an interrupted job goes on where it was.
    """
    async with services.db.read() as c:
        total = await seen_store.count_not_looked_at(c, services.clock.today().isoformat())
    done = told = 0
    last = ""
    while True:

        async def found(c: AsyncConnection, today: str, after: str = last) -> list[Looked]:
            return await seen_store.not_looked_at(c, today, after, BATCH)

        some, new = await _looked(services, job, found, done, total)
        if not some:
            return {"enterprises": done, "told": told}
        done, told, last = done + len(some), told + new, some[-1].enterprise


async def _looked(
    services: Services, job: Job, found: Found, done: int | None = None, total: int | None = None
) -> tuple[list[Looked], int]:
    """Looks at these enterprises and tells them; how many messages. Again where the catalogue moved on."""
    for _ in range(MOST_TRIES):
        today = services.clock.today()
        async with services.db.read() as c:
            some = await found(c, today.isoformat())
            if not some:
                return [], 0
            sight = await _sight(services, c, today)
            marks: dict[str, dict[str, Mark]] = {one.enterprise: {} for one in some}
            for (name, measure), mark in (await store.marks_for(c, list(marks))).items():
                marks[name][measure] = mark
            scopes = {one.enterprise: await _scope(c, sight, one) for one in some}
            debts = await owed.owed(services, c, sight.shelf, marks)
        told: dict[str, list[Told]] = {}
        settled: set[Pair] = set()
        for one in some:
            name, mine = one.enterprise, debts.get(one.enterprise, owed.NOTHING)
            told[name] = _told(services, sight, one, marks[name], scopes[name], mine)
            settled |= {(name, measure) for measure in _settled(sight, mine, told[name])}
            await asyncio.sleep(0)
        try:
            reached = None if done is None else done + len(some)
            new = await _written(services, job, sight, some, told, settled, reached, total)
        except Moved:
            continue
        if new:
            await services.wake.notify()
        return some, new
    raise RuntimeError("the catalogue moves faster than enterprises are looked at")


async def _written(
    services: Services,
    job: Job,
    sight: Sight,
    some: Sequence[Looked],
    told: Mapping[str, list[Told]],
    settled: Set[Pair],
    done: int | None,
    total: int | None,
) -> int:
    now, as_of = services.clock.now(), sight.today.isoformat()
    async with services.db.write() as c:
        await store.lock(c)
        await services.leases.keep(c, job, done, total)
        seen = [one for one in some if await seen_store.has_looked(c, one, as_of, instant(now))]
        rows = [each for one in seen for each in told[one.enterprise]]
        names = {one.enterprise for one in seen}
        await withheld_store.settle(c, [pair for pair in settled if pair[0] in names])
        return (await store.tell(c, rows, now, sight.since(rows))).written


async def _sight(services: Services, c: AsyncConnection, today: date) -> Sight:
    shelf = await services.shelf.current(c, today)
    let: Bools = np.ones(len(shelf), np.bool_)
    if services.settings.env == "production":
        let = shelf.columns.in_force != codes_of("in_force", ["unconfirmed"])[0]
    stopped = {each["subject"] for each in await pauses.every(c)}
    if stopped:
        names = ({one.document.id, one.measure.id} for one in shelf.placed)
        let = let & np.array([stopped.isdisjoint(some) for some in names], np.bool_)
    return Sight(shelf, today, let)


async def _scope(c: AsyncConnection, sight: Sight, looked: Looked) -> Bools | None:
    """bool [n]: what a first look is at: what was live when the enterprise came; None for a later look.

    What was published since is told by its publication, whichever of the two jobs comes first.
    """
    if looked.seen_version:
        return None
    then = looked.catalogue
    if then is None or then >= sight.shelf.version:
        return np.ones(len(sight.shelf), np.bool_)
    live = {one.document for one in await catalogue.live_at(c, then)}
    return np.array([one.since <= then or one.document.id in live for one in sight.shelf.placed], np.bool_)


def _told(
    services: Services, sight: Sight, looked: Looked, marks: Marks, scope: Bools | None, mine: Owed
) -> list[Told]:
    registry, now = services.registry, services.clock.now()
    known = Known(read_profile(looked.profile, registry, today=sight.today), registry, sight.today)
    parts, available = sight.available(known)
    was_told = _places(sight, marks)
    gone = _places(
        sight, [name for name, mark in marks.items() if mark.withdrawn_at and not mark.dismissed_at]
    )
    fresh, back = available & ~was_told, available & gone
    before = np.ones(len(sight.shelf), np.bool_)
    if scope is None and (fresh.any() or back.any()):
        before = _before(services, sight, looked)
    summed = fresh & (_places(sight, mine.summed) | (False if scope is None else scope))
    single = fresh & ~summed & (~before | _places(sight, mine.single))
    back &= ~before | _places(sight, mine.kinds)
    revised = sight.let & _places(sight, mine.changed) & ~gone

    def matches(places: Bools) -> list[Match]:
        return [
            sight.match(looked, known, place, int(parts[place])) for place in np.flatnonzero(places).tolist()
        ]

    first = matches(summed)
    new = [messages.summary(first, now)] if first else []
    new += [messages.matched(match, now) for match in matches(single)]
    new += [_revised(sight, match, marks[match.measure.id], mine, now) for match in matches(back | revised)]
    new += [messages.withdrawn(looked.enterprise, marks[name], end, now) for name, end in mine.ends.items()]
    still = matches(available & was_told & ~revised) if scope is None else []
    due = [_of_the_day(match, marks[match.measure.id], mine.consent) for match in still]
    return new + [each(match, now) for each, match in due if each is not None]


def _revised(sight: Sight, match: Match, last: Mark, mine: Owed, now: datetime) -> Told:
    stands_again = differences.back() if last.withdrawn_at is not None else []
    changed = [*stands_again, *mine.changed.get(match.measure.id, ())]
    return messages.revised(match, changed, sight.since_of(match), now)


def _settled(sight: Sight, mine: Owed, told: Sequence[Told]) -> set[str]:
    """What is owed no more because nothing of it is to be told; what is paused stays owed."""
    to_come = {mark.measure for each in told for mark in each.marks}
    places = {name: sight.shelf.ordinal[name] for name in mine.kinds if name in sight.shelf.ordinal}
    held = {name for name, place in places.items() if not sight.let[place]}
    return mine.kinds.keys() - to_come - held


def _places(sight: Sight, names: Iterable[str]) -> Bools:
    """bool [n]: the measures of these names, as far as they are live."""
    found = np.zeros(len(sight.shelf), np.bool_)
    found[[sight.shelf.ordinal[name] for name in names if name in sight.shelf.ordinal]] = True
    return found


def _before(services: Services, sight: Sight, looked: Looked) -> Bools:
    """bool [n]: what was available to the enterprise when it was last looked at, by the rules of now."""
    if looked.before is None or looked.as_of is None:
        raise ValueError("nobody has looked at the enterprise")
    then = date.fromisoformat(looked.as_of)
    profile = read_profile(looked.before, services.registry, today=then)
    return sight.available(Known(profile, services.registry, then))[1]


def _of_the_day(match: Match, last: Mark, consent: Consent) -> tuple[Callable[..., Told] | None, Match]:
    """What of a measure that was told is due by the calendar alone: that it opened, else that it ends."""
    mark = match.mark
    if last.is_over:
        return None, match
    if mark.opened is not None and mark.opened != last.opened and not consent.covers(OPENED):
        return messages.opened, match
    is_due = mark.deadline is not None and material.is_nearer(mark.deadline, last.deadline)
    return (messages.deadline if is_due else None), match
