"""`huiqi model`: which rankers are there, which one serves, and which scores in shadow; choosing another.

A running service takes a choice up within a second; nothing is trained and nothing is deleted here.
"""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from ranking.formula import formula_id
from ranking.model import BUNDLED, ModelRefused, read_manifest
from ranking.registry import FORMULA, Choices, Models
from service.commands.fault import Fault
from service.rankers import RankerKeeper
from service.settings import Settings
from service.shadow import told


class Action(StrEnum):
    """What can be done with models."""

    LIST = "list"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    SHADOW = "shadow"


_NAMED = (Action.PROMOTE, Action.SHADOW)


def run(
    action: Annotated[
        Action, typer.Argument(help="promote and shadow take an ID, or formula; shadow none ends it.")
    ],
    name: Annotated[str | None, typer.Argument(metavar="ID")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False,
) -> None:
    """List the rankers, let one serve, take that back, or let one score in shadow."""
    if (name is None) == (action in _NAMED):
        raise typer.BadParameter(f"{action} takes {'an' if action in _NAMED else 'no'} ID")
    settings = Settings()
    keeper = RankerKeeper(settings.model_folder)
    models = keeper.models
    if action is Action.LIST:
        rows = rows_of(models)
        print(json.dumps(rows, indent=1, ensure_ascii=False) if as_json else _table(rows))
        return
    if not settings.folder.is_dir():
        raise Fault(f"{settings.folder}: there is no installation here; huiqi serve makes one")
    try:
        print(_done(models, action, name or ""))
    except ModelRefused as refusal:
        raise Fault(str(refusal)) from None


def _done(models: Models, action: Action, name: str) -> str:
    if action is Action.SHADOW:
        models.in_shadow(None if name == "none" else name)
        return "nothing scores in shadow" if name == "none" else f"{name} scores in shadow"
    serves = models.promote(name) if action is Action.PROMOTE else models.rollback()
    return f"{serves} serves"


def rows_of(models: Models) -> list[dict[str, Any]]:
    """One row a model: id, name, state, when it came, figures on unseen firms, differences in shadow."""
    serving, chosen, broken = models.serving(), Choices(), ""
    try:
        chosen = models.choices()
    except ModelRefused as refusal:
        broken = str(refusal)
    names = [*models.installed(), models.bundled_id() or BUNDLED.name, formula_id()]
    rows = [_row(models, chosen, serving.ranker.id, name) for name in dict.fromkeys(names)]
    if broken:
        rows.append({"id": None, "name": None, "states": ["refused"], "note": broken})
    return sorted(rows, key=lambda row: ("serving" not in row["states"], "shadow" not in row["states"]))


def _row(models: Models, chosen: Choices, serves: str, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": name,
        "name": FORMULA if name == formula_id() else "lightgbm",
        "states": [],
        "added": chosen.added.get(name),
        "ndcg@10": None,
        "cold_start": True,
        "shadow": None,
        "note": None,
    }
    marks = {
        "serving": name == serves,
        "shadow": name == chosen.shadow,
        "promoted": name in chosen.promoted and name != serves,
        "bundled": name == models.bundled_id(),
        "built in": name == formula_id(),
    }
    row["states"] = [mark for mark, holds in marks.items() if holds] or ["candidate"]
    try:
        models.load(name)
        if name != formula_id():
            manifest = read_manifest(models.folder_of(name))
            row["ndcg@10"] = manifest["metrics"].get("ndcg@10", {}).get("trained")
            row["cold_start"] = manifest["cold_start"]
    except (ModelRefused, OSError) as refusal:
        row["states"].append("refused")
        row["note"] = str(refusal)
    found = told(models.folder, name)
    if found.means is not None:
        correlation, overlap = (round(mean, 4) for mean in found.means)
        row["shadow"] = {"answers": found.answers, "correlation": correlation, "overlap": overlap}
        row["shadow"]["failed"] = found.failed
    return row


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'id':14}{'name':10}{'state':22}{'added':26}nDCG@10 on what it has not seen"]
    for row in rows:
        state = ", ".join(row["states"])
        figure = row.get("ndcg@10")
        shown = "" if figure is None else f"{figure[0]:.4f} [{figure[1]:.4f}, {figure[2]:.4f}]"
        if figure is not None and not row["cold_start"]:
            shown += " of later answers"
        lines.append(
            f"{row['id'] or '':14}{row['name'] or '':10}{state:22}{row.get('added') or '':26}{shown}".rstrip()
        )
        if row.get("note"):
            lines.append(f"  {row['note']}")
        if row.get("shadow"):
            beside = row["shadow"]
            lines.append(
                f"  beside {beside['answers']} answers: rank correlation {beside['correlation']:.3f}, "
                f"{beside['overlap']:.0%} of the first five in common, {beside['failed']} failed"
            )
    return "\n".join(lines)
