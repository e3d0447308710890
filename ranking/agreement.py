"""How well two gradings of the same pairs agree: quadratic weighted kappa, the same grade, at most one apart.

Says nothing of who is right, and changes no grade.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.metrics import Estimate, Grades
from ranking.pairs import BEST

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two gradings beside each other; intervals by resampling firms, since a firm's pairs hang together."""

    kappa: Estimate
    same: Estimate
    within_one: Estimate
    counts: NDArray[np.int64]
    """int64 [4, 4]: pairs by first grade (rows) and second (columns)."""


def agreement(first: Grades, second: Grades, firms: Sequence[str], seed: int) -> Agreement:
    """The agreement of two gradings, int64 [n] each, of pairs of these firms."""
    names, place = np.unique(np.asarray(firms), return_inverse=True)
    tables = np.zeros((len(names), BEST + 1, BEST + 1), dtype=np.int64)
    np.add.at(tables, (place, first, second), 1)
    chosen = np.random.default_rng(seed).integers(0, len(names), size=(RESAMPLES, len(names)))
    drawn = [tables[rows].sum(axis=0) for rows in chosen]
    whole = tables.sum(axis=0)

    def estimated(figure: Callable[[NDArray[np.int64]], float]) -> Estimate:
        low, high = np.nanpercentile([figure(table) for table in drawn], [2.5, 97.5])
        return Estimate(figure(whole), float(low), float(high), len(names))

    return Agreement(estimated(weighted_kappa), estimated(_same), estimated(_within_one), whole)


def weighted_kappa(counts: NDArray[np.int64]) -> float:
    """1 - seen / chance of squared distances (Cohen, Psychological Bulletin 70, 1968); NaN without chance.

    1 is the same throughout, 0 what independent graders with these habits would reach.
    """
    total = counts.sum()
    grades = np.arange(len(counts))
    distance = (grades[:, None] - grades[None, :]) ** 2
    by_chance = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    chance = float((distance * by_chance).sum())
    return float("nan") if chance == 0 else 1.0 - float((distance * counts).sum()) / chance


def _same(counts: NDArray[np.int64]) -> float:
    return float(np.trace(counts) / counts.sum())


def _within_one(counts: NDArray[np.int64]) -> float:
    near = sum(np.trace(counts, offset) for offset in (-1, 0, 1))
    return float(near / counts.sum())
