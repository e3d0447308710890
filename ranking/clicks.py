"""From what was shown and what became of it to rows that a ranker learns from: grades, places, times.

Reads logged features as they are and computes none; a label knows nothing from beyond the cut in time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from ranking.features import Floats, table_hash
from ranking.lessons import GradedTable, Ints

# The grade of the furthest thing that became of a shown measure, on the scale of the judgements. Who was
# refused has tried: more than to look at it, less than to want it. Whatever else is graded SHOWN.
GRADES: Mapping[str, int] = {"applied": 3, "granted": 3, "saved": 2, "opened": 1, "refused": 1}
SHOWN = 0
DISMISSED = "dismissed"
# A dismissal is grade 0 too, unless the firm applied, and counts for so many rows that were only passed over.
DISMISSED_WEIGHT = 3.0
LAST_PLACE = 49  # places from 0; what is further down counts as being there


@dataclass(frozen=True)
class Shown:
    """One logged answer: when (whole seconds), the first place from 1, features float64 [measures, f]."""

    request: str
    at: int
    first: int
    measures: tuple[str, ...]
    x: Floats
    features_hash: str


@dataclass(frozen=True)
class Deed:
    """One event: what became of a measure that was shown by a request, when, in whole seconds."""

    request: str
    measure: str
    kind: str
    at: int


class NothingLearned(ValueError):
    """The log holds nothing that an order could be learned from; the message says what it lacks."""


@dataclass(frozen=True)
class ClickTable:
    """The rows, and how many answers were left out: of another table of features, and without any deed."""

    table: GradedTable
    other_features: int
    without_deed: int


def click_table(requests: Sequence[Shown], deeds: Iterable[Deed], share: float = 0.2) -> ClickTable:
    """Rows of every answer with a graded deed, in order of time; the last `share` of answers only judge.

    The cut is the instant of the first answer that judges: what is trained on is graded by deeds before it,
    what judges by all. Raises NothingLearned unless there is something on both sides of the cut.
    """
    fitting = [one for one in requests if one.features_hash == table_hash() and one.measures]
    ordered = sorted(fitting, key=lambda one: (one.at, one.request))
    by_request: dict[str, list[Deed]] = {}
    for deed in deeds:
        by_request.setdefault(deed.request, []).append(deed)
    # The cut is laid among answers that something became of at all, as others teach nothing.
    told = [one for one in ordered if any(d.kind in GRADES for d in by_request.get(one.request, ()))]
    if len(told) < 2:
        raise NothingLearned(f"{len(told)} answers with an event are too few to learn from")
    cut = told[max(1, len(told) - max(1, int(len(told) * share)))].at
    graded = [
        (one, *_graded(one, by_request[one.request], None if one.at >= cut else cut), one.at >= cut)
        for one in told
    ]
    kept = [row for row in graded if row[1].any()]
    if len({late for *_, late in kept}) < 2:
        raise NothingLearned("everything that was told was told after the last answers were shown")
    return ClickTable(_table(kept), len(requests) - len(fitting), len(fitting) - len(kept))


def _graded(one: Shown, deeds: Iterable[Deed], before: int | None) -> tuple[Ints, Floats]:
    """Grades int64 [measures] and weights, from deeds before an instant, or from all."""
    grades, weights = np.full(len(one.measures), SHOWN, np.int64), np.ones(len(one.measures))
    place = {measure: row for row, measure in enumerate(one.measures)}
    seen = [d for d in deeds if d.measure in place and (before is None or d.at < before)]
    for deed in seen:
        row = place[deed.measure]
        grades[row] = max(grades[row], GRADES.get(deed.kind, SHOWN))
    for deed in seen:
        row = place[deed.measure]
        if deed.kind == DISMISSED and grades[row] < GRADES["applied"]:
            grades[row], weights[row] = SHOWN, DISMISSED_WEIGHT
    return grades, weights


def _table(kept: Sequence[tuple[Shown, Ints, Floats, bool]]) -> GradedTable:
    sizes = [len(one.measures) for one, *_ in kept]
    places = [np.arange(one.first - 1, one.first - 1 + len(one.measures)) for one, *_ in kept]
    last = max(one.at for one, *_ in kept)
    return GradedTable(
        x=np.concatenate([one.x for one, *_ in kept]),
        grades=np.concatenate([grades for _, grades, *_ in kept]),
        firms=tuple(one.request for one, *_ in kept for _ in one.measures),
        measures=tuple(measure for one, *_ in kept for measure in one.measures),
        unseen=np.repeat([late for *_, late in kept], sizes),
        as_of=datetime.fromtimestamp(last, UTC).date(),
        positions=np.minimum(np.concatenate(places), LAST_PLACE).astype(np.int64),
        weights=np.concatenate([weights for _, _, weights, _ in kept]),
        at=np.repeat(np.array([one.at for one, *_ in kept], np.int64), sizes),
    )
