"""Training: LightGBM from graded rows, seeded, chosen on the seen groups only, judged on the unseen.

The unseen choose nothing here: neither trees nor parameters. It reads no clock and no database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ranking.booster import Booster
from ranking.features import FEATURES, NAMES, Floats
from ranking.lessons import Bools, GradedTable, Ints, later
from ranking.metrics import by_group, ndcg
from ranking.model import REPORT_PAGE, save, squeezed
from ranking.pairs import BEST, PairsRefused
from ranking.report import Report, Trial, as_served, reported
from ranking.report_page import page_of

if TYPE_CHECKING:
    import lightgbm

Progress = Callable[[int, int], None]
FOLDS = 5
# Early stopping: how many rounds at most, how often the held-out are looked at, and for how long in vain.
MOST_ROUNDS, STEP, PATIENCE = 300, 10, 40
# Where nobody looked for a number of rounds.
ROUNDS = 60
# Of behaviour: so much of the latest requests is held out when a plan is chosen.
LATEST = 0.2

FIXED: Mapping[str, Any] = {
    "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1,
    "monotone_constraints_method": "basic", "feature_fraction": 0.7, "lambda_l2": 1.0,
    "min_data_in_leaf": 10, "max_bin": 63, "learning_rate": 0.06,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to train; `listwise` learns the order inside a group, otherwise grade / 3 of each pair."""

    name: str
    listwise: bool
    leaves: int


# Few, small and written down before any pair was graded: with some 40 firms a wider search finds chance.
# Equal figures choose the earlier one. Pointwise first: its score means something, the expected grade / 3.
PLANS: tuple[Plan, ...] = (
    Plan("pointwise, 4 leaves", False, 4),
    Plan("pointwise, 8 leaves", False, 8),
    Plan("lambdarank, 4 leaves", True, 4),
    Plan("lambdarank, 8 leaves", True, 8),
)


def plans_for(table: GradedTable) -> tuple[Plan, ...]:
    """Position bias is corrected inside a list, so behaviour is only learned listwise."""
    return PLANS if table.positions is None else tuple(plan for plan in PLANS if plan.listwise)


def parameters(plan: Plan, seed: int, *, biased: bool = False) -> dict[str, Any]:
    """What LightGBM is told for a plan: fixed ones, directions of the features, the seed.

    `biased`: positions are given; their bias is then learned beside the trees (an offset for each place,
    held near none), as LightGBM does it for lambdarank.
    """
    aim: dict[str, Any] = {"objective": "cross_entropy"}
    if plan.listwise:
        aim = {"objective": "lambdarank", "lambdarank_truncation_level": 10}
    if biased:
        aim["lambdarank_position_bias_regularization"] = 0.5
    directions = [f.monotone for f in FEATURES]
    return {**FIXED, **aim, "num_leaves": plan.leaves, "seed": seed, "monotone_constraints": directions}


def train(
    x: Floats,
    grades: Ints,
    groups: Ints,
    seed: int,
    plan: Plan,
    rounds: int = ROUNDS,
    *,
    positions: Ints | None = None,
    weights: Floats | None = None,
) -> str:
    """The text of a model: the same bytes for the same arguments. Rows of one group lie together.

    positions: int64 [n], where each row was shown, from 0; only for a listwise plan. weights: float64 [n].
    """
    booster = _booster(x, grades, groups, seed, plan, positions, weights)
    for _ in range(rounds):
        booster.update()
    return str(booster.model_to_string())


def _booster(
    x: Floats,
    grades: Ints,
    groups: Ints,
    seed: int,
    plan: Plan,
    positions: Ints | None,
    weights: Floats | None,
) -> "lightgbm.Booster":
    import lightgbm  # noqa: PLC0415  (two seconds and 130 MB: only who trains pays)

    if positions is not None and not plan.listwise:
        raise ValueError("position bias is corrected inside a list only")
    data = lightgbm.Dataset(
        x,
        label=grades if plan.listwise else grades / BEST,
        weight=weights,
        group=np.unique(groups, return_counts=True)[1] if plan.listwise else None,
        position=positions,
        feature_name=list(NAMES),
        params={"verbosity": -1},
    )
    return lightgbm.Booster(parameters(plan, seed, biased=positions is not None), data)


