"""How often what was shown was opened, applied for and dismissed, smoothed, for each measure of a shelf.

Read in an ask as arrays; counted anew in the background. A rate says what firms did, never who.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import structlog
from numpy.typing import NDArray

from policies.known import Known
from ranking.features import Codes, Floats
from service.catalogue.shelf import Shelf
from service.database.engine import Database
from service.errors import Problem
from service.learning import store
from service.learning.kinds import APPLIED, DISMISSED, GRANTED, OPENED, REFUSED, SAVED

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
FRESH_S = 60.0
MOST_REQUESTS = 20_000
SIZES = ("micro", "small", "medium", "large")
_UNKNOWN = len(SIZES)
# What shows that a measure was opened, applied for, dismissed: who applies has opened it, whoever told so.
MEANS: tuple[frozenset[str], ...] = (
    frozenset({OPENED, SAVED, APPLIED, GRANTED, REFUSED}),
    frozenset({APPLIED, GRANTED, REFUSED}),
    frozenset({DISMISSED}),
)
WEIGHT = 20.0
LAST_PLACE = 50
_log = structlog.get_logger("huiqi.learning")


@dataclass(frozen=True)
class Rates:
    """Shares for firms of one size, float64 [shelf] each."""

    opened: Floats
    applied: Floats
    dismissed: Floats


@dataclass(frozen=True)
class Request:
    """One logged answer: the firm's size, the first place, and the measures in order."""

    id: str
    size: str | None
    first: int
    measures: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """Counts by measure, float64 [sizes + 1, 4]: shown, opened, applied, dismissed; and of everything, [4].

    `shown` counts a place as much as it is looked at: what stands first would be opened more often in any
    case. The share opened at a place over the share opened at all is that measure of looking (clicks over
    expected clicks: Zhang and Jones, WWW 2007).
    """

    by_measure: Mapping[str, Floats] = field(default_factory=dict)
    total: Floats = field(default_factory=lambda: np.zeros(4))

    @classmethod
    def of(cls, requests: Sequence[Request], events: Iterable[tuple[str, str, str]]) -> "Tally":
        """From answers and (request, measure, kind) of what came of them."""
        names = list(chain.from_iterable(one.measures for one in requests))
        code = {name: number for number, name in enumerate(dict.fromkeys(names))}
        rows = np.fromiter((code[name] for name in names), np.int64, len(names))
        counts = np.array([len(one.measures) for one in requests], np.int64)
        starts = counts.cumsum() - counts
        first = np.repeat(np.array([one.first for one in requests], np.int64) - starts, counts)
        places = np.minimum(np.arange(len(names)) + first, LAST_PLACE)
        done = _done(requests, starts, events)
        sizes = [SIZES.index(one.size) if one.size in SIZES else _UNKNOWN for one in requests]
        cells = rows * (_UNKNOWN + 1) + np.repeat(np.array(sizes, np.int64), counts)
        columns = (_looked_at(places, done[:, 0])[places], *done.T)
        size = len(code) * (_UNKNOWN + 1)
        found: Floats = np.stack([np.bincount(cells, column, size) for column in columns], axis=-1).astype(
            float
        )
        by_measure = dict(zip(code, found.reshape(len(code), _UNKNOWN + 1, 4), strict=True))
        return cls(by_measure, found.sum(axis=0))

    def rates(self, ids: Sequence[str], kinds: Codes, size: str | None) -> Rates | None:
        """Of these measures, of these kinds, for a firm of this size; None when nothing was ever shown.

        Each share is (done + w p) / (shown + w), the mean of a beta distribution after the counts, where p
        is the share one step wider (Gelman et al., Bayesian Data Analysis, 2.4): a measure over all firms,
        then its kind among firms of that size, then everything. So a new measure starts as its like do.
        """
        if not self.total[0]:
            return None
        nothing = np.zeros((_UNKNOWN + 1, 4))
        counts = np.array([self.by_measure.get(name, nothing) for name in ids]).reshape(-1, _UNKNOWN + 1, 4)
        here = counts[:, SIZES.index(size)] if size in SIZES else counts.sum(axis=1)
        like = np.zeros((int(kinds.max(initial=0)) + 1, 4))
        np.add.at(like, kinds, here)
        segment = _share(like, self.total[1:] / self.total[0])
        return Rates(*_share(counts.sum(axis=1), segment[kinds]).T)


