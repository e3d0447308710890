"""`huiqi evaluate`: the ranker that serves beside the formula and no ranker, on the firms it has not seen.

Changes nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from policies.facts import china
from ranking.agreement import agreement
from ranking.metrics import Estimate
from ranking.model import FormulaRanker, NullRanker, Ranker
from ranking.pairs import JUDGEMENTS, SECOND, Judgement, PairsRefused, load_judgements, load_second
from ranking.report import Comparison, compare
from service.commands.fault import Fault
from service.commands.telling import told
from service.commands.train import SEED
from service.learning.encoder import opened
from service.learning.graded import graded_table
from service.progress import step
from service.rankers import RankerKeeper
from service.settings import Settings


def run(
    seed: Annotated[int, typer.Option(help="Of the resampling that gives the intervals.")] = SEED,
    judgements: Annotated[Path, typer.Option(help="Folder of graded pairs.")] = JUDGEMENTS,
) -> None:
    """Compare the trained ranker with the formula and with none, over the graded pairs it has not seen."""
    settings = Settings()
    keeper = RankerKeeper(settings.model_folder)
    keeper.start()
    if keeper.state != "ok":
        raise Fault("the trained ranker is refused: huiqi train makes it anew")
    with told(), opened(settings) as encoder:
        try:
            with step("Features 特征") as tick:
                pairs = load_judgements(judgements)
                table = graded_table(pairs, china(), encoder, tick)
            again = load_second(pairs, judgements) if (judgements / SECOND).exists() else []
        except PairsRefused as refusal:
            raise Fault(str(refusal)) from None
    systems: dict[str, Ranker] = {"none": NullRanker(), "formula": FormulaRanker(), "trained": keeper.ranker}
    print(f"model {keeper.ranker.id}, cold start: {keeper.ranker.cold_start}")
    for order, comparison in compare(table.rows(table.unseen), systems, seed).items():
        print(f"\nordered as {order}")
        _show(comparison)
    show_agreement(again, seed)


def show_agreement(again: Sequence[tuple[Judgement, int]], seed: int) -> None:
    """Print how well the second grades of these pairs agree with their first; nothing without any."""
    if not again:
        return
    first = np.array([pair.grade for pair, _ in again], dtype=np.int64)
    second = np.array([grade for _, grade in again], dtype=np.int64)
    found = agreement(first, second, [pair.enterprise for pair, _ in again], seed)
    print(f"\ngraded twice: {len(again)} pairs of {found.kappa.groups} firms")
    for name, each in (
        ("kappa, quadratic weights", found.kappa),
        ("the same grade", found.same),
        ("at most one apart", found.within_one),
    ):
        print(f"{name:26}{_said(each):>24}")


def _show(comparison: Comparison) -> None:
    for title, rows in (("figure", comparison.figures), ("difference", comparison.differences)):
        names = list(next(iter(rows.values())))
        print(f"{title:12}" + "".join(f"{name:>26}" for name in names))
        for metric, row in rows.items():
            print(f"{metric:12}" + "".join(f"{_said(each):>26}" for each in row.values()))


def _said(each: Estimate) -> str:
    return f"{each.value:.3f} [{each.low:.3f}, {each.high:.3f}]"
