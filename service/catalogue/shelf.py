"""One version of the published catalogue in memory: measures by id, their rules as one book, their columns.

Immutable; what depends on the day is worked out once a day and kept. Reads no database and no clock.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.passages import Entry, entry_of
from policies.documents import Document, Measure
from policies.facts import Registry
from policies.headroom import Headroom
from policies.known import Known
from policies.mask import RuleBook
from policies.spans import Leaves
from policies.values import Holding
from policies.windows import STATES, Standing, standing
from ranking.features import Codes, Floats, codes_of
from service.catalogue.columns import Columns, columns_of
from service.catalogue.price_list import PriceList

Bools = NDArray[np.bool_]
MOST_DAYS = 32


@dataclass(frozen=True, slots=True)
class Placed:
    """A published measure, its document, and the catalogue version since which this revision stands."""

    document: Document
    measure: Measure
    since: int


@dataclass(frozen=True, slots=True)
class Standings:
    """Where all measures stand on one day, in the order of the shelf."""

    each: tuple[Standing, ...]
    states: Codes
    """int8 [n], indexes into STATES."""
    days_left: Floats
    """NaN unless open with an end."""
    closes: Floats
    """Ordinal of the shown window's end; infinite without one."""


@dataclass(frozen=True)
class Shelf:
    """The catalogue at `version`; every array is in the order of `ids`."""

    version: int
    placed: tuple[Placed, ...]
    registry: Registry
    _days: OrderedDict[date, Standings] = field(default_factory=OrderedDict, repr=False, compare=False)
    _entries: dict[int, Entry] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, version: int, documents: Iterable[tuple[Document, int]], registry: Registry) -> "Shelf":
        """Documents with the catalogue version since which each stands."""
        placed = [
            Placed(document, measure, since) for document, since in documents for measure in document.measures
        ]
        return cls(version, tuple(sorted(placed, key=lambda one: one.measure.id)), registry)

    def __len__(self) -> int:
        return len(self.placed)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the measures, sorted."""
        return tuple(one.measure.id for one in self.placed)

    @cached_property
    def ordinal(self) -> Mapping[str, int]:
        """Where each id stands in `ids`."""
        return {name: number for number, name in enumerate(self.ids)}

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """The published documents by id."""
        return {one.document.id: one.document for one in self.placed}

    @cached_property
    def book(self) -> RuleBook:
        """All rules, laid out for one profile at a time."""
        return RuleBook([(one.measure.id, one.measure.rule) for one in self.placed])

    @cached_property
    def headroom(self) -> Headroom:
        """How near each rule is to failing, for one profile at a time."""
        return Headroom(self.book.layout, self.registry)

    @cached_property
    def columns(self) -> Columns:
        """What a ranker reads and no enterprise and no day changes."""
        return columns_of([(one.document, one.measure) for one in self.placed], self.registry)

    @cached_property
    def prices(self) -> PriceList:
        """What the measures are worth, as written and to each enterprise."""
        return PriceList([one.measure for one in self.placed])

    def entry(self, place: int) -> Entry:
        """The measure as the index sees it; made at the first question and kept."""
        if place not in self._entries:
            one = self.placed[place]
            self._entries[place] = entry_of(one.document, one.measure, self.registry)
        return self._entries[place]

    def warmed(self, as_of: date) -> "Shelf":
        """The same, with everything worked out that the first request would wait for."""
        assert self.book is not None
        assert self.headroom is not None
        assert self.columns is not None
        assert self.prices is not None
        self.standings(as_of)
        return self

    def standings(self, as_of: date) -> Standings:
        """Where the measures stand on a day; the latest MOST_DAYS days asked for are kept."""
        if as_of not in self._days:
            self._days[as_of] = _standings(self.placed, as_of)
            while len(self._days) > MOST_DAYS:
                self._days.popitem(last=False)
        return self._days[as_of]

    def in_states(self, as_of: date, states: Collection[str]) -> Bools:
        """bool [n]: measures in one of these states on the day."""
        return _chosen("state", states)[self.standings(as_of).states]

    def of_kinds(self, kinds: Collection[str] | None) -> Bools:
        """bool [n]: measures of one of these kinds; all of them for None."""
        if kinds is None:
            return np.ones(len(self), np.bool_)
        return _chosen("kind", kinds)[self.columns.kind]

    def in_regions(self, area: Leaves | None) -> Bools:
        """bool [n]: measures whose document's region contains or lies inside the area; all for None.

        Regions lie inside each other or have nothing in common, so meeting is being related.
        """
        if area is None:
            return np.ones(len(self), np.bool_)
        related = np.array([area.meets(region) for region in self.columns.regions], np.bool_)
        return related[self.columns.region] if len(self) else related

    def held(self, known: Known) -> Bools:
        """bool [n]: measures that grant only what the enterprise is known to hold on the day."""
        holding = known.possible("qualifications", None)
        if not isinstance(holding, Holding):
            raise TypeError("qualifications are a set")
        has = [
            bool(titles) and all(holding.on(code, known.as_of) for code in titles)
            for titles in self.columns.titles
        ]
        return np.array(has, np.bool_)[self.columns.grants]


def area_of(codes: Sequence[str], registry: Registry) -> Leaves:
    """Everything inside the written region codes. Raises UnknownCode."""
    tree = registry.codes.regions
    return tree.leaves(frozenset[str]().union(*(tree.resolve(code) for code in codes)))


def _chosen(column: str, words: Collection[str]) -> Bools:
    """bool [words of the column]: which of them were chosen."""
    order = codes_of(column, sorted(words))
    chosen = np.zeros(64, np.bool_)
    chosen[order] = True
    return chosen


def _standings(placed: Sequence[Placed], as_of: date) -> Standings:
    each = tuple(standing(one.document, one.measure, as_of) for one in placed)
    days = [np.nan if one.days_left is None else one.days_left for one in each]
    ends = [one.round.closes if one.round is not None else None for one in each]
    number = {state: code for code, state in enumerate(STATES)}
    return Standings(
        each,
        np.array([number[one.state] for one in each], np.int8),
        np.array(days, np.float64),
        np.array([np.inf if end is None else end.toordinal() for end in ends], np.float64),
    )