def held_out(seen: GradedTable, seed: int) -> list[Bools]:
    """bool [n] each: rows that are held out in turn; where there is time, the latest once."""
    if seen.at is not None:
        return [later(seen, LATEST)]
    groups = seen.groups()
    count = int(groups.max()) + 1
    fold_of = np.random.default_rng(seed).permutation(count) % min(FOLDS, count)
    return [fold_of[groups] == fold for fold in range(max(fold_of) + 1)]


def tried(seen: GradedTable, seed: int, plan: Plan, most: int = MOST_ROUNDS) -> Trial:
    """nDCG@10, as served, of seen groups that were held out, and the rounds after which it was best.

    All folds grow together and stop together, so that their number of rounds is one.
    """
    folds, groups = held_out(seen, seed), seen.groups()
    boosters = [_of_rows(seen, groups, ~out, seed, plan) for out in folds]
    raw, chosen = np.zeros(len(groups)), np.logical_or.reduce(folds)
    best = Trial(plan.name, -1.0, STEP)
    for rounds in range(STEP, most + 1, STEP):
        for out, booster in zip(folds, boosters, strict=True):
            for _ in range(STEP):
                booster.update()
            raw[out] += booster.predict(
                seen.x[out], start_iteration=rounds - STEP, num_iteration=STEP, raw_score=True
            )
        scores = as_served(seen.x, squeezed(raw))
        values = by_group(partial(ndcg, k=10), seen.grades[chosen], scores[chosen], groups[chosen])
        figure = float(np.nanmean(values)) if np.isfinite(values).any() else 0.0
        if figure > best.ndcg:
            best = Trial(plan.name, figure, rounds)
        elif rounds - best.rounds >= PATIENCE:
            break
    return best


def _of_rows(
    seen: GradedTable, groups: Ints, chosen: NDArray[np.bool_], seed: int, plan: Plan
) -> "lightgbm.Booster":
    positions = None if seen.positions is None else seen.positions[chosen]
    weights = None if seen.weights is None else seen.weights[chosen]
    return _booster(seen.x[chosen], seen.grades[chosen], groups[chosen], seed, plan, positions, weights)


def train_and_save(
    table: GradedTable, folder: Path, seed: int, progress: Progress, most: int = MOST_ROUNDS
) -> Report:
    """Chooses a plan, trains it on all that is seen, saves model, manifest and report; `most` rounds at most.

    Raises PairsRefused without two seen groups, a useful row of theirs and an unseen group.
    The manifest is replaced last, so the model before it serves until then.
    """
    seen, unseen = table.rows(~table.unseen), table.rows(table.unseen)
    if len(set(seen.firms)) < 2 or not seen.grades.any() or not unseen.firms:
        raise PairsRefused("two seen firms, a useful pair of theirs and an unseen firm are needed")
    plans, trials = plans_for(seen), list[Trial]()
    for plan in plans:
        trials.append(tried(seen, seed, plan, most))
        progress(len(trials), len(plans) + 2)
    at = int(np.argmax([trial.ndcg for trial in trials]))
    plan, rounds = plans[at], trials[at].rounds
    biased = seen.positions is not None
    text = train(
        seen.x, seen.grades, seen.groups(), seed, plan, rounds, positions=seen.positions, weights=seen.weights
    )
    progress(len(plans) + 1, len(plans) + 2)
    report = reported(Booster(text), table, seed, plan.name, trials)
    told = {**parameters(plan, seed, biased=biased), "rounds": rounds, "plan": plan.name}
    save(text, _described(report, told), folder, pages_of(report))
    progress(len(plans) + 2, len(plans) + 2)
    return report


def _described(report: Report, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "parameters": dict(told),
        "seed": report.seed,
        "data": report.data,
        "metrics": report.headline(),
        "cold_start": report.cold_start,
        "lightgbm": version("lightgbm"),
    }


def pages_of(report: Report) -> dict[str, Callable[[str], str]]:
    """The report in its three forms, each by its file's name."""
    return {
        "report.json": report.to_json,
        "report.md": report.to_markdown,
        REPORT_PAGE: partial(page_of, report),
    }
