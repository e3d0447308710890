"""`huiqi train`: the ranker from the graded pairs, the same for the same pairs and seed.

The report beside it tells what it is worth on firms it has not seen, whatever comes out.
"""

from pathlib import Path
from typing import Annotated

import typer

from policies.facts import china
from ranking.pairs import JUDGEMENTS, PairsRefused, load_judgements
from ranking.training import train_and_save
from service.commands.fault import Fault
from service.commands.telling import told
from service.learning.encoder import opened
from service.learning.graded import graded_table
from service.progress import step
from service.settings import Settings

SEED = 13


def run(
    folder: Annotated[
        Path | None, typer.Argument(help="Gets model and report; default: where this installation looks.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed and pairs make the same model.")] = SEED,
    judgements: Annotated[Path, typer.Option(help="Folder of graded pairs.")] = JUDGEMENTS,
) -> None:
    """Train the ranker from the graded pairs; a running service takes it at its next start."""
    settings = Settings()
    target = folder or settings.model_folder
    with told(), opened(settings) as encoder:
        try:
            with step("Features 特征") as tick:
                table = graded_table(load_judgements(judgements), china(), encoder, tick)
            with step("Training 训练") as tick:
                report = train_and_save(table, target, seed, tick)
        except PairsRefused as refusal:
            raise Fault(str(refusal)) from None
    figures = report.headline()["ndcg@10"]
    print(f"{target}: cold start, seed {seed}; nDCG@10 on unseen firms:")
    for name, (value, low, high) in figures.items():
        print(f"  {name:10} {value} [{low}, {high}]")
