"""A world whose truth is known: firms, bundled measures, a fixed use of each to each, and who looks where.

The truth reads more than the features a ranker sees, and none of it was fitted to any ranker.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encoding import Encoder
from policies.eligibility import PARTS
from policies.facts import Registry
from policies.known import Known
from ranking.features import COLUMN, SCALES, Floats, table
from ranking.formula import contributions
from ranking.report import as_served
from service.ask.features import candidates
from service.ask.request import DEFAULT_STATES
from service.learning.graded import JUDGED_ON, bundled_shelf, indexed, judged_profiles
from service.learning.rates import size_of

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NEEDS = 4  # of a firm: its own words, and those of three others
UNSEEN, NEW = 3, 8  # every third firm, and every eighth measure, is kept from the log
PAGE = 10
# How likely a place is looked at: 1 / place, as eye tracking finds it about (Joachims et al., WSDM 2017).
LOOKED: Floats = 1 / np.arange(1, PAGE + 1)
# Of what was looked at, by true grade: opened; and of what was opened: saved, applied for.
OPENS = np.array([0.05, 0.2, 0.5, 0.8])
SAVES, APPLIES = np.array([0.1, 0.2, 0.3, 0.3]), np.array([0.02, 0.1, 0.3, 0.6])
ABSENT = 0.15  # of the measures: not to be had on the day of a session, so that places vary


@dataclass(frozen=True)
class World:
    """One row for each candidate of each need; rows of one need lie together."""

    x: Floats
    need: Ints
    firm: Ints
    grades: Ints
    """0 … 3: what it is really worth to the firm."""
    value: Floats
    """The same before it was cut into grades."""
    unseen: Bools
    """Rows of firms that only judge."""
    new: Bools
    """Rows of measures that were never shown before."""
    smallest: Bools
    """Rows of micro enterprises."""

    def needs(self, chosen: Bools) -> list[Ints]:
        """The rows of each need among the chosen."""
        rows = np.flatnonzero(chosen)
        edges = np.flatnonzero(np.diff(self.need[rows])) + 1
        return list(np.split(rows, edges))


def world(registry: Registry, encoder: Encoder, seed: int, most: int | None = None) -> World:
    """The candidates of every firm under its needs; the seed draws needs and what no feature tells."""
    rng = np.random.default_rng(seed)
    shelf, firms = bundled_shelf(registry), list(judged_profiles(registry, JUDGED_ON).values())[:most]
    texts = [(firm.text or "").strip() for firm in firms]
    vectors = encoder.queries(texts)
    index = indexed(shelf, encoder, lambda _done, _total: None)
    quality = rng.normal(size=len(shelf.ids))
    pieces: list[tuple[Floats, Ints, Ints, Floats, Ints]] = []
    smallest: list[bool] = []
    for number, firm in enumerate(firms):
        known = Known(firm, registry, JUDGED_ON)
        marks, worth = shelf.book.mark(known), shelf.prices.seen_by(known)
        listed = shelf.in_states(JUDGED_ON, DEFAULT_STATES) & (marks.parts != PARTS.index("excluded"))
        places = np.flatnonzero(listed)
        smallest.append(size_of(known) == "micro")
        others = rng.permutation([other for other in range(len(firms)) if other != number])[: NEEDS - 1]
        for chosen in (number, *others.tolist()):
            found = index.score(texts[chosen], vectors[chosen], [shelf.ids[place] for place in places])
            x = table(candidates(shelf, known, marks, worth, places, found))
            value = _value(x, quality[places], smallest[-1]) + rng.normal(scale=0.3, size=len(places))
            rows = np.full(len(places), len(pieces)), np.full(len(places), number)
            pieces.append((x, *rows, value, places))
    x, need, of_firm, value, places = (np.concatenate(part) for part in zip(*pieces, strict=True))
    grades = np.searchsorted(np.quantile(value, [0.65, 0.85, 0.95]), value).astype(np.int64)
    unseen, new = of_firm % UNSEEN == 0, places % NEW == 0
    return World(x, need, of_firm, grades, value, unseen, new, np.array(smallest)[of_firm])


def _value(x: Floats, quality: Floats, small: bool) -> Floats:
    """What a measure is worth to a firm: needs multiply, money saturates, deadlines have a best distance."""

    def of(name: str, unknown: float = 0.0) -> Floats:
        return np.nan_to_num(x[:, COLUMN[name]], nan=unknown)

    fits = of("text", 0.3)
    money = np.log10(1 + np.maximum(of("worth", 10_000.0), 0)) / 8
    work = np.log1p(of("materials", 3.0) + of("steps", 3.0))
    soon = np.where(np.isnan(x[:, COLUMN["days_left"]]), 0, np.exp(-(((of("days_left") - 20) / 20) ** 2)))
    kind = of("kind")
    borrowed = np.isin(kind, [SCALES["kind"][word] for word in ("guarantee", "loan_interest")])
    value = 2.2 * fits + 1.4 * money + 1.5 * fits * money + 0.3 * of("part") - 0.25 * work
    value += 0.8 * soon + 0.25 * of("mode") - 1.5 * of("held") + 0.5 * quality
    return np.asarray(value + (0.6 * borrowed if small else 0.0), np.float64)


@dataclass(frozen=True)
class Log:
    """Sessions as they are logged: rows of the world as shown, grades by what was done, places from 0."""

    rows: Ints
    grades: Ints
    session: Ints
    places: Ints

    def first(self, sessions: int) -> "Log":
        """The first so many sessions."""
        kept = self.session < sessions
        return Log(self.rows[kept], self.grades[kept], self.session[kept], self.places[kept])

    def told(self) -> "Log":
        """Sessions in which something was done; the others teach no order."""
        some = np.bincount(self.session, weights=self.grades) > 0
        kept = some[self.session]
        return Log(self.rows[kept], self.grades[kept], self.session[kept], self.places[kept])


def by_formula(seen: World) -> Floats:
    """The order of an answer before anything is learned, float64 [rows]: part first, then the formula."""
    return as_served(seen.x, 1 / (1 + np.exp(-contributions(seen.x).sum(axis=1))))


def newest_first(seen: World) -> Floats:
    """The order in which portals list documents, float64 [rows]; it knows nothing of the firm."""
    return -np.nan_to_num(seen.x[:, COLUMN["age_days"]], nan=1e6)


def sessions(seen: World, order: Floats, count: int, seed: int) -> Log:
    """What firms did that were shown a page in this order, never a new measure."""
    rng = np.random.default_rng(seed)
    shown = seen.needs(~seen.unseen & ~seen.new)
    of_need = rng.integers(len(shown), size=count)
    pieces = []
    for number, rows in enumerate(shown):
        mine = np.flatnonzero(of_need == number)
        best = rows[np.argsort(-order[rows], kind="stable")]
        there = rng.random((len(mine), len(best))) > ABSENT
        place = there.cumsum(axis=1) - 1
        session, column = np.nonzero(there & (place < PAGE))
        pieces.append((mine[session], best[column], place[session, column]))
    session, rows, places = (np.concatenate(part) for part in zip(*pieces, strict=True))
    by_session = np.lexsort((places, session))
    session, rows, places = session[by_session], rows[by_session], places[by_session]
    return Log(rows, _done(seen.grades[rows], places, rng), session, places)


def _done(grades: Ints, places: Ints, rng: np.random.Generator) -> Ints:
    """int64 [shown]: 3 applied, 2 saved, 1 opened, 0 nothing, as ranking.clicks grades it."""
    opened = (rng.random(len(grades)) < LOOKED[places]) & (rng.random(len(grades)) < OPENS[grades])
    saved = opened & (rng.random(len(grades)) < SAVES[grades])
    applied = opened & (rng.random(len(grades)) < APPLIES[grades])
    return np.where(applied, 3, np.where(saved, 2, opened.astype(np.int64)))
