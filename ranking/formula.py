"""The documented formula: a weighted sum of features, each weight with its reason, squeezed into 0 … 1.

It was written before any pair was graded and learns nothing; what is unknown neither adds nor takes.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from ranking.features import COLUMN, NAMES, Floats


def _as_is(x: Floats) -> Floats:
    return x


def _money(x: Floats) -> Floats:
    steps: Floats = np.log10(1 + np.maximum(x, 0)) / 8
    return np.minimum(steps, 1)


def _tenth(x: Floats) -> Floats:
    return np.clip(x / 0.1, 0, 1)


def _few(x: Floats) -> Floats:
    return np.minimum(x, 6) / 6


def _ten(x: Floats) -> Floats:
    return np.minimum(x, 10) / 10


def _of_two(x: Floats) -> Floats:
    return x / 2


def _of_three(x: Floats) -> Floats:
    return x / 3


def _of_four(x: Floats) -> Floats:
    return x / 4


def _soon(x: Floats) -> Floats:
    return 1 / (1 + np.maximum(x, 0) / 30)


def _narrow(x: Floats) -> Floats:
    return 1 - x


@dataclass(frozen=True, slots=True)
class Term:
    """weight x (shape(value) - neutral); an unknown value adds nothing, which is what `neutral` adds."""

    feature: str
    weight: float
    neutral: float
    shape: Callable[[Floats], Floats]
    reason: str


TERMS: tuple[Term, ...] = (
    Term("text", 3.0, 0.3, _as_is, "The firm said what it needs: nothing tells more about use."),
    Term("held", -3.0, 0.0, _as_is, "A title that the firm holds already brings it nothing."),
    Term("worth", 2.0, 0.5, _money, "Ten times the money is one step, 0 … 100 million yuan; neutral 10,000."),
    Term("worth_share", 0.8, 0.0, _tenth, "Money is felt against revenue; a tenth of it counts full."),
    Term("available", 1.2, 0.5, _of_four, "What can be had now is of more use than what may come."),
    Term("part", 1.0, 0.5, _of_three, "Certain before likely, so that scores of two parts compare too."),
    Term("met_share", 0.8, 0.5, _as_is, "The nearer the rule is to being met, the less may go wrong."),
    Term("unknown", -0.8, 0.0, _few, "Each fact still to be told is a chance of being refused."),
    Term("attests", -0.4, 0.0, _few, "Something to check, but the firm can do so itself."),
    Term("mode", 0.6, 0.0, _of_two, "Money that comes without applying costs no time."),
    Term("materials", -0.4, 0.0, _ten, "Each paper is an hour of somebody's work."),
    Term("steps", -0.2, 0.0, _ten, "Likewise, and mostly inside the materials already."),
    Term("days_left", 0.4, 0.0, _soon, "What ends soon should be seen first; half after 30 days."),
    Term("industry_share", 0.5, 0.0, _narrow, "A measure for few industries was made for such firms."),
    Term("region_depth", 0.3, 0.0, _of_three, "A local measure has fewer competitors and an office nearby."),
    Term("in_force", 0.4, 0.5, _of_two, "What may be out of force may be a wasted day."),
    Term("provenance", 0.2, 0.0, _of_three, "A text compared with its source misleads less."),
)


def contributions(x: Floats) -> Floats:
    """float64 [n, len(FEATURES)] → the same shape: what each feature adds to the sum; 0 where unknown."""
    out = np.zeros((len(x), len(NAMES)))
    for term in TERMS:
        column = COLUMN[term.feature]
        added = term.weight * (term.shape(x[:, column]) - term.neutral)
        out[:, column] = np.where(np.isnan(added), 0.0, added)
    return out


@cache
def formula_id() -> str:
    """A short hash of terms and weights: changes when an order may change."""
    written: list[Mapping[str, object]] = [
        {"feature": t.feature, "weight": t.weight, "neutral": t.neutral, "shape": t.shape.__name__}
        for t in TERMS
    ]
    return hashlib.sha256(json.dumps(written).encode()).hexdigest()[:12]
