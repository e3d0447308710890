"""How good an order is: nDCG, MRR and recall over graded labels, and how sure we can be of it.

Ties are averaged over all their orders, so no figure depends on ids; what has no answer is NaN, never 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import comb

import numpy as np
from numpy.typing import NDArray

from ranking.features import Floats

# A grade from here on counts as useful where a figure knows only yes and no.
USEFUL = 2
Grades = NDArray[np.int64]
Metric = Callable[[Grades, Floats], float]


def ndcg(grades: Grades, scores: Floats, k: int) -> float:
    """nDCG@k with gain 2^grade - 1 and discount log2(rank + 1); NaN when every grade is 0.

    Equal scores share the mean gain of their places (McSherry and Najork, ECIR 2008).
    """
    gains = np.exp2(grades) - 1.0
    best = float(np.sort(gains)[::-1][:k] @ _discounts(len(gains), k)[:k])
    if best == 0:
        return float("nan")
    found = float(_in_order(gains, scores) @ _discounts(len(gains), k))
    return min(found / best, 1.0)


def recall(grades: Grades, scores: Floats, k: int) -> float:
    """Expected share of the useful that stand among the first k; NaN when none is useful."""
    useful = (grades >= USEFUL).astype(np.float64)
    if useful.sum() == 0:
        return float("nan")
    return float(_in_order(useful, scores)[:k].sum() / useful.sum())


def reciprocal_rank(grades: Grades, scores: Floats, k: int | None = None) -> float:
    """Expected 1 / rank of the first useful one, over all orders of ties; NaN when none is useful.

    With k, a rank behind k counts as nothing.
    """
    useful = grades >= USEFUL
    if not useful.any():
        return float("nan")
    top = scores[useful].max()
    before, tied = int((scores > top).sum()), int((scores == top).sum())
    hits = int((useful & (scores == top)).sum())
    last = tied - hits + 1 if k is None else min(tied - hits + 1, k - before)
    chances = [comb(tied - place, hits - 1) / comb(tied, hits) for place in range(1, last + 1)]
    return float(sum(chance / (before + place) for place, chance in enumerate(chances, start=1)))


def _discounts(n: int, k: int) -> Floats:
    places = np.arange(n)
    discounts: Floats = np.where(places < k, 1 / np.log2(places + 2.0), 0.0)
    return discounts


def _in_order(values: Floats, scores: Floats) -> Floats:
    """float64 [n]: the values from best score to worst, equal scores replaced by their mean."""
    _, tie = np.unique(-scores, return_inverse=True)
    means = np.bincount(tie, weights=values) / np.bincount(tie)
    return means[np.sort(tie)]


def by_group(metric: Metric, grades: Grades, scores: Floats, groups: NDArray[np.int64]) -> Floats:
    """float64 [number of groups]: the metric of each group, in the order of the groups' numbers."""
    return np.array([metric(grades[groups == g], scores[groups == g]) for g in np.unique(groups)])


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with the 95 % interval of resampled groups; NaN when no group has a value."""

    value: float
    low: float
    high: float
    groups: int

    def rounded(self) -> list[float | None]:
        """[value, low, high] at four decimals, None for NaN."""
        return [None if np.isnan(v) else round(v, 4) for v in (self.value, self.low, self.high)]


def estimate(values: Floats, seed: int, resamples: int = 10_000) -> Estimate:
    """Mean and percentile bootstrap over groups (float64 [groups]; NaN is left out and not counted)."""
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    chosen = np.random.default_rng(seed).integers(0, len(known), size=(resamples, len(known)))
    low, high = np.percentile(known[chosen].mean(axis=1), [2.5, 97.5])
    return Estimate(float(known.mean()), float(low), float(high), len(known))


def paired(ours: Floats, theirs: Floats, seed: int, resamples: int = 10_000) -> Estimate:
    """The mean difference, ours - theirs, over the same groups, with its interval."""
    return estimate(ours - theirs, seed, resamples)


def metrics_at(cuts: Sequence[int] = (5, 10)) -> dict[str, Metric]:
    """Every figure of a report by its name."""
    figures: dict[str, Metric] = {}
    for k in cuts:
        figures[f"ndcg@{k}"] = partial(ndcg, k=k)
    figures["mrr"] = reciprocal_rank
    for k in cuts:
        figures[f"recall@{k}"] = partial(recall, k=k)
    return figures
