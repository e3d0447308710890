"""The SQL of telling: notifications as they are written, and who was told of what.

Runs inside the caller's transaction. Whoever tells has the order of telling to itself until it commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text, cast, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.json_writing import to_json
from service.database.pieces import pieces
from service.database.tables import enterprises, meta, notifications, publications, tellings
from service.instants import instant
from service.push import consent_store as consents
from service.push import material, withheld_store
from service.push import pause_store as pauses
from service.push.endpoints_store import fan_out
from service.push.message_types import DEADLINE, MATCHED, OPENED, REVISED, SUMMARY

SEQUENCE = "notification_seq"
FIRST = frozenset((MATCHED, SUMMARY))  # what tells of a measure for the first time
BY_THE_DAY = frozenset((OPENED, DEADLINE))


class Moved(Exception):
    """A document was published or withdrawn since what is to be told was worked out."""


@dataclass(frozen=True)
class Mark:
    """What an enterprise was last told of a measure; later messages tell the difference to it."""

    measure: str
    document: str
    revision: int
    material: str
    part: str
    opened: str | None = None
    deadline: str | None = None
    withdrawn_at: str | None = None
    dismissed_at: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more is told of it unless it comes back."""
        return self.withdrawn_at is not None or self.dismissed_at is not None


@dataclass(frozen=True)
class Told:
    """One notification to be written, and the marks that it leaves."""

    id: str
    enterprise: str
    type: str
    title: str
    text: str
    marks: tuple[Mark, ...]
    part: str | None = None
    round: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measure(self) -> str | None:
        """The measure that it is about; None for a summary."""
        return None if self.type == SUMMARY else self.marks[0].measure

    @property
    def document(self) -> str | None:
        """The document of that measure."""
        return None if self.type == SUMMARY else self.marks[0].document

    @property
    def dedupe(self) -> str:
        """What may be told only once."""
        material = "" if self.type == SUMMARY else self.marks[0].material
        return f"{self.enterprise}/{self.measure or ''}/{self.type}/{material}/{self.round}"


@dataclass(frozen=True)
class Outcome:
    """How many were written, and the measures of which something was held back by a pause."""

    written: int
    paused: frozenset[str]


async def tell(c: AsyncConnection, told: Sequence[Told], now: datetime, since: Mapping[str, int]) -> Outcome:
    """Writes what is new, wanted and not paused to enterprises that exist, with its marks and deliveries.

    `since` says of each document at which catalogue version the revision became live that is told of;
    a document that is not in it is not live. Raises Moved when that is no longer so, or when what is to
    be summed up was told meanwhile.
    """
    await lock(c)
    documents = {mark.document for each in told for mark in each.marks}
    revisions = await _still(c, documents, since)
    stopped = await pauses.among(c, documents | {mark.measure for each in told for mark in each.marks})
    held = [each for each in told if each.measure is not None and _is_stopped(each.marks[0], stopped)]
    gone = {each.id for each in held}
    chosen = await _to_existing(c, [each for each in told if each.id not in gone])
    marks = await marks_of(c, {(each.enterprise, mark.measure) for each in chosen for mark in each.marks})
    refused = await consents.refused(c, {each.enterprise for each in chosen})
    if any((each.enterprise, mark.measure) in marks for each in _summaries(chosen) for mark in each.marks):
        raise Moved
    due = [each for each in chosen if _is_due(each, marks)]
    known = await _known(c, [each.dedupe for each in due])
    fresh = [each for each in due if each.dedupe not in known]
    rows = [each for each in fresh if not _is_refused(each, refused)]
    await _write(c, rows, instant(now))
    await _leave(c, rows, marks, instant(now), stopped, revisions)
    await _owe(c, fresh, refused, instant(now), stopped)
    await fan_out(c, rows, now)
    return Outcome(len(rows), frozenset(each.marks[0].measure for each in held))


def _summaries(told: Sequence[Told]) -> list[Told]:
    return [each for each in told if each.type == SUMMARY]


def _is_stopped(mark: Mark, stopped: set[str]) -> bool:
    return mark.document in stopped or mark.measure in stopped


def _is_due(told: Told, marks: Mapping[tuple[str, str], Mark]) -> bool:
    """Whether the enterprise has not been told this, and has not said that it will not hear of it."""
    before = [marks.get((told.enterprise, mark.measure)) for mark in told.marks]
    if told.type in FIRST:
        return any(mark is None for mark in before)
    last, new = before[0], told.marks[0]
    if last is None or last.dismissed_at is not None:
        return False
    if told.type == REVISED:
        return last.material != new.material or last.withdrawn_at is not None
    return last.withdrawn_at is None