def _share(counts: Floats, prior: Floats) -> Floats:
    """float64 [n, 3] from counts [n, 4] and what is to be expected without them, [n, 3] or [3]."""
    smoothed: Floats = (counts[:, 1:] + WEIGHT * prior) / (counts[:, :1] + WEIGHT)
    return np.minimum(smoothed, 1.0)  # what is opened where hardly anybody looks may count above one


def _done(requests: Sequence[Request], starts: Ints, events: Iterable[tuple[str, str, str]]) -> Bools:
    """bool [shown, 3]: what was opened, applied for, dismissed; an event of what was not shown is none."""
    done = np.zeros((sum(len(one.measures) for one in requests), len(MEANS)), np.bool_)
    where = {one.id: number for number, one in enumerate(requests)}
    for request, measure, kind in events:
        number = where.get(request)
        if number is not None and measure in requests[number].measures:
            row = starts[number] + requests[number].measures.index(measure)
            done[row] |= [kind in meant for meant in MEANS]
    return done


def _looked_at(places: Ints, done: Bools) -> Floats:
    """float64 [places]: how much a place is looked at; 1 on average over what was shown."""
    shown = np.bincount(places, minlength=LAST_PLACE + 1)
    opened = np.bincount(places, done, LAST_PLACE + 1)
    if not opened.sum():
        return np.ones(LAST_PLACE + 1)
    overall = opened.sum() / shown.sum()
    looked = (opened + WEIGHT * overall) / (shown + WEIGHT) / overall
    return np.asarray(looked * shown.sum() / (looked * shown).sum())


def size_of(known: Known) -> str | None:
    """The size class of a firm; None while several are possible."""
    if "size" not in known.registry.facts:
        return None
    possible = known.possible("size", None)
    return str(*possible) if isinstance(possible, frozenset) and len(possible) == 1 else None


class RatesKeeper:
    """The tally of the newest requests, at most FRESH_S old plus the time that counting takes."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._tally: Tally | None = None
        self._last: tuple[str | None, str | None] = (None, None)
        self._counted = 0.0
        self._counting: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._arrays: tuple[Tally, int, dict[str | None, Rates | None]] | None = None

    async def of(self, shelf: Shelf, size: str | None) -> Rates | None:
        """The rates for a firm of this size; None while nothing was logged. Waits only the first time."""
        if self._tally is None:
            async with self._turn:
                if self._tally is None:
                    await self.refresh()
        elif time.monotonic() - self._counted > FRESH_S and (self._counting is None or self._counting.done()):
            self._counting = asyncio.get_running_loop().create_task(self.refresh())
        tally = self._tally or Tally()
        if self._arrays is None or self._arrays[0] is not tally or self._arrays[1] != shelf.version:
            self._arrays = (tally, shelf.version, {})
        kept = self._arrays[2]
        if size not in kept:
            kept[size] = tally.rates(shelf.ids, shelf.columns.kind, size)
        return kept[size]

    async def refresh(self) -> None:
        """Counts anew if something came; what was counted stays while the database does not answer."""
        self._counted = time.monotonic()
        try:
            async with self._db.read() as c:
                last = await store.last(c)
                if self._tally is not None and last == self._last:
                    return
                requests, events = await store.newest(c, MOST_REQUESTS)
        except Problem as problem:
            _log.warning("rates not counted", code=problem.code)
            return
        self._tally, self._last = await asyncio.to_thread(_tallied, requests, events), last

    async def close(self) -> None:
        """Stops counting."""
        if self._counting is not None:
            self._counting.cancel()
            await asyncio.gather(self._counting, return_exceptions=True)


def _tallied(
    requests: Sequence[tuple[str, str | None, int, str]], events: Sequence[tuple[str, str, str]]
) -> Tally:
    read = [Request(name, size, first, store.names_in(text)) for name, size, first, text in requests]
    return Tally.of(read, events)
