"""A candidate that scores beside the ranker that serves: how its order differs, and nothing of it is shown.

At most one answer at a time and in a thread of its own; what comes meanwhile is not compared.
"""

import asyncio
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import structlog

from ranking.features import Floats
from ranking.model import Ranker, put
from ranking.report import as_served

FOLDER = "shadow"
WRITE_S = 2.0
TOP = 5
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Differences:
    """Sums over compared answers: rank correlations, shares of the first five in common, and failures."""

    answers: int = 0
    correlation: float = 0.0
    overlap: float = 0.0
    failed: int = 0

    def __add__(self, other: "Differences") -> "Differences":
        return Differences(
            self.answers + other.answers,
            self.correlation + other.correlation,
            self.overlap + other.overlap,
            self.failed + other.failed,
        )

    @property
    def means(self) -> tuple[float, float] | None:
        """Mean rank correlation (Spearman) and mean overlap of the first five; None without an answer."""
        return (self.correlation / self.answers, self.overlap / self.answers) if self.answers else None


class Shadow:
    """The candidate of one process; its sums are also in a file, for the command line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._ranker: Ranker | None = None
        self._task: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self.differences = Differences()

    @property
    def id(self) -> str | None:
        """The candidate's id; None while there is none."""
        return None if self._ranker is None else self._ranker.id

    def of(self, ranker: Ranker | None) -> None:
        """Takes a candidate, or none; the same one goes on counting."""
        if ranker is None or ranker.id != self.id:
            self.differences = Differences()
        self._ranker = ranker

    def beside(self, x: Floats, scores: Floats) -> None:
        """Compares with these scores, float64 [n], after the answer; nothing while a comparison runs."""
        if self._ranker is None or len(x) < 2 or (self._task is not None and not self._task.done()):
            return
        self._task = asyncio.get_running_loop().create_task(self._compare(self._ranker, x.copy(), scores))

    async def close(self) -> None:
        """Waits for the comparison that runs, and writes what was found out."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if self._writing is not None and not self._writing.done():
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            self._write()

    async def _compare(self, ranker: Ranker, x: Floats, scores: Floats) -> None:
        found = await asyncio.to_thread(compared, ranker, x, scores)
        if ranker.id == self.id:
            self.differences += found
            if self._writing is None or self._writing.done():
                wait = 0.0 if self.differences.answers == 1 else WRITE_S
                self._writing = asyncio.get_running_loop().create_task(self._later(wait))

    async def _later(self, wait: float) -> None:
        await asyncio.sleep(wait)
        await asyncio.to_thread(self._write)

    def _write(self) -> None:
        if self.id is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = self._folder / f"{self.id}.{os.getpid()}.json"
            put(file, json.dumps(asdict(self.differences)).encode())
        except OSError as reason:
            _log.warning("shadow not written", reason=str(reason))


def compared(ranker: Ranker, x: Floats, scores: Floats) -> Differences:
    """How the ranker's order of one answer differs from these scores'."""
    try:
        theirs = ranker.score(x)
        if not np.isfinite(theirs).all():
            return Differences(failed=1)
    except Exception as failure:  # noqa: BLE001  # a candidate may raise anything; nobody is shown it
        _log.warning("shadow failed", model=ranker.id, reason=str(failure))
        return Differences(failed=1)
    first, other = (
        set(np.argsort(-as_served(x, one), kind="stable")[:TOP].tolist()) for one in (scores, theirs)
    )
    return Differences(1, rank_correlation(scores, theirs), len(first & other) / len(first))


def rank_correlation(a: Floats, b: Floats) -> float:
    """Spearman's, equal values having the mean of their ranks; 1 where both order nothing, else 0."""
    ranks = [_ranks(values) for values in (a, b)]
    spread = [float(((one - one.mean()) ** 2).sum()) for one in ranks]
    if not all(spread):
        return float(spread[0] == spread[1])
    together = float(((ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean())).sum())
    return together / float(np.sqrt(spread[0] * spread[1]))


def _ranks(values: Floats) -> Floats:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middles: Floats = (last - (counts - 1) / 2).astype(np.float64)
    return middles[place]


def told(folder: Path, name: str) -> Differences:
    """What all processes found out about a candidate."""
    found = Differences()
    for file in sorted((folder / FOLDER).glob(f"{name}.*.json")):
        try:
            found += Differences(**json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError):
            continue
    return found