async def _to_existing(c: AsyncConnection, told: Sequence[Told]) -> list[Told]:
    names = {each.enterprise for each in told}
    there: set[str] = set()
    for some in pieces(sorted(names)):
        query = select(enterprises.c.id).where(enterprises.c.id.in_(some))
        there |= set((await c.execute(query)).scalars())
    return [each for each in told if each.enterprise in there]


def _is_refused(told: Told, refused: Mapping[str, consents.Consent]) -> bool:
    return refused.get(told.enterprise, consents.NOTHING).covers(told.type)


async def _owe(
    c: AsyncConnection,
    told: Sequence[Told],
    refused: Mapping[str, consents.Consent],
    now: str,
    stopped: set[str],
) -> None:
    """What is told is owed no more; what is refused is owed. The calendar's messages are due again by
    themselves; only whoever ever said something about kinds can be owed anything."""
    said = [each for each in told if each.enterprise in refused and each.type not in BY_THE_DAY]
    owed: dict[withheld_store.Pair, tuple[str, str]] = {}
    settled: set[withheld_store.Pair] = set()
    for each in said:
        marks = [mark for mark in each.marks if not _is_stopped(mark, stopped)]
        if _is_refused(each, refused):
            owed |= {(each.enterprise, mark.measure): (mark.document, each.type) for mark in marks}
        else:
            settled |= {(each.enterprise, mark.measure) for mark in marks}
    await withheld_store.settle(c, settled)
    await withheld_store.keep(c, {pair: row for pair, row in owed.items() if pair not in settled}, now)


async def _still(c: AsyncConnection, documents: set[str], since: Mapping[str, int]) -> dict[str, int]:
    """Which revision of each document is live. Raises Moved."""
    live: dict[str, int] = {}
    revisions: dict[str, int] = {}
    for some in pieces(sorted(documents)):
        running = publications.c.document_id.in_(some) & publications.c.until_version.is_(None)
        columns = (publications.c.document_id, publications.c.from_version, publications.c.revision)
        rows = (await c.execute(select(*columns).where(running).with_for_update(read=True))).all()
        live |= {row[0]: row[1] for row in rows}
        revisions |= {row[0]: row[2] for row in rows}
    if any(live.get(document) != since.get(document) for document in documents):
        raise Moved
    return revisions


async def marks_of(c: AsyncConnection, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Mark]:
    """What these enterprises were last told of these measures."""
    found: dict[tuple[str, str], Mark] = {}
    columns = (tellings.c.enterprise_id, tellings.c.measure_id)
    for some in pieces(sorted(wanted)):
        found |= await _marks(c, tuple_(*columns).in_(some))
    return found


async def marks_for(c: AsyncConnection, names: Sequence[str]) -> dict[tuple[str, str], Mark]:
    """Everything that these enterprises were told of."""
    found: dict[tuple[str, str], Mark] = {}
    for some in pieces(names):
        found |= await _marks(c, tellings.c.enterprise_id.in_(some))
    return found


async def told_of(c: AsyncConnection, measure: str) -> dict[str, Mark]:
    """Who was told of the measure, and what, by enterprise."""
    found = await _marks(c, tellings.c.measure_id == measure)
    return {name: mark for (name, _), mark in sorted(found.items())}


async def still_told(c: AsyncConnection, document: str) -> set[str]:
    """The measures of a document that somebody was told of, and of whose end not everybody was told."""
    lasting = tellings.c.withdrawn_at.is_(None) & tellings.c.dismissed_at.is_(None)
    query = select(tellings.c.measure_id).where(tellings.c.document_id == document, lasting).distinct()
    return set((await c.execute(query)).scalars())


async def written_on(c: AsyncConnection, names: Sequence[str]) -> dict[str, str]:
    """When the profiles of these enterprises were last written."""
    found: dict[str, str] = {}
    for some in pieces(names):
        query = select(enterprises.c.id, enterprises.c.updated_at).where(enterprises.c.id.in_(some))
        found |= {row[0]: row[1] for row in await c.execute(query)}
    return found


async def dismiss(c: AsyncConnection, enterprise: str, measure: str, part: str, reason: str, now: str) -> str:
    """The enterprise will not hear of the measure again; since when."""
    mine = (tellings.c.enterprise_id == enterprise) & (tellings.c.measure_id == measure)
    first = func.coalesce(tellings.c.dismissed_at, now)
    change = update(tellings).where(mine).values(dismissed_at=first, reason=reason)
    found = (await c.execute(change.returning(tellings.c.dismissed_at))).scalar_one_or_none()
    if found is not None:
        return str(found)
    mark = Mark(measure, measure.partition(".")[0], 0, "", part)  # told before marks were kept
    row = {**_row(enterprise, mark, now), "dismissed_at": now, "reason": reason}
    await c.execute(insert(tellings).values(**row))
    return now


