"""What is found by whom: collections of documents and graded questions, read from their folders.

Reads what a folder's files say and nothing more; chooses no questions and drops none.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.enterprise_questions import Question
from index.passages import Entry, cut, entry_of
from policies.facts import china
from ranking.metrics import USEFUL
from service.learning.graded import bundled_shelf

Rows = Iterator[dict[str, Any]]
# A programme's words as an owner of a firm would read them; who runs it and how to apply are left out.
PROGRAMME_TEXTS = ("title", "promise", "description", "long_description")


class UnknownFolder(ValueError):
    """No collection is read from such a folder; the message says which are."""


@dataclass(frozen=True)
class Collection:
    """Documents as the index sees them, and for each question the graded ones; what is not graded is 0."""

    name: str
    entries: tuple[Entry, ...]
    questions: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, int]]

    def __post_init__(self) -> None:
        known = {entry.id for entry in self.entries}
        graded = {name for found in self.relevant.values() for name in found}
        if self.questions.keys() != self.relevant.keys() or not graded <= known:
            raise ValueError(f"{self.name}: questions and grades do not belong together")

    def grades(self) -> NDArray[np.int64]:
        """int64 [questions, documents]."""
        place = {entry.id: number for number, entry in enumerate(self.entries)}
        table = np.zeros((len(self.questions), len(self.entries)), np.int64)
        for row, name in enumerate(self.questions):
            for document, grade in self.relevant[name].items():
                table[row, place[document]] = grade
        return table


def collection_in(folder: Path) -> Collection:
    """The collection of a folder, told by its files. Raises UnknownFolder."""
    for sign, read in _READERS.items():
        if (folder / sign).exists():
            return read(folder)
    raise UnknownFolder(f"{folder} has none of {', '.join(_READERS)}")


def enterprise_collection(questions: Sequence[Question]) -> Collection:
    """The bundled catalogue, and what firm owners ask of it."""
    shelf = bundled_shelf(china())
    return Collection(
        "questions",
        tuple(entry_of(one.document, one.measure, shelf.registry) for one in shelf.placed),
        {question.id: question.text for question in questions},
        {question.id: question.relevant for question in questions},
    )


def _government_answers(folder: Path) -> Collection:
    """One answering document a question; the documents have no titles."""
    entries = [_entry(row["id"], row["text"]) for row in _rows(folder / "corpus.jsonl.gz")]
    questions = {row["id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    return Collection(folder.name, tuple(entries), questions, _qrels(folder / "qrels.tsv"))


def _programmes(folder: Path) -> Collection:
    """The programmes that their editors link to a project."""
    entries = [
        _entry(row["id"], "\n".join(row[name] for name in PROGRAMME_TEXTS if row[name]), row["title"])
        for row in _rows(folder / "programs.jsonl")
    ]
    questions = {row["id"]: row["text"] for row in _rows(folder / "project_queries.jsonl")}
    return Collection(folder.name, tuple(entries), questions, _qrels(folder / "project_qrels.tsv"))


_READERS: Mapping[str, Callable[[Path], Collection]] = {
    "queries.jsonl": _government_answers,
    "project_queries.jsonl": _programmes,
}


def _entry(name: str, text: str, title: str = "") -> Entry:
    return Entry(name, text, cut(text), title)


def _qrels(file: Path) -> dict[str, dict[str, int]]:
    """Yes-or-no relevance, read as a set of pairs: each is the least grade that counts as useful."""
    found: dict[str, dict[str, int]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        question, document, grade = line.split("\t")
        if grade != "1":
            raise ValueError(f"{file.name}: a relevance of {grade}")
        found.setdefault(question, {})[document] = USEFUL
    return found


def _rows(file: Path) -> Rows:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
