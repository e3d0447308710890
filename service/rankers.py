"""The ranker that a process orders by: found anew when a choice was made; when it fails, the formula orders.

It never holds up an answer: a model that raises or is slow gives way at once, and is let alone for a while.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from ranking.features import NAMES, Floats
from ranking.model import BUNDLED, FormulaRanker, LightGBMRanker, ModelRefused, Ranker
from ranking.registry import Models
from service.keepers import PartState
from service.shadow import Shadow

LOOK_S = 1.0
# How long scoring may take: at most 0.25 s, with more than 500 candidates 0.5 ms for each. Sixty times what
# the bundled model needs, so that a busy machine alone calls no model slow.
SLOW_S, SLOW_ROW_S = 0.25, 0.0005
# After so many failures one behind another the formula serves for so long before the model is tried again.
STRIKES, REST_S = 3, 60.0
TRIAL_ROWS = 200
KEPT = 4
Timer = Callable[[], float]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ordered:
    """Scores in 0 … 1, float64 [n], the ranker they are from, and whether the wanted one was missed."""

    scores: Floats
    model: dict[str, Any]
    missed: bool


class RankerKeeper:
    """The trained ranker that was chosen, or what serves in its place."""

    def __init__(self, folder: Path, bundled: Path = BUNDLED, timer: Timer = time.perf_counter) -> None:
        """`folder`: the models of this installation; the bundled one serves while none was chosen."""
        self.models, self._timer = Models(folder, bundled, self._tried), timer
        self._kept: dict[str, Ranker] = {}
        self._stamp: tuple[int, int] | None = None
        self._looked = 0.0
        self._strikes, self._rests_until = 0, 0.0
        self.ranker: Ranker = FormulaRanker()
        self.shadow = Shadow(folder)
        self.fallbacks = 0
        self.state: PartState = "loading"

    def start(self) -> None:
        """Loads what was chosen; a few milliseconds."""
        self._stamp, self._looked = self.models.stamp(), self._timer()
        found = self.models.serving()
        self.ranker, self.state = found.ranker, "down" if found.refused else "ok"
        self._strikes, self._rests_until = 0, 0.0
        self._keep(found.ranker)
        for name, reason in found.refused.items():
            _log.warning("ranker refused", model=name, reason=reason, serves=found.ranker.id)
        self.shadow.of(self._candidate())

    def look(self) -> None:
        """Takes up what was promoted or rolled back meanwhile; looks at most once a second."""
        if self._timer() - self._looked < LOOK_S:
            return
        self._looked = self._timer()
        if self.models.stamp() != self._stamp:
            self.start()
            _log.info("ranker chosen", model=self.ranker.id, state=self.state)

    def ordered(self, x: Floats) -> Ordered:
        """The scores of candidates, float64 [n, features], from the ranker or the formula in its place."""
        self.look()
        scores = None if self._timer() < self._rests_until else self._scored(x)
        missed, serves = scores is None, self.ranker
        if scores is None:
            serves = FormulaRanker()
            scores = serves.score(x)
            self.fallbacks += 1
        rounded = np.asarray(np.clip(scores, 0.0, 1.0).round(6), np.float64)
        self.shadow.beside(x, rounded)
        model = {"name": serves.name, "id": serves.id, "cold_start": serves.cold_start}
        return Ordered(rounded, model, missed or self.state != "ok")

    def explained(self, model: str, x: Floats) -> Floats:
        """What each feature adds, float64 [n, features], by the ranker of that id; 0 once it is gone."""
        ranker = {**self._kept, self.ranker.id: self.ranker}.get(model)
        if ranker is None:
            ranker = FormulaRanker() if model == FormulaRanker().id else None
        try:
            return np.zeros_like(x) if ranker is None or not len(x) else ranker.explain(x)
        except Exception as failure:  # noqa: BLE001  # whatever a model raises, the answer stands without it
            _log.warning("ranker explains nothing", model=model, reason=str(failure))
            return np.zeros_like(x)

    def _scored(self, x: Floats) -> Floats | None:
        """None when the ranker raised, was slow, or gave what is no score."""
        begun, reason = self._timer(), ""
        try:
            scores = self.ranker.score(x)
            if scores.shape != (len(x),) or not np.isfinite(scores).all():
                reason = "no finite score for each row"
        except Exception as failure:  # noqa: BLE001  # whatever a model raises, the formula orders
            reason = f"{type(failure).__name__}: {failure}"
        taken = self._timer() - begun
        if not reason and taken > max(SLOW_S, SLOW_ROW_S * len(x)):
            reason = f"took {taken:.3f} s for {len(x)} rows"
        if not reason:
            self._strikes = 0
            return scores
        self._strikes += 1
        if self._strikes >= STRIKES:
            self._strikes, self._rests_until = 0, self._timer() + REST_S
        _log.warning("ranker failed", model=self.ranker.id, reason=reason, rests=self._rests)
        return None

    @property
    def _rests(self) -> bool:
        return self._timer() < self._rests_until

    @property
    def part(self) -> PartState:
        """The state that readiness tells: a ranker that rests is down."""
        return "down" if self.state == "ok" and self._rests else self.state

    def _keep(self, ranker: Ranker) -> None:
        """Later pages of lists that it ordered are still explained by it."""
        self._kept.pop(ranker.id, None)
        self._kept[ranker.id] = ranker
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]

    def _candidate(self) -> Ranker | None:
        try:
            name = self.models.choices().shadow
            return None if name is None else self.models.load(name)
        except ModelRefused as refusal:
            _log.warning("shadow refused", reason=str(refusal))
            return None

    def _tried(self, model: LightGBMRanker) -> None:
        """Raises ModelRefused for a model that is slow, or has no score, for rows of unknowns and ones."""
        x = np.ones((TRIAL_ROWS, len(NAMES)))
        x[::2] = np.nan
        taken = []
        for _ in range(3):
            begun = self._timer()
            scores = model.score(x)
            taken.append(self._timer() - begun)
        if not np.isfinite(scores).all():
            raise ModelRefused("it gives no finite scores")
        if min(taken) > SLOW_S:
            raise ModelRefused(f"it took {min(taken):.3f} s for {TRIAL_ROWS} rows")