async def dismissals(c: AsyncConnection, subject: str, reason: str) -> tuple[int, int]:
    """How many were told of a measure, or of any of a document, and how many dismissed it so."""
    one = tellings.c.enterprise_id.distinct()
    query = select(func.count(one), func.count(one).filter(tellings.c.reason == reason))
    of_document = tellings.c.measure_id.between(f"{subject}.", f"{subject}/")  # "/" comes next after "."
    row = (await c.execute(query.where((tellings.c.measure_id == subject) | of_document))).one()
    return int(row[0]), int(row[1])


async def _marks(c: AsyncConnection, which: Any) -> dict[tuple[str, str], Mark]:
    names = ("document_id", "revision", "material", "part", "opened", "deadline")
    ends = ("withdrawn_at", "dismissed_at")
    columns = [tellings.c[name] for name in ("enterprise_id", "measure_id", *names, *ends)]
    return {(row[0], row[1]): Mark(*row[1:]) for row in await c.execute(select(*columns).where(which))}


async def lock(c: AsyncConnection) -> None:
    """Nobody else tells until this transaction ends, so that numbers grow in the order of commits."""
    await c.execute(update(meta).where(meta.c.key == SEQUENCE).values(value=meta.c.value))


async def _write(c: AsyncConnection, told: Sequence[Told], now: str) -> None:
    if not told:
        return
    grown = cast(cast(meta.c.value, BigInteger) + len(told), Text)
    query = update(meta).where(meta.c.key == SEQUENCE).values(value=grown).returning(meta.c.value)
    first = int((await c.execute(query)).scalar_one()) - len(told) + 1
    rows = [
        {
            "id": each.id,
            "seq": number,
            "enterprise_id": each.enterprise,
            "document_id": each.document,
            "measure_id": each.measure,
            "type": each.type,
            "dedupe": each.dedupe,
            "title": each.title,
            "part": each.part,
            "text": each.text,
            "data": to_json(dict(each.data)),
            "created_at": now,
        }
        for number, each in enumerate(told, first)
    ]
    await c.execute(insert(notifications), rows)


async def _leave(
    c: AsyncConnection,
    told: Sequence[Told],
    before: Mapping[tuple[str, str], Mark],
    now: str,
    stopped: set[str],
    revisions: Mapping[str, int],
) -> None:
    left = {
        (each.enterprise, mark.measure): _of_revision(mark, revisions)
        for each in told
        for mark in each.marks
        if each.type != SUMMARY or not _is_stopped(mark, stopped)
    }
    new = [_row(name, mark, now) for (name, _), mark in left.items() if (name, mark.measure) not in before]
    changed = [
        (name, _still_told(before[name, mark.measure], mark))
        for (name, _), mark in left.items()
        if (name, mark.measure) in before and not _only_first(told, name, mark.measure)
    ]
    if new:
        await c.execute(insert(tellings), new)
    for name, mark in changed:
        mine = (tellings.c.enterprise_id == name) & (tellings.c.measure_id == mark.measure)
        await c.execute(update(tellings).where(mine).values(**_values(mark), told_at=now))


def _still_told(last: Mark, mark: Mark) -> Mark:
    """The mark with the round and the reminder told before, where it has none or an earlier one: what is
    revised while the clock stands before them makes neither news again."""
    nearer = mark.deadline is not None and material.is_nearer(mark.deadline, last.deadline)
    return replace(
        mark, opened=mark.opened or last.opened, deadline=mark.deadline if nearer else last.deadline
    )


def _of_revision(mark: Mark, revisions: Mapping[str, int]) -> Mark:
    """The mark of what is live; that of a withdrawal stays of the revision that was told."""
    if mark.withdrawn_at is not None:
        return mark
    return replace(mark, revision=revisions.get(mark.document, mark.revision))


def _only_first(told: Sequence[Told], name: str, measure: str) -> bool:
    """Whether only a summary names it, which tells nothing new of what was told before."""
    return all(
        each.type in FIRST
        for each in told
        if each.enterprise == name and any(mark.measure == measure for mark in each.marks)
    )


def _row(enterprise: str, mark: Mark, now: str) -> dict[str, Any]:
    return {"enterprise_id": enterprise, "measure_id": mark.measure, **_values(mark), "told_at": now}


def _values(mark: Mark) -> dict[str, Any]:
    kept = ("revision", "material", "part", "opened", "deadline", "withdrawn_at")
    return {"document_id": mark.document, **{name: getattr(mark, name) for name in kept}}


async def _known(c: AsyncConnection, dedupes: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in pieces(dedupes):
        query = select(notifications.c.dedupe).where(notifications.c.dedupe.in_(some))
        found |= set((await c.execute(query)).scalars())
    return found
