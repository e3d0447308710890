"""Notifications put together: what is said, why, since when, and the mark that each leaves.

Decides nobody's part and writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from policies.documents import Document, Measure
from policies.eligibility import Part
from policies.known import Known
from policies.windows import Standing
from service.clock import SHANGHAI
from service.ids import uuid7
from service.push import material, reasons
from service.push.changes import End
from service.push.message_types import DEADLINE, MATCHED, OPENED, REVISED, SUMMARY, WITHDRAWN
from service.push.store import Mark, Told
from service.push.wording import Kept, in_chinese

TOLD_PARTS: tuple[Part, ...] = ("certain", "checkable")
_SHOWN_IN_SUMMARY = 20


@dataclass(frozen=True)
class Match:
    """An enterprise and a measure that is live, as they stand on one day."""

    enterprise: str
    known: Known
    written_at: str | None
    document: Document
    measure: Measure
    part: str
    standing: Standing

    @property
    def mark(self) -> Mark:
        """What telling of it now leaves."""
        return Mark(
            self.measure.id,
            self.document.id,
            0,  # which it is of is known where it is written
            material.material(self.document, self.measure),
            self.part,
            material.opened_mark(self.standing),
            material.deadline_mark(self.standing),
        )

    def data(self) -> dict[str, Any]:
        """Why, on which day, the window, and what else the text is made of."""
        day = None if self.written_at is None else _day(self.written_at)
        why = reasons.why(self.measure, self.known, self.part, day) if self.part in TOLD_PARTS else []
        return {
            "why": why,
            "as_of": self.known.as_of.isoformat(),
            "state": self.standing.state,
            "window": self.standing.window(),
            "document": {"title": self.document.title, "issuers": list(self.document.issuers)},
            "mode": self.measure.mode,
        }


def _day(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(SHANGHAI).date().isoformat()


def matched(match: Match, now: datetime) -> Told:
    """The enterprise may have the measure."""
    attests = reasons.open_attests(match.measure, match.known, match.part)
    return _about(MATCHED, match, now, attests=attests)


def revised(match: Match, changes: Sequence[Mapping[str, Any]], since: int, now: datetime) -> Told:
    """What the enterprise was told of has changed."""
    return _about(REVISED, match, now, which=str(since), difference=list(changes))


def opened(match: Match, now: datetime) -> Told:
    """What the enterprise was told of can be applied for from now on."""
    return _about(OPENED, match, now, which=match.mark.opened or "")


def deadline(match: Match, now: datetime) -> Told:
    """What the enterprise was told of ends soon."""
    closes, days = material.closing(match.standing)
    if closes is None or days is None:
        raise ValueError("a measure without an end has no deadline")
    return _about(DEADLINE, match, now, which=match.mark.deadline or "")


def withdrawn(enterprise: str, mark: Mark, end: End, now: datetime) -> Told:
    """What the enterprise was told of is no longer there."""
    data: dict[str, Any] = {
        "why": [],
        "reason": end.reason,
        "replaced_by": end.replaced_by,
        "withdrawn_at": end.at,
        "window": None,
    }
    marks = (replace(mark, withdrawn_at=end.at),)
    _, text = in_chinese(Kept(WITHDRAWN, end.title, mark.part, data))
    return Told(uuid7(now), enterprise, WITHDRAWN, end.title, text, marks, mark.part, end.at, data)


def summary(matches: Sequence[Match], now: datetime) -> Told:
    """Everything that an enterprise may have when it is seen for the first time, the best first."""
    ordered = sorted(matches, key=_worth)
    counts: dict[str, int] = {part: sum(match.part == part for match in matches) for part in TOLD_PARTS}
    best = [
        {
            "id": match.measure.id,
            "title": match.measure.title,
            "part": match.part,
            "state": match.standing.state,
            "window": match.standing.window(),
        }
        for match in ordered[:_SHOWN_IN_SUMMARY]
    ]
    data = {"why": [], "counts": counts, "measures": best, "window": None}
    title, text = in_chinese(Kept(SUMMARY, "", None, data))
    marks = tuple(match.mark for match in ordered)
    return Told(uuid7(now), matches[0].enterprise, SUMMARY, title, text, marks, None, "", data)


def _worth(match: Match) -> tuple[Any, ...]:
    closes, _ = material.closing(match.standing)
    now = match.standing.state in material.NOW_STATES
    return TOLD_PARTS.index(match.part), not now, closes is None, closes, match.measure.id


def _about(kind: str, match: Match, now: datetime, which: str = "", **more: Any) -> Told:
    data = {**match.data(), **more}
    title, text = in_chinese(Kept(kind, match.measure.title, match.part, data))
    return Told(uuid7(now), match.enterprise, kind, title, text, (match.mark,), match.part, which, data)
