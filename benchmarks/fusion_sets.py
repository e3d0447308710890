"""Questions with their documents, made from the training text for encoders, to choose fusion constants on.

Short and long, in three languages, across two; never a set that a result is reported on.
"""

import gzip
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.passages import Entry, cut, entry_of
from policies.facts import china
from service.learning.graded import bundled_shelf

QUESTIONS, DOCUMENTS = 150, 240
SEED = 16
_LAW_UNITS, _LAW_CHARACTERS = 12, 900


@dataclass(frozen=True)
class QuestionSet:
    """`questions`: what is asked, and the ids of the entries that answer it."""

    name: str
    entries: tuple[Entry, ...]
    questions: tuple[tuple[str, frozenset[str]], ...]


def question_sets(folder: Path) -> list[QuestionSet]:
    """The sets of a folder with `docs.jsonl.gz` and `pairs.jsonl.gz`; the same for the same files."""
    pairs = list(_rows(folder / "pairs.jsonl.gz"))
    laws = list(_rows(folder / "docs.jsonl.gz"))
    kinds = ("cmrc", "drcd", "tatoeba", "en_zh", "en_zh_title", "en_title")
    found = [_of_pairs(kind, [row for row in pairs if row["kind"] == kind]) for kind in kinds]
    articles = _of_articles([row for row in pairs if row["kind"] == "drcd"])
    return [*found, articles, *_of_laws("law", laws), *_of_laws("moj_en", laws)]


def catalogue_sets() -> list[QuestionSet]:
    """Of the bundled catalogue: a document's number and its title find its measures."""
    shelf = bundled_shelf(china())
    entries = tuple(entry_of(one.document, one.measure, shelf.registry) for one in shelf.placed)
    found = []
    for name in ("doc_no", "title"):
        questions = tuple(
            (text, frozenset(measure.id for measure in document.measures))
            for document in shelf.documents.values()
            if (text := getattr(document, name))
        )
        found.append(QuestionSet(f"catalogue_{name}", entries, questions))
    return found


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _of_pairs(kind: str, rows: Sequence[dict[str, Any]]) -> QuestionSet:
    """Anchors find their positives among other rows' positives."""
    chosen = random.Random(SEED).sample(list(rows), len(rows))
    names: dict[str, str] = {}
    questions: list[tuple[str, frozenset[str]]] = []
    for row in chosen:
        if row["positive"] in names and len(questions) >= QUESTIONS:
            continue
        if row["positive"] not in names and len(names) == DOCUMENTS:
            continue
        name = names.setdefault(row["positive"], f"{kind}.{len(names)}")
        if len(questions) < QUESTIONS:
            questions.append((row["anchor"], frozenset({name})))
    entries = [Entry(name, text, cut(text)) for text, name in names.items()]
    return QuestionSet(kind, tuple(entries), tuple(questions))


def _of_laws(kind: str, documents: Iterable[dict[str, Any]]) -> Iterator[QuestionSet]:
    """A law's name finds its articles; an article finds the other articles of its law, under their name."""
    laws = [one for one in documents if one["kind"] == kind and len(one["units"]) > 3]
    laws = random.Random(SEED).sample(laws, min(DOCUMENTS, len(laws)))
    asked, entries, named = [], [], []
    for number, law in enumerate(laws):
        texts = [text for _, text in law["units"][:_LAW_UNITS] if law["title"] not in text]
        if len(texts) < 3:
            continue
        long = max(texts[1:], key=lambda text: min(len(text), 400))
        rest = "\n".join(text for text in texts if text != long)[:_LAW_CHARACTERS]
        entries.append(Entry(f"{kind}.{number}", rest, cut(rest)))
        named.append(replace(entries[-1], words=f"{law['title']}\n{rest}", title=law["title"]))
        asked.append((law["title"], long[:400], frozenset({entries[-1].id})))
    asked = asked[:QUESTIONS]
    yield QuestionSet(f"{kind}_name", tuple(entries), tuple((title, name) for title, _, name in asked))
    yield QuestionSet(f"{kind}_article", tuple(named), tuple((text, name) for _, text, name in asked))


def _of_articles(rows: Sequence[dict[str, Any]]) -> QuestionSet:
    """A paragraph finds the other paragraphs of its article: a long description, nothing repeated."""
    articles: dict[str, dict[str, str]] = {}
    for row in rows:
        article, paragraph, _ = row["id"].removeprefix("drcd:").split("-")
        articles.setdefault(article, {})[paragraph] = row["positive"]
    several = [found for _, found in sorted(articles.items()) if len(found) > 1]
    random.Random(SEED).shuffle(several)
    entries: list[Entry] = []
    questions: list[tuple[str, frozenset[str]]] = []
    for number, (asked, *rest) in enumerate(list(one.values()) for one in several):
        if len(entries) + len(rest) > DOCUMENTS:
            break
        added = [Entry(f"article.{number}.{at}", text, cut(text)) for at, text in enumerate(rest)]
        entries += added
        questions.append((asked[:400], frozenset(entry.id for entry in added)))
    return QuestionSet("article", tuple(entries), tuple(questions))
