"""What became available to an enterprise since its matches were last looked at: by its profile, by the day.

Compares what is true now with what was durably looked at; an event lost or told twice changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
from service.push import differences, material, messages, seen_store, store
from service.push import pause_store as pauses
from service.push.messages import TOLD_PARTS, Match
from service.push.seen_store import Looked
from service.push.store import Mark, Moved, Told
from service.services import Services

LOOK, DAY = "look", "day"
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
        places = (self.shelf.ordinal[mark.measure] for each in rows for mark in each.marks)
        return {one.document.id: one.since for one in (self.shelf.placed[place] for place in places)}

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
    """The job `look`, after a profile was written: what it makes available, told one by one.

    An enterprise that is looked at for the first time gets one summary.
    """

    async def found(c: AsyncConnection, _: str) -> list[Looked]:
        one = await seen_store.one(c, job.payload["enterprise"])
        return [one] if one is not None and one.version != one.seen_version else []

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
        told: dict[str, list[Told]] = {}
        for one in some:
            told[one.enterprise] = _told(services, sight, one, marks[one.enterprise], scopes[one.enterprise])
            await asyncio.sleep(0)
        try:
            reached = None if done is None else done + len(some)
            new = await _written(services, job, sight, some, told, reached, total)
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
    done: int | None,
    total: int | None,
) -> int:
    now, as_of = services.clock.now(), sight.today.isoformat()
    async with services.db.write() as c:
        await store.lock(c)
        await services.leases.keep(c, job, done, total)
        seen = [one for one in some if await seen_store.has_looked(c, one, as_of, instant(now))]
        rows = [each for one in seen for each in told[one.enterprise]]
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


def _told(services: Services, sight: Sight, looked: Looked, marks: Marks, scope: Bools | None) -> list[Told]:
    registry, now = services.registry, services.clock.now()
    known = Known(read_profile(looked.profile, registry, today=sight.today), registry, sight.today)
    parts, available = sight.available(known)
    was_told = _places(sight, marks)
    gone = _places(
        sight, [name for name, mark in marks.items() if mark.withdrawn_at and not mark.dismissed_at]
    )
    fresh, back = available & ~was_told, available & gone

    def matches(places: Bools) -> list[Match]:
        return [
            sight.match(looked, known, place, int(parts[place])) for place in np.flatnonzero(places).tolist()
        ]

    if scope is not None:
        first = matches(fresh & scope)
        return [messages.summary(first, now)] if first else []
    if fresh.any() or back.any():
        before = _before(services, sight, looked)
        fresh, back = fresh & ~before, back & ~before
    new = [messages.matched(match, now) for match in matches(fresh)]
    new += [
        messages.revised(match, differences.back(), sight.since_of(match), now) for match in matches(back)
    ]
    due = [_of_the_day(match, marks[match.measure.id]) for match in matches(available & was_told)]
    return new + [each(match, now) for each, match in due if each is not None]


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


def _of_the_day(match: Match, last: Mark) -> tuple[Callable[..., Told] | None, Match]:
    """What of a measure that was told is due by the calendar alone: that it opened, else that it ends."""
    mark = match.mark
    if last.is_over:
        return None, match
    if mark.opened is not None and mark.opened != last.opened:
        return messages.opened, match
    is_due = mark.deadline is not None and material.is_nearer(mark.deadline, last.deadline)
    return (messages.deadline if is_due else None), match
