"""What goes in and out of the endpoint of events.

Shapes only; which measures were ever published is looked up by the action and handed in.
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from policies.faults import Fault
from policies.id_forms import MEASURE_ID
from policies.reading import BAD, Custom, Instant, ListOf, Object, Pattern, Reader, Text, Word, wrong_type
from service.ids import UUID
from service.learning.kinds import KINDS
from service.openapi_shapes import TEXT, WHOLE, Shape, has, listed, maybe

MOST_EVENTS = 1_000
EVENT_ID = "[A-Za-z0-9_.:~-]{1,128}"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# A caller's clock may go a little fast; what is further ahead is a wrong clock or a wrong time zone.
AHEAD = timedelta(minutes=10)
_TO_THE_SECOND = re.compile(r"[0-9-]{10}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9:]{5})")
_AT = "2026-11-24T09:00:00+08:00"


def events_reader(now: datetime, published: Collection[str]) -> Reader:
    """A reader of the body: nothing has happened after `now`, nor with a measure never `published`."""
    return Object({"events": ListOf(_event(now, published), MOST_EVENTS, least=1)}, ("events",))


def named(body: object) -> set[str]:
    """The measures that a body names which nobody has read yet, as far as they could be any."""
    events = body.get("events") if isinstance(body, dict) else None
    some = events[:MOST_EVENTS] if isinstance(events, list) else []
    names = (event.get("measure_id") for event in some if isinstance(event, dict))
    return {name for name in names if isinstance(name, str) and re.fullmatch(MEASURE_ID, name)}


def _event(now: datetime, published: Collection[str]) -> Reader:
    members: Mapping[str, Reader] = {
        "id": Pattern(EVENT_ID),
        "request_id": Pattern(UUID),
        "measure_id": _measure(published),
        "kind": Word(KINDS),
        "at": _moment(now),
        "reason": Text(200),
    }
    return Object(members, ("id", "request_id", "measure_id", "kind", "at"))


def _measure(published: Collection[str]) -> Reader:
    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str):
            faults.append(wrong_type(at, "text", "文字"))
            return BAD
        if value not in published:
            faults.append(Fault(at, "unknown_measure", {"got": value[:80]}))
            return BAD
        return value

    return Custom(reads, {"type": "string", "pattern": f"^{MEASURE_ID}$"})


def _moment(now: datetime) -> Reader:
    """An instant between EARLIEST and a little after now; the result is in UTC."""
    instant = Instant()

    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        moment = instant.read(value, at, faults)
        if moment is BAD:
            return BAD
        try:
            known = moment.astimezone(UTC)
        except OverflowError:
            known = datetime.min.replace(tzinfo=UTC)
        if not _TO_THE_SECOND.fullmatch(str(value)) or not EARLIEST <= known <= now + AHEAD:
            faults.append(Fault(at, "bad_date", {"expected": f"{_AT}; {EARLIEST.date()} … now"}))
            return BAD
        return known

    return Custom(reads, instant.schema())


EXAMPLE = {
    "events": [
        {
            "id": "portal-7-000123",
            "request_id": "01a20fbc-f7b1-7f28-93bb-6e450d89580e",
            "measure_id": "hz-2024-rd.subsidy",
            "kind": "opened",
            "at": _AT,
        }
    ]
}
TAKEN: Shape = has(accepted=WHOLE, duplicates=WHOLE)
MARKS: Shape = has(items=listed(has(measure_id=TEXT, kind=TEXT, reason=maybe(TEXT), at=TEXT)))
