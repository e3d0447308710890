"""What a trained ranker is worth on firms it has not seen, beside the formula and no ranker at all.

Whatever comes out is reported; nothing here chooses a model.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from ranking.booster import Booster
from ranking.features import COLUMN, NAMES, Floats
from ranking.lessons import Bools, GradedTable
from ranking.metrics import Estimate, by_group, estimate, metrics_at, ndcg, paired
from ranking.model import FormulaRanker, LightGBMRanker, NullRanker, Ranker
from ranking.pairs import BEST

# Differences that are told, ours first.
PAIRS = (("trained", "formula"), ("trained", "none"), ("formula", "none"))
# "served": part first and then the score, as an answer is ordered; "score": by the score alone.
ORDERS = ("served", "score")
TITLES = {"served": "As served: part, then score", "score": "By score alone"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One plan's mean nDCG@10 over seen firms that were left out in turn, best after so many rounds."""

    plan: str
    ndcg: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """metric → system → figure, and metric → "ours - theirs" → paired difference."""

    figures: Mapping[str, Mapping[str, Estimate]]
    differences: Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of neighbouring scores: their mean score, and what grades / 3 came out."""

    score: float
    grade: float
    rows: int


def compare(table: GradedTable, systems: Mapping[str, Ranker], seed: int) -> dict[str, Comparison]:
    """Each order's comparison of the systems over the table's firms, with bootstrap intervals by firm."""
    scores = {name: system.score(table.x) for name, system in systems.items()}
    served = {name: as_served(table.x, score) for name, score in scores.items()}
    return {
        "served": _compared(table, served, seed),
        "score": _compared(table, scores, seed),
    }


def as_served(x: Floats, scores: Floats) -> Floats:
    """float64 [n]: orders as an answer does, part first; scores lie in 0 … 1, so a part outweighs them."""
    return 2 * x[:, COLUMN["part"]] + scores


def _compared(table: GradedTable, scores: Mapping[str, Floats], seed: int) -> Comparison:
    groups = table.groups()
    figures, differences = {}, {}
    for metric, measured in metrics_at().items():
        by_firm = {name: by_group(measured, table.grades, score, groups) for name, score in scores.items()}
        figures[metric] = {name: estimate(values, seed) for name, values in by_firm.items()}
        differences[metric] = {
            f"{ours} - {theirs}": paired(by_firm[ours], by_firm[theirs], seed) for ours, theirs in PAIRS
        }
    return Comparison(figures, differences)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a training run found out; the same for the same pairs and seed."""

    data: dict[str, Any]
    seed: int
    plan: str
    trials: Sequence[Trial]
    orders: Mapping[str, Comparison]
    importance: Sequence[tuple[str, float]]
    cold_start: bool
    segments: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    """Segment → its word → system → nDCG@10 as served, over unseen firms."""
    calibration: Sequence[Bin]

    def headline(self) -> dict[str, Any]:
        """nDCG@5 and @10 of each system as served, [value, low, high]: what the manifest keeps."""
        figures = self.orders["served"].figures
        return {
            metric: {name: each.rounded() for name, each in figures[metric].items()}
            for metric in ("ndcg@5", "ndcg@10")
        }

    def to_json(self, model_id: str) -> str:
        """All figures, each [value, low, high]."""
        content = {
            "model": model_id,
            "cold_start": self.cold_start,
            "seed": self.seed,
            "plan": self.plan,
            "data": self.data,
            "trials": {t.plan: {"ndcg@10": round(t.ndcg, 4), "rounds": t.rounds} for t in self.trials},
            "orders": {order: _plain(self.orders[order]) for order in ORDERS},
            "segments": {
                name: {
                    word: {system: e.rounded() for system, e in row.items()} for word, row in words.items()
                }
                for name, words in self.segments.items()
            },
            "calibration": [[round(b.score, 4), round(b.grade, 4), b.rows] for b in self.calibration],
            "importance": dict(self.importance),
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    def to_markdown(self, model_id: str) -> str:
        """The same for reading."""
        lines = [f"# Ranker {model_id}: the firms it has not seen", "", *about(self)]
        for order in ORDERS:
            lines += ["", f"## {TITLES[order]}", "", *_tables(self.orders[order])]
        lines += ["", "## Choice of the plan, on the seen firms only", ""]
        trials = [[t.plan, f"{t.ndcg:.4f}", str(t.rounds)] for t in self.trials]
        lines += _rows(["plan", "nDCG@10", "rounds"], trials)
        lines += ["", "## Importance: mean size of a contribution on the unseen firms", ""]
        lines += _rows(["feature", "mean"], [[name, f"{weight:.4f}"] for name, weight in self.importance])
        return "\n".join(lines) + "\n"


def reported(booster: Booster, table: GradedTable, seed: int, plan: str, trials: Sequence[Trial]) -> Report:
    """What a model is worth on the table's unseen firms."""
    unseen = table.rows(table.unseen)
    trained = LightGBMRanker(booster, {"id": "", "cold_start": table.cold_start})
    systems: dict[str, Ranker] = {"none": NullRanker(), "formula": FormulaRanker(), "trained": trained}
    weights = np.abs(trained.explain(unseen.x)).mean(axis=0)
    importance = sorted(zip(NAMES, weights.tolist(), strict=True), key=lambda pair: -pair[1])
    return Report(
        data=_data(table),
        seed=seed,
        plan=plan,
        trials=trials,
        orders=compare(unseen, systems, seed),
        importance=[(name, round(weight, 4)) for name, weight in importance],
        cold_start=table.cold_start,
        segments=_by_segment(unseen, systems, seed),
        calibration=_calibration(trained.score(unseen.x), unseen),
    )


def _by_segment(
    unseen: GradedTable, systems: Mapping[str, Ranker], seed: int
) -> dict[str, dict[str, dict[str, Estimate]]]:
    served = {name: as_served(unseen.x, system.score(unseen.x)) for name, system in systems.items()}
    groups = unseen.groups()

    def of(chosen: Bools) -> dict[str, Estimate]:
        at_ten = partial(ndcg, k=10)
        return {
            name: estimate(by_group(at_ten, unseen.grades[chosen], score[chosen], groups[chosen]), seed)
            for name, score in served.items()
        }

    return {
        name: {word: of(np.array([w == word for w in words])) for word in sorted(set(words))}
        for name, words in unseen.segments.items()
    }


def _calibration(scores: Floats, unseen: GradedTable, bins: int = 10) -> list[Bin]:
    """Bins of about equally many rows, lowest scores first."""
    parts = np.array_split(np.argsort(scores, kind="stable"), min(bins, len(scores)))
    return [
        Bin(float(scores[rows].mean()), float(unseen.grades[rows].mean() / BEST), len(rows)) for rows in parts
    ]


def _data(table: GradedTable) -> dict[str, Any]:
    def counted(chosen: Bools) -> dict[str, Any]:
        part = table.rows(chosen)
        grades = {str(grade): int((part.grades == grade).sum()) for grade in range(BEST + 1)}
        return {"pairs": len(part.grades), "firms": len(set(part.firms)), "grades": grades}

    ends = [] if table.at is None else [int(table.at.min()), int(table.at.max())]
    days = [datetime.fromtimestamp(end, UTC).date().isoformat() for end in ends] or [
        table.as_of.isoformat()
    ] * 2
    return {
        "as_of": table.as_of.isoformat(),
        "range": days,
        "measures": len(set(table.measures)),
        "seen": counted(~table.unseen),
        "unseen": counted(table.unseen),
        "sha256": table.sha256(),
    }


def _plain(comparison: Comparison) -> dict[str, Any]:
    parts = {"figures": comparison.figures, "differences": comparison.differences}
    return {
        part: {metric: {name: e.rounded() for name, e in row.items()} for metric, row in rows.items()}
        for part, rows in parts.items()
    }


def about(report: Report) -> list[str]:
    """What was learned from and what was measured, as paragraphs with a blank one between."""
    seen, unseen = report.data["seen"], report.data["unseen"]
    if report.cold_start:
        learned = (
            "`cold_start: true`: no behaviour of enterprises was learned from, only "
            f"{seen['pairs']} pairs of {seen['firms']} seen firms, graded by reading. The figures below "
            f"are of {unseen['pairs']} pairs of {unseen['firms']} other firms."
        )
    else:
        learned = (
            "`cold_start: false`: learned from what enterprises did, "
            f"{seen['pairs']} rows of {seen['firms']} requests. The figures below are of "
            f"{unseen['pairs']} rows of {unseen['firms']} later requests, biased by position as these were."
        )
    measured = (
        f"Seed {report.seed}, as of {report.data['as_of']}, plan “{report.plan}”. Brackets hold the 95 % "
        "interval of 10,000 resamples of firms; equal scores are averaged over all their orders; gain "
        "2^grade - 1; useful is a grade of 2 or 3."
    )
    return [learned, "", measured]


def _tables(comparison: Comparison) -> list[str]:
    systems = list(next(iter(comparison.figures.values())))
    differences = list(next(iter(comparison.differences.values())))
    figures = [[m, *map(_said, row.values())] for m, row in comparison.figures.items()]
    paired_rows = [[m, *map(_said, row.values())] for m, row in comparison.differences.items()]
    return [
        *_rows(["figure", *systems], figures),
        "",
        *_rows(["paired difference", *differences], paired_rows),
    ]


def _said(each: Estimate) -> str:
    if each.groups == 0:
        return "none"
    return f"{each.value:.3f} [{each.low:.3f}, {each.high:.3f}]"


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
