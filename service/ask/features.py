"""What a ranker reads of one enterprise's candidates: the same lines for answers and for training.

Puts columns side by side; every value is computed in the shelf, the mask, the index or here, once.
"""

from typing import Protocol

import numpy as np

from index.hybrid import Found
from policies.known import Known
from policies.mask import Marks
from policies.values import Interval
from ranking.features import Candidates, Codes, Floats
from service.catalogue.pinned import Places
from service.catalogue.price_list import Seen
from service.catalogue.shelf import Shelf

REVENUE_YEAR = -1


class Rates(Protocol):
    """What firms of one size did when measures were shown to them: shares, float64 [shelf], NaN if never."""

    @property
    def opened(self) -> Floats: ...
    @property
    def applied(self) -> Floats: ...
    @property
    def dismissed(self) -> Floats: ...


def candidates(
    shelf: Shelf,
    known: Known,
    marks: Marks,
    worth: Seen,
    places: Places,
    found: Found | None,
    rates: Rates | None = None,
) -> Candidates:
    """The candidates at `places`, int64 [n]; `found` is aligned with them, None without a need in words.

    `rates` is of the whole shelf, None while no behaviour was logged.
    """
    fixed, now, counts = shelf.columns, shelf.standings(known.as_of), marks.counts
    amounts = worth.amounts(places)
    nothing = np.full(len(places), np.nan)
    return Candidates(
        part=_codes(marks.parts[places]),
        state=_codes(now.states[places]),
        mode=fixed.mode[places],
        kind=fixed.kind[places],
        level=fixed.level[places],
        provenance=fixed.provenance[places],
        in_force=fixed.in_force[places],
        recurrence=fixed.recurrence[places],
        benefit_nature=amounts.nature,
        met=counts.met[places].astype(np.float64),
        unknown=counts.unknown[places].astype(np.float64),
        attests=counts.attests[places].astype(np.float64),
        leaves=counts.leaves[places].astype(np.float64),
        headroom=shelf.headroom.of(marks)[places],
        words=nothing if found is None else found.words.astype(np.float64),
        meaning=nothing if found is None else found.meaning.astype(np.float64),
        title=nothing if found is None else found.title.astype(np.float64),
        text=nothing if found is None else found.scores.astype(np.float64),
        benefit_max=amounts.largest,
        days_left=now.days_left[places],
        age_days=known.as_of.toordinal() - fixed.published[places],
        region_depth=fixed.region_depth[places],
        industry_share=fixed.industry_share[places],
        size_share=fixed.size_share[places],
        materials=fixed.materials[places],
        steps=fixed.steps[places],
        held=shelf.held(known)[places],
        opened_rate=nothing if rates is None else rates.opened[places],
        applied_rate=nothing if rates is None else rates.applied[places],
        dismissed_rate=nothing if rates is None else rates.dismissed[places],
        firm_revenue=_revenue(known),
    )


def _codes(values: Codes) -> Codes:
    return values.astype(np.int8)


def _revenue(known: Known) -> float:
    """Last year's revenue in yuan, the middle of a band; NaN when an end is not known."""
    revenue = known.possible("revenue", REVENUE_YEAR)
    if not isinstance(revenue, Interval) or revenue.lo is None or revenue.hi is None:
        return float("nan")
    return float(revenue.lo + revenue.hi) / 2
