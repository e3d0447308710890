"""Made-up candidates and graded pairs for the tests of ranking; never graded content."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ranking.features import COLUMN, NAMES, SCALES, Candidates, Floats, codes_of, table
from ranking.lessons import GradedTable
from ranking.model import REPORT_PAGE, save
from ranking.report import Report
from ranking.training import PLANS, train, train_and_save

AS_OF = date(2026, 11, 24)


def made_candidates(n: int, seed: int = 1, **columns: Any) -> Candidates:
    rng = np.random.default_rng(seed)

    def word(column: str) -> Any:
        words = [*SCALES[column], *([] if column in ("part", "state") else [None])]
        return codes_of(column, [words[i] for i in rng.integers(0, len(words), n)])

    def number(top: float, unknown: float = 0.0) -> Floats:
        return np.where(rng.random(n) < unknown, np.nan, rng.random(n) * top)

    leaves, open_ones = rng.integers(3, 9, n).astype(float), rng.integers(0, 3, n).astype(float)
    made: dict[str, Any] = {name: word(name) for name in SCALES if name != "nature"}
    made |= {
        "benefit_nature": word("nature"),
        "headroom": number(1, 0.3), "leaves": leaves,
        "met": leaves - open_ones, "unknown": open_ones, "attests": open_ones // 2,
        "words": number(1, 0.2), "meaning": number(1, 0.2), "text": number(1, 0.2),
        "title": number(1, 0.2), "size_share": number(1), "opened_rate": number(1, 0.5),
        "applied_rate": number(0.3, 0.5), "dismissed_rate": number(0.5, 0.5),
        "benefit_max": 10 ** number(8, 0.4), "days_left": number(200, 0.5), "age_days": number(4000),
        "region_depth": rng.integers(0, 4, n).astype(float), "industry_share": number(1),
        "materials": number(12, 0.3), "steps": number(6, 0.3), "held": rng.random(n) < 0.1,
        "firm_revenue": 6_800_000.0,
    }  # fmt: skip
    return Candidates(**(made | columns))


def usefulness(x: Floats, seed: int = 2) -> Floats:
    """What the made-up grader goes by: text, worth and mode up, unknown and held down, and some whim."""
    known = np.nan_to_num(x)
    worth = np.log10(1 + known[:, COLUMN["worth"]]) / 8
    useful = 2 * known[:, COLUMN["text"]] + worth + 0.3 * known[:, COLUMN["mode"]]
    useful -= 0.4 * known[:, COLUMN["unknown"]] + 2 * known[:, COLUMN["held"]]
    return useful + np.random.default_rng(seed).normal(0, 0.2, len(x))


def made_pairs(firms: int = 30, each: int = 12, unseen: int = 10) -> GradedTable:
    x = table(made_candidates(firms * each))
    assert x.shape[1] == len(NAMES)
    useful = usefulness(x)
    grades = np.searchsorted(np.quantile(useful, [0.4, 0.7, 0.9]), useful).astype(np.int64)
    firm = np.repeat(np.arange(firms), each)
    return GradedTable(
        x,
        grades,
        tuple(f"firm-{f:02}" for f in firm),
        tuple(f"doc.m{i % each:02}" for i in range(len(x))),
        firm >= firms - unseen,
        AS_OF,
        segments={"size": tuple("large" if f % 3 else "micro" for f in firm)},
    )


def made_clicks(requests: int = 300, each: int = 10) -> GradedTable:
    """Requests whose first places are looked at more often: what is clicked hangs on both use and place.

    What was shown first was ordered by `age_days`, which is of no use to anybody.
    """
    x, rng = table(made_candidates(requests * each, seed=5)), np.random.default_rng(6)
    request = np.repeat(np.arange(requests), each)
    order = np.lexsort((x[:, COLUMN["age_days"]], request))
    x, positions = x[order], np.tile(np.arange(each), requests)
    useful = usefulness(x) > np.quantile(usefulness(x), 0.6)
    seen = rng.random(len(x)) < 1 / (1 + positions) ** 1.5
    return GradedTable(
        x,
        (useful & seen).astype(np.int64),
        tuple(f"request-{r:04}" for r in request),
        tuple(f"doc.m{i % each:02}" for i in range(len(x))),
        request >= requests - requests // 5,
        AS_OF,
        positions=positions,
        at=1_700_000_000 + 60 * request,
    )


def trained_in(
    pairs: GradedTable,
    folder: Path,
    seed: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """A model of few rounds in a folder: what is tested here needs no good one."""
    return train_and_save(pairs, folder, seed, progress, most=20)


def small_model(folder: Path, seed: int) -> str:
    """A model of five trees with its manifest, quickly made; another seed makes another one."""
    pairs = made_pairs(6, 8, 2)
    text = train(pairs.x, pairs.grades, pairs.groups(), seed, PLANS[0], 5)
    described = {
        "parameters": {}, "seed": seed, "data": {}, "cold_start": True, "lightgbm": "",
        "metrics": {"ndcg@10": {"trained": [0.7, 0.6, 0.8], "formula": [0.6, 0.5, 0.7]}},
    }  # fmt: skip
    return save(text, described, folder, {REPORT_PAGE: lambda name: f"<h1>Ranker {name}</h1>"})
