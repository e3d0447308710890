"""Training: LightGBM from graded pairs, seeded, chosen on the seen firms only, judged on the unseen.

The unseen firms choose nothing here: neither trees nor parameters. It reads no clock and no database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranking.booster import Booster
from ranking.features import FEATURES, NAMES, Floats
from ranking.metrics import by_group, ndcg
from ranking.model import FormulaRanker, LightGBMRanker, NullRanker, Ranker, put, save, squeezed
from ranking.pairs import BEST, GradedTable, PairsRefused
from ranking.report import Report, Trial, as_served, compare

Progress = Callable[[int, int], None]
FOLDS = 5

FIXED: Mapping[str, Any] = {
    "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1,
    "monotone_constraints_method": "basic", "feature_fraction": 0.7, "lambda_l2": 1.0,
    "min_data_in_leaf": 10, "max_bin": 63, "learning_rate": 0.06,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to train; `listwise` learns the order inside a firm, otherwise grade / 3 of each pair."""

    name: str
    listwise: bool
    leaves: int
    rounds: int


# Few, small and written down before any pair was graded: with some 40 firms a wider search finds chance.
# Equal figures choose the earlier one. Pointwise first: its score means something, the expected grade / 3.
PLANS: tuple[Plan, ...] = (
    Plan("pointwise, 4 leaves", False, 4, 60),
    Plan("pointwise, 8 leaves", False, 8, 50),
    Plan("lambdarank, 4 leaves", True, 4, 60),
    Plan("lambdarank, 8 leaves", True, 8, 50),
)


def parameters(plan: Plan, seed: int) -> dict[str, Any]:
    """What LightGBM is told for a plan: fixed ones, directions of the features, the seed."""
    aim: dict[str, Any] = {"objective": "cross_entropy"}
    if plan.listwise:
        aim = {"objective": "lambdarank", "lambdarank_truncation_level": 10}
    directions = [f.monotone for f in FEATURES]
    return {**FIXED, **aim, "num_leaves": plan.leaves, "seed": seed, "monotone_constraints": directions}


def train(x: Floats, grades: NDArray[np.int64], groups: NDArray[np.int64], seed: int, plan: Plan) -> str:
    """The text of a model: the same bytes for the same arguments. Rows of one group lie together."""
    import lightgbm  # noqa: PLC0415  (two seconds and 130 MB: only who trains pays)

    sizes = np.unique(groups, return_counts=True)[1] if plan.listwise else None
    data = lightgbm.Dataset(
        x,
        label=grades if plan.listwise else grades / BEST,
        group=sizes,
        feature_name=list(NAMES),
        params={"verbosity": -1},
    )
    booster = lightgbm.train(parameters(plan, seed), data, num_boost_round=plan.rounds)
    return str(booster.model_to_string())


def select(seen: GradedTable, seed: int, tick: Callable[[], None]) -> list[Trial]:
    """Each plan's nDCG@10, as served, on seen firms left out in turn; plans in their order."""
    groups = seen.groups()
    count = int(groups.max()) + 1
    fold_of = np.random.default_rng(seed).permutation(count) % min(FOLDS, count)
    trials = []
    for plan in PLANS:
        values = [
            _held_out(seen, groups, fold_of[groups] == fold, seed, plan) for fold in range(max(fold_of) + 1)
        ]
        trials.append(Trial(plan.name, float(np.nanmean(np.concatenate(values)))))
        tick()
    return trials


def _held_out(
    seen: GradedTable, groups: NDArray[np.int64], out: NDArray[np.bool_], seed: int, plan: Plan
) -> Floats:
    model = Booster(train(seen.x[~out], seen.grades[~out], groups[~out], seed, plan))
    scores = as_served(seen.x[out], squeezed(model.raw(seen.x[out])))
    return by_group(partial(ndcg, k=10), seen.grades[out], scores, groups[out])


def train_and_save(table: GradedTable, folder: Path, seed: int, progress: Progress) -> Report:
    """Chooses a plan, trains it on all seen firms, saves model, manifest and report.

    Raises PairsRefused without two seen firms, a useful pair of theirs and an unseen firm.
    The manifest is replaced last, so the model before it serves until then.
    """
    seen, unseen = table.rows(~table.unseen), table.rows(table.unseen)
    if len(set(seen.firms)) < 2 or not seen.grades.any() or not unseen.firms:
        raise PairsRefused("two seen firms, a useful pair of theirs and an unseen firm are needed")
    done, total = 0, len(PLANS) + 2

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    trials = select(seen, seed, tick)
    plan = PLANS[int(np.nanargmax([trial.ndcg for trial in trials]))]
    text = train(seen.x, seen.grades, seen.groups(), seed, plan)
    tick()
    report = _report(text, plan, trials, table, seed)
    described = {
        "parameters": {**parameters(plan, seed), "rounds": plan.rounds, "plan": plan.name},
        "seed": seed,
        "data": report.data,
        "metrics": report.headline(),
        "cold_start": True,
        "lightgbm": version("lightgbm"),
    }
    model_id = save(text, described, folder)
    put(folder / "report.json", report.to_json(model_id).encode())
    put(folder / "report.md", report.to_markdown(model_id).encode())
    tick()
    return report


def _report(text: str, plan: Plan, trials: list[Trial], table: GradedTable, seed: int) -> Report:
    unseen = table.rows(table.unseen)
    trained = LightGBMRanker(Booster(text), {"id": "", "cold_start": True})
    systems: dict[str, Ranker] = {"none": NullRanker(), "formula": FormulaRanker(), "trained": trained}
    weights = np.abs(trained.explain(unseen.x)).mean(axis=0)
    importance = sorted(zip(NAMES, weights.tolist(), strict=True), key=lambda pair: -pair[1])
    return Report(
        data=_data(table),
        seed=seed,
        plan=plan.name,
        trials=trials,
        orders=compare(unseen, systems, seed),
        importance=[(name, round(weight, 4)) for name, weight in importance],
    )


def _data(table: GradedTable) -> dict[str, Any]:
    def counted(chosen: NDArray[np.bool_]) -> dict[str, Any]:
        part = table.rows(chosen)
        grades = {str(grade): int((part.grades == grade).sum()) for grade in range(BEST + 1)}
        return {"pairs": len(part.grades), "firms": len(set(part.firms)), "grades": grades}

    return {
        "as_of": table.as_of.isoformat(),
        "measures": len(set(table.measures)),
        "seen": counted(~table.unseen),
        "unseen": counted(table.unseen),
        "sha256": table.sha256(),
    }
