"""What each measure of a catalogue is worth: as written, and to one profile where formulas say so.

Distinct formulas are worked out once a profile, and only when a measure that has them is looked at.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from policies.benefits import Benefit, Range, doubled_middle, for_profile, largest, range_of
from policies.documents import Measure
from policies.graded import Amount
from policies.known import Known
from ranking.features import Codes, Floats, codes_of
from service.catalogue.pinned import Places


@dataclass(frozen=True)
class Amounts:
    """The benefits that stand for n measures: their natures, -1 without one, and largest amounts or NaN."""

    nature: Codes
    largest: Floats


class PriceList:
    """Benefits by place; those with formulas apart, equal formulas being one and the same object."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self.written = tuple(measure.benefit for measure in measures)
        self.amounts = _amounts(self.written)
        self.doubled = tuple(doubled_middle(benefit) for benefit in self.written)
        once: dict[Amount, Amount] = {}
        self.varying: Mapping[int, tuple[Benefit, ...]] = {
            place: tuple(_with_shared(benefit, once) for benefit in measure.benefits)
            for place, measure in enumerate(measures)
            if any(benefit.formula is not None for benefit in measure.benefits)
        }

    @cached_property
    def varies(self) -> NDArray[np.bool_]:
        """bool [n]: measures of which a benefit has a formula."""
        found = np.zeros(len(self.written), np.bool_)
        found[list(self.varying)] = True
        return found

    def seen_by(self, known: Known) -> "Seen":
        """The list as one profile sees it."""
        return Seen(self, known)


class Seen:
    """A price list for one profile on one day."""

    def __init__(self, prices: PriceList, known: Known) -> None:
        self._prices, self._known = prices, known
        self._worth: dict[int, Range] = {}
        self._benefits: dict[int, Benefit | None] = {}

    def benefit(self, place: int) -> Benefit | None:
        """The benefit that stands for the measure at `place`, amounts as they are for the profile."""
        benefits = self._prices.varying.get(place)
        if benefits is None:
            return self._prices.written[place]
        if place not in self._benefits:
            self._benefits[place] = for_profile(benefits, self._known, self._value)
        return self._benefits[place]

    def amounts(self, places: Places) -> Amounts:
        """Natures and largest amounts at `places`, int64 [n]."""
        written = self._prices.amounts
        nature, most = written.nature[places], written.largest[places]
        rows = np.flatnonzero(self._prices.varies[places])
        own = _amounts([self.benefit(place) for place in places[rows].tolist()])
        nature[rows], most[rows] = own.nature, own.largest
        return Amounts(nature, most)

    def ranks(self, places: Places) -> Places:
        """int64 [n]: 0 for the largest middle of the range shown, equal ones alike, no amount last."""
        middles = [self._doubled(place) for place in places.tolist()]
        order = sorted({middle for middle in middles if middle is not None}, reverse=True)
        rank: dict[Fraction | None, int] = {middle: number for number, middle in enumerate(order)}
        rank[None] = len(order)
        return np.array([rank[middle] for middle in middles], np.int64)

    def _doubled(self, place: int) -> Fraction | None:
        varies = place in self._prices.varying
        return doubled_middle(self.benefit(place)) if varies else self._prices.doubled[place]

    def _value(self, formula: Amount) -> Range:
        if id(formula) not in self._worth:
            self._worth[id(formula)] = range_of(formula, self._known)
        return self._worth[id(formula)]


def _with_shared(benefit: Benefit, once: dict[Amount, Amount]) -> Benefit:
    formula = benefit.formula
    return benefit if formula is None else replace(benefit, formula=once.setdefault(formula, formula))


def _amounts(benefits: Iterable[Benefit | None]) -> Amounts:
    each = list(benefits)
    most = [largest(benefit) for benefit in each]
    return Amounts(
        codes_of("nature", [None if benefit is None else benefit.nature for benefit in each]),
        np.array([np.nan if amount is None else amount for amount in most], np.float64),
    )
