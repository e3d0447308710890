"""`huiqi train`: a ranker from graded pairs or from what enterprises did; same rows and seed, same model.

The report beside it tells what it is worth on what it has not seen, whatever comes out; nothing serves by it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from policies.facts import china
from ranking.clicks import ClickTable, Deed, NothingLearned, Shown, click_table
from ranking.lessons import GradedTable
from ranking.model import ModelRefused
from ranking.pairs import JUDGEMENTS, SPLITS, PairsRefused, load_judgements
from ranking.registry import Models
from ranking.report import Report
from ranking.training import train_and_save
from service.clock import SystemClock
from service.commands.fault import Fault
from service.commands.inside import inside
from service.commands.telling import told
from service.instants import instant
from service.learning import frames, logged
from service.learning.encoder import opened
from service.learning.graded import graded_table
from service.progress import step
from service.services import Services
from service.settings import Settings

SEED = 13
JUDGED, LOGGED = "judgements", "database"
# So many of the newest answers of the log are read: their features take some 250 MB.
MOST_ANSWERS = 50_000


def run(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Gets model and report; default: a candidate among the models of this installation."
        ),
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="FOLDER|database|judgements",
            help="What is learned from: the bundled graded pairs, the log of this installation, or a folder"
            " of graded pairs (seen.jsonl, unseen.jsonl) or of files that huiqi export --events wrote.",
        ),
    ] = JUDGED,
    seed: Annotated[int, typer.Option(help="The same seed and rows make the same model.")] = SEED,
) -> None:
    """Train a ranker; it scores in shadow until huiqi model promote lets it serve."""
    settings = Settings()
    with told(), _refusals():
        table = _table(source, settings)
        reports: list[Report] = []

        def make(into: Path) -> None:
            with step("Training 训练") as tick:
                reports.append(train_and_save(table, into, seed, tick))

        if folder is not None:
            make(folder)
            _say(str(folder), reports[0], seed)
            return
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        models = Models(settings.model_folder)
        name = models.add(make, instant(SystemClock().now()))
        _say(f"model {name}", reports[0], seed)
        print(_next(models, name))


def _say(what: str, report: Report, seed: int) -> None:
    start = "cold start" if report.cold_start else "learned from behaviour"
    unseen = "unseen firms" if report.cold_start else "later answers"
    print(f"{what}: {start}, seed {seed}, plan “{report.plan}”; nDCG@10 on {unseen}:")
    for name, (value, low, high) in report.headline()["ndcg@10"].items():
        print(f"  {name:10} {value} [{low}, {high}]")


def _next(models: Models, name: str) -> str:
    if models.choices().shadow != name:
        return f"{name} serves already"
    return f"{name} scores in shadow; huiqi model promote {name} lets it serve"


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (PairsRefused, NothingLearned, ModelRefused) as refusal:
        raise Fault(str(refusal)) from None
    except FileNotFoundError as refusal:
        if refusal.filename is not None:
            raise  # told like any other file that cannot be read
        raise Fault(str(refusal)) from None


def _table(source: str, settings: Settings) -> GradedTable:
    if source == LOGGED:
        return _clicked(*inside(_lessons))
    folder = JUDGEMENTS if source == JUDGED else Path(source)
    if any((folder / f"{split}.jsonl").exists() for split in SPLITS):
        with opened(settings) as encoder, step("Features 特征") as tick:
            return graded_table(load_judgements(folder), china(), encoder, tick)
    return _clicked(*frames.lessons_in(folder))


async def _lessons(services: Services) -> tuple[list[Shown], list[Deed]]:
    async with services.db.read() as c:
        return await logged.lessons(c, MOST_ANSWERS)


def _clicked(shown: list[Shown], deeds: list[Deed]) -> GradedTable:
    if not deeds:
        raise NothingLearned("no event was told of anything that was shown: POST /v1/events tells them")
    found: ClickTable = click_table(shown, deeds)
    left = (("of another table of features", found.other_features), ("without a deed", found.without_deed))
    for why, count in left:
        if count:
            print(f"{count} answers left out: {why}")
    return found.table
