"""When a measure can be applied for: fixed and yearly windows, and where it stands on a day.

Knows dates only; the clock is the caller's. Never decides for whom a measure is.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, Protocol

from policies.faults import Fault, pointer
from policies.reading import BAD, Custom, Day, Object, Reader, Word, wrong_type

State = Literal["open", "upcoming", "closed", "rolling", "unstated", "exhausted"]
STATES: tuple[State, ...] = ("open", "upcoming", "closed", "rolling", "unstated", "exhausted")


@dataclass(frozen=True)
class Window:
    """One round, first and last day included; None is unbounded."""

    opens: date | None
    closes: date | None

    def plain(self) -> dict[str, str | None]:
        """The window as JSON values."""
        return {
            "opens": self.opens.isoformat() if self.opens else None,
            "closes": self.closes.isoformat() if self.closes else None,
        }


@dataclass(frozen=True)
class Recurring:
    """A round every year between two days `MM-DD`; over new year when `opens` is after `closes`."""

    opens: str
    closes: str

    def plain(self) -> dict[str, str | None]:
        """The window as JSON values."""
        return {"recurs": "yearly", "opens": self.opens, "closes": self.closes}

    def round(self, year: int) -> Window:
        """The round that opens in this year."""
        later = year + 1 if self.opens > self.closes else year
        return Window(_day(year, self.opens), _day(later, self.closes))


@dataclass(frozen=True)
class Budget:
    """What is left of the money (`available` `low` `exhausted`) and of which day that is known.

    Without a day it was so from the beginning.
    """

    state: str | None
    as_of: date | None


@dataclass(frozen=True)
class Standing:
    """Where a measure stands on one day; `days_left` is closes − as_of, None unless open."""

    state: State
    round: Window | None = None
    days_left: int | None = None

    def window(self) -> dict[str, Any] | None:
        """The member `window` of an answer."""
        return None if self.round is None else {**self.round.plain(), "days_left": self.days_left}


class Dated(Protocol):
    """What a document says of its own validity."""

    @property
    def in_force(self) -> str: ...
    @property
    def effective_from(self) -> date | None: ...
    @property
    def effective_to(self) -> date | None: ...


class Offered(Protocol):
    """What a measure says of its rounds."""

    @property
    def windows(self) -> tuple[Window | Recurring, ...] | None: ...
    @property
    def budget(self) -> Budget | None: ...


def standing(document: Dated, measure: Offered, as_of: date) -> Standing:
    """Where the measure stands on `as_of` (a day in Asia/Shanghai): CONTRACT, Where a match stands."""
    found = _by_windows(document, measure, as_of)
    if document.in_force == "repealed":
        return replace(found, state="closed", days_left=None)
    if _exhausted(measure.budget, found, document, as_of):
        return replace(found, state="exhausted", days_left=None)
    return found


def _by_windows(document: Dated, measure: Offered, as_of: date) -> Standing:
    start, end = document.effective_from, document.effective_to
    if measure.windows:
        return _by_rounds(list(_rounds(measure.windows, start, end, as_of)), as_of)
    if start is not None and as_of < start:
        return Standing("upcoming")
    if end is not None and as_of > end:
        return Standing("closed")
    return Standing("unstated" if measure.windows is None else "rolling")


def _by_rounds(rounds: list[Window], as_of: date) -> Standing:
    now = [r for r in rounds if (r.opens or date.min) <= as_of <= (r.closes or date.max)]
    if now:
        best = max(now, key=lambda r: (r.closes or date.max, _reversed(r.opens)))
        return Standing("open", best, (best.closes - as_of).days if best.closes else None)
    ahead = [r for r in rounds if r.opens is not None and r.opens > as_of]
    if ahead:
        return Standing("upcoming", min(ahead, key=lambda r: (r.opens or date.min, r.closes or date.max)))
    return Standing("closed", max(rounds, key=lambda r: r.closes or date.max) if rounds else None)


def _reversed(day: date | None) -> int:
    return -(day or date.min).toordinal()


def _rounds(
    windows: Iterable[Window | Recurring], start: date | None, end: date | None, as_of: date
) -> Iterator[Window]:
    """Every fixed round and the yearly ones around `as_of`, each cut to the document's validity."""
    for window in windows:
        if isinstance(window, Window):
            found = [window]
        else:
            found = [window.round(year) for year in _years(start, end, as_of)]
        for one in found:
            opens = max(one.opens or date.min, start or date.min)
            closes = min(one.closes or date.max, end or date.max)
            if opens <= closes:
                yield Window(
                    None if opens == date.min else opens,
                    None if closes == date.max else closes,
                )


def _years(start: date | None, end: date | None, as_of: date) -> list[int]:
    anchors = {as_of.year}
    if start is not None and start > as_of:
        anchors.add(start.year)
    if end is not None and end < as_of:
        anchors.add(end.year)
    return sorted({year + step for year in anchors for step in (-1, 0, 1) if 1 < year + step < 9_999})


def _exhausted(budget: Budget | None, found: Standing, document: Dated, as_of: date) -> bool:
    if budget is None or budget.state != "exhausted" or found.state == "closed":
        return False
    since = budget.as_of or date.min
    if since > as_of:
        return False
    if found.state != "upcoming":
        return True
    opens = found.round.opens if found.round else document.effective_from
    return opens is None or opens <= since


def _day(year: int, month_day: str) -> date:
    month, day = int(month_day[:2]), int(month_day[3:])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return date(year, month, 28 if (month, day) == (2, 29) and not leap else day)


def window_reader() -> Reader:
    """A reader of one window, fixed or yearly; its result is a Window or a Recurring."""
    fixed = Object({"opens": Day(), "closes": Day()}, finally_=_check_fixed)
    yearly = Object(
        {"recurs": Word(("yearly",)), "opens": _MonthDay(), "closes": _MonthDay()},
        required=("recurs", "opens", "closes"),
    )

    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        recurs = isinstance(value, dict) and value.get("recurs") is not None
        found = (yearly if recurs else fixed).read(value, at, faults)
        if found is BAD:
            return BAD
        kind = Recurring if recurs else Window
        return kind(found["opens"], found["closes"])

    return Custom(reads, {"anyOf": [fixed.schema(), yearly.schema()]})


def _check_fixed(window: dict[str, Any], at: str, faults: list[Fault]) -> None:
    if window["opens"] and window["closes"] and window["closes"] < window["opens"]:
        faults.append(Fault(pointer(at, "closes"), "bad_range"))


@dataclass(frozen=True)
class _MonthDay:
    """A day of any year, `MM-DD`."""

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str):
            faults.append(wrong_type(at, "a day MM-DD", "日期 MM-DD"))
            return BAD
        try:
            if not re.fullmatch(r"[0-9]{2}-[0-9]{2}", value):
                raise ValueError(value)
            date(2024, int(value[:2]), int(value[3:]))
        except ValueError:
            faults.append(Fault(at, "bad_date", {"expected": "MM-DD"}))
            return BAD
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$"}
