"""Rankers: one small protocol, three implementations (none, formula, LightGBM).

Importing this loads no model; a model that does not fit its manifest or our features is never served.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ranking import formula
from ranking.booster import Booster, BoosterFailed
from ranking.features import NAMES, Floats, table_hash

BUNDLED = Path(__file__).parent / "trained"
MANIFEST = "manifest.json"
REPORT_PAGE = "report.html"
FORMAT = 1


class ModelRefused(Exception):
    """A stored model does not fit its manifest, our features or the library; the message says what."""


class Ranker(Protocol):
    """Orders candidates by the table of features; each row is scored by itself."""

    @property
    def name(self) -> str:
        """What the answer calls it."""

    @property
    def id(self) -> str:
        """Changes whenever a score may change."""

    @property
    def cold_start(self) -> bool:
        """True while no behaviour of enterprises was learned from."""

    def score(self, x: Floats) -> Floats:
        """float64 [n, k] → [n], each in 0 … 1, comparable inside one answer; higher is better."""

    def explain(self, x: Floats) -> Floats:
        """float64 [n, k] → [n, k]: what each feature adds before squeezing. Only for rows that are shown."""


def squeezed(raw: Floats) -> Floats:
    """The logistic function, without overflow at either end."""
    return 0.5 * (1 + np.tanh(raw / 2))


@dataclass(frozen=True, slots=True)
class NullRanker:
    """Prefers nothing: the order is left to part and id."""

    name: str = "none"
    id: str = "none"
    cold_start: bool = True

    def score(self, x: Floats) -> Floats:
        return np.full(len(x), 0.5)

    def explain(self, x: Floats) -> Floats:
        return np.zeros((len(x), len(NAMES)))


@dataclass(frozen=True, slots=True)
class FormulaRanker:
    """The documented weights of ranking/formula.py."""

    name: str = "formula"
    cold_start: bool = True

    @property
    def id(self) -> str:
        return formula.formula_id()

    def score(self, x: Floats) -> Floats:
        return squeezed(formula.contributions(x).sum(axis=1))

    def explain(self, x: Floats) -> Floats:
        return formula.contributions(x)


class LightGBMRanker:
    """Trees trained from graded pairs, with the manifest they were saved with."""

    name = "lightgbm"

    def __init__(self, booster: Booster, manifest: Mapping[str, Any]) -> None:
        """`base` is the raw score before any feature adds to it."""
        self._booster = booster
        self.manifest = manifest
        self.id: str = manifest["id"]
        self.cold_start: bool = manifest["cold_start"]
        self.base = float(booster.contributions(np.full((1, booster.width), np.nan))[0, -1])

    @classmethod
    def load(cls, folder: Path) -> "LightGBMRanker":
        """The model of a folder that `save` wrote. Raises ModelRefused, never anything else."""
        try:
            manifest = read_manifest(folder)
            content = (folder / model_file(manifest["id"])).read_bytes()
            if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
                raise ModelRefused("the model file is not the one its manifest was written for")
            booster = Booster(content.decode("utf-8"))
        except (OSError, UnicodeDecodeError, BoosterFailed) as reason:
            raise ModelRefused(str(reason)) from reason
        if booster.width != len(NAMES):
            raise ModelRefused(f"the model reads {booster.width} features, not {len(NAMES)}")
        return cls(booster, manifest)

    @property
    def trees(self) -> int:
        """How many trees there are."""
        return self._booster.trees

    def raw(self, x: Floats) -> Floats:
        """float64 [n, k] → [n]: before squeezing; equals base + the sum of `explain`."""
        return self._booster.raw(x)

    def score(self, x: Floats) -> Floats:
        return squeezed(self.raw(x))

    def explain(self, x: Floats) -> Floats:
        return self._booster.contributions(x)[:, :-1]


def model_file(model_id: str) -> str:
    """The name of a model's file: by content, so that a new one never overwrites the one in use."""
    return f"{model_id}.txt"


_MEMBERS: Mapping[str, type] = {
    "format": int, "id": str, "sha256": str, "features": str, "parameters": dict, "seed": int,
    "data": dict, "metrics": dict, "cold_start": bool, "lightgbm": str,
}  # fmt: skip


def read_manifest(folder: Path) -> dict[str, Any]:
    """The checked manifest of a model's folder. Raises ModelRefused, OSError."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (ValueError, RecursionError) as reason:
        raise ModelRefused(f"the manifest is no JSON: {reason}") from reason
    if not isinstance(manifest, dict):
        raise ModelRefused("the manifest is no object")
    wrong = [name for name, kind in _MEMBERS.items() if type(manifest.get(name)) is not kind]
    if wrong:
        raise ModelRefused(f"the manifest lacks {', '.join(wrong)} of the right type")
    if manifest["format"] != FORMAT:
        raise ModelRefused(f"the manifest has format {manifest['format']}, not {FORMAT}")
    if manifest["features"] != table_hash():
        raise ModelRefused("the model was trained on another table of features")
    if manifest["id"] != manifest["sha256"][:12]:
        raise ModelRefused("the id in the manifest is not that of its checksum")
    return manifest


def save(
    text: str,
    described: Mapping[str, Any],
    folder: Path,
    pages: Mapping[str, Callable[[str], str]] | None = None,
) -> str:
    """Writes model, pages and manifest; the manifest is replaced last and at once, older models then go.

    `pages` are further files, each written from the model's id. The id.
    """
    content = text.encode()
    sha256 = hashlib.sha256(content).hexdigest()
    model_id = sha256[:12]
    manifest = {**described, "format": FORMAT, "id": model_id, "sha256": sha256, "features": table_hash()}
    folder.mkdir(parents=True, exist_ok=True)
    put(folder / model_file(model_id), content)
    for name, page in (pages or {}).items():
        put(folder / name, page(model_id).encode())
    put(folder / MANIFEST, (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
    for old in folder.glob("????????????.txt"):
        if old.name != model_file(model_id):
            old.unlink()
    return model_id


def put(file: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    aside = file.with_name(f".{file.name}.new")
    aside.write_bytes(content)
    aside.replace(file)
