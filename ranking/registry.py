"""The models of an installation: those that are there, the one that serves, the one that scores in shadow.

A folder for each model and one small file with the choices; it trains nothing and reads no clock.
"""

import fcntl
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ranking import formula
from ranking.model import (
    BUNDLED,
    MANIFEST,
    FormulaRanker,
    LightGBMRanker,
    ModelRefused,
    Ranker,
    put,
    read_manifest,
)

CHOICES = "registry.json"
FORMULA = "formula"
_LOCK = ".lock"
# What a model is tried with before it may serve; raises ModelRefused for one that will not do.
Trial = Callable[[LightGBMRanker], None]


@dataclass(frozen=True, slots=True)
class Choices:
    """`promoted`: what was chosen to serve, the latest last; `added`: when each model came, as told."""

    promoted: tuple[str, ...] = ()
    shadow: str | None = None
    added: Mapping[str, str] = field(default_factory=dict)

    @property
    def wanted(self) -> str | None:
        """What is to serve; None for what serves by default."""
        return self.promoted[-1] if self.promoted else None


@dataclass(frozen=True, slots=True)
class Serving:
    """The ranker that serves, and why better-loved ones do not: model id → reason, in order of trying."""

    ranker: Ranker
    refused: Mapping[str, str]


def _no_trial(_: LightGBMRanker) -> None:
    """Every model passes."""


class Models:
    """The models in a folder, which need not exist, and the bundled one."""

    def __init__(self, folder: Path, bundled: Path = BUNDLED, trial: Trial = _no_trial) -> None:
        self.folder, self._bundled, self._trial = folder, bundled, trial

    def stamp(self) -> tuple[int, int] | None:
        """Changes when a choice was made; None while none was. One look at the file system."""
        try:
            seen = (self.folder / CHOICES).stat()
        except OSError:
            return None
        return seen.st_mtime_ns, seen.st_ino

    def choices(self) -> Choices:
        """What was chosen; nothing before the first time. Raises ModelRefused for a damaged file."""
        try:
            content = (self.folder / CHOICES).read_bytes()
        except OSError:
            return Choices()
        try:
            found = json.loads(content)
            promoted, shadow, added = (found[name] for name in ("promoted", "shadow", "added"))
            well = all(isinstance(name, str) for name in (*promoted, *added, *added.values()))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as reason:
            raise ModelRefused(f"{CHOICES} is damaged: {reason}") from reason
        if not well or not (shadow is None or isinstance(shadow, str)):
            raise ModelRefused(f"{CHOICES} is damaged: names are texts")
        return Choices(tuple(promoted), shadow, dict(added))

    def load(self, name: str) -> Ranker:
        """The model of that id, or the formula. Raises ModelRefused."""
        if name in (FORMULA, formula.formula_id()):
            return FormulaRanker()
        loaded = LightGBMRanker.load(self.folder_of(name))
        if loaded.id != name:
            raise ModelRefused(f"{name} holds the model {loaded.id}")
        self._trial(loaded)
        return loaded

    def folder_of(self, name: str) -> Path:
        """Where a model's files are: installed, else bundled. Raises ModelRefused for a name of none."""
        if name in self.installed():
            return self.folder / name
        if name == self.bundled_id():
            return self._bundled
        raise ModelRefused(f"there is no model {name}")

    def installed(self) -> tuple[str, ...]:
        """The names of the models in the folder, whether or not they can be read."""
        return tuple(sorted(file.parent.name for file in self.folder.glob(f"[0-9a-f]*/{MANIFEST}")))

    def bundled_id(self) -> str | None:
        """The id of the bundled model; None where its manifest cannot be read."""
        try:
            return str(read_manifest(self._bundled)["id"])
        except (ModelRefused, OSError):
            return None

    def default(self) -> str:
        """What serves while nothing was chosen: the better on unseen firms of bundled model and formula.

        `bundled`, which is no model's id, where its manifest cannot be read.
        """
        try:
            manifest = read_manifest(self._bundled)
            figures = manifest["metrics"]["ndcg@10"]
            return str(manifest["id"]) if figures["trained"][0] >= figures["formula"][0] else FORMULA
        except (ModelRefused, OSError, KeyError, TypeError, IndexError):
            return BUNDLED.name

    def serving(self) -> Serving:
        """The latest chosen model that can be read, else the default, else the formula. Raises nothing."""
        refused: dict[str, str] = {}
        try:
            promoted = self.choices().promoted
        except ModelRefused as reason:
            promoted, refused[CHOICES] = (), str(reason)
        for name in dict.fromkeys((*reversed(promoted), self.default())):
            try:
                return Serving(self.load(name), refused)
            except ModelRefused as reason:
                refused[name] = str(reason)
        return Serving(FormulaRanker(), refused)

    def add(self, make: Callable[[Path], object], at: str) -> str:
        """Lets `make` fill a folder, takes it in as a candidate in shadow, and says its id.

        Whole or not at all; the same model again only becomes the candidate. Raises ModelRefused, and what
        `make` raises.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self.folder) as aside:
            made = Path(aside) / "model"
            make(made)
            name = str(read_manifest(made)["id"])
            with self._changing() as changing:
                chosen = self.choices()
                if name not in self.installed() and name != self.bundled_id():
                    made.rename(self.folder / name)
                shadow = None if name == self.serving().ranker.id else name
                changing(replace(chosen, shadow=shadow, added={name: at, **chosen.added}))
        return name

    def promote(self, name: str) -> str:
        """Lets a model serve from now on, and says its id. Raises ModelRefused; then nothing changes."""
        with self._changing() as changing:
            chosen, ranker = self.choices(), self.load(name)
            kept = chosen.promoted if chosen.wanted == ranker.id else (*chosen.promoted, ranker.id)
            shadow = None if chosen.shadow == ranker.id else chosen.shadow
            changing(replace(chosen, promoted=kept, shadow=shadow))
        return ranker.id

    def rollback(self) -> str:
        """Takes the latest promotion back, and says the id of what serves now. Raises ModelRefused."""
        with self._changing() as changing:
            chosen = self.choices()
            if not chosen.promoted:
                raise ModelRefused("no model was promoted: there is nothing to go back to")
            changing(replace(chosen, promoted=chosen.promoted[:-1]))
        return self.serving().ranker.id

    def in_shadow(self, name: str | None) -> None:
        """Lets a model score beside the one that serves, or none. Raises ModelRefused."""
        with self._changing() as changing:
            changing(replace(self.choices(), shadow=None if name is None else self.load(name).id))

    @contextmanager
    def _changing(self) -> Iterator[Callable[[Choices], None]]:
        """One change at a time, over processes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._write

    def _write(self, chosen: Choices) -> None:
        plain: dict[str, Any] = {
            "promoted": list(chosen.promoted),
            "shadow": chosen.shadow,
            "added": dict(chosen.added),
        }
        put(self.folder / CHOICES, (json.dumps(plain, indent=1) + "\n").encode())
