"""What a trained ranker is worth on firms it has not seen, beside the formula and no ranker at all.

Whatever comes out is reported; nothing here chooses a model.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ranking.features import COLUMN, Floats
from ranking.metrics import Estimate, by_group, estimate, metrics_at, paired
from ranking.model import Ranker
from ranking.pairs import GradedTable

# Differences that are told, ours first.
PAIRS = (("trained", "formula"), ("trained", "none"), ("formula", "none"))
# "served": part first and then the score, as an answer is ordered; "score": by the score alone.
ORDERS = ("served", "score")
_TITLES = {"served": "As served: part, then score", "score": "By score alone"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One plan's mean nDCG@10 over seen firms that were left out in turn."""

    plan: str
    ndcg: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """metric → system → figure, and metric → "ours - theirs" → paired difference."""

    figures: Mapping[str, Mapping[str, Estimate]]
    differences: Mapping[str, Mapping[str, Estimate]]


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
            "cold_start": True,
            "seed": self.seed,
            "plan": self.plan,
            "data": self.data,
            "trials": {trial.plan: round(trial.ndcg, 4) for trial in self.trials},
            "orders": {order: _plain(self.orders[order]) for order in ORDERS},
            "importance": dict(self.importance),
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    def to_markdown(self, model_id: str) -> str:
        """The same for reading."""
        lines = [f"# Ranker {model_id}: the firms it has not seen", "", *_about(self)]
        for order in ORDERS:
            lines += ["", f"## {_TITLES[order]}", "", *_tables(self.orders[order])]
        lines += ["", "## Choice of the plan, on the seen firms only", ""]
        lines += _rows(["plan", "nDCG@10"], [[t.plan, f"{t.ndcg:.4f}"] for t in self.trials])
        lines += ["", "## Importance: mean size of a contribution on the unseen firms", ""]
        lines += _rows(["feature", "mean"], [[name, f"{weight:.4f}"] for name, weight in self.importance])
        return "\n".join(lines) + "\n"


def _plain(comparison: Comparison) -> dict[str, Any]:
    parts = {"figures": comparison.figures, "differences": comparison.differences}
    return {
        part: {metric: {name: e.rounded() for name, e in row.items()} for metric, row in rows.items()}
        for part, rows in parts.items()
    }


def _about(report: Report) -> list[str]:
    seen, unseen = report.data["seen"], report.data["unseen"]
    learned = (
        f"`cold_start: true`: no behaviour of enterprises was learned from, only {seen['pairs']} pairs of "
        f"{seen['firms']} seen firms, graded by reading. The figures below are of {unseen['pairs']} pairs of "
        f"{unseen['firms']} other firms, graded before any model was trained."
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
