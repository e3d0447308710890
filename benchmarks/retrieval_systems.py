"""The orders that are compared: bm25s, SQLite FTS5 and the index by words, by meaning and by both.

Each system scores every document for every question; none knows which of them are right.
"""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval_sets import Collection
from index.e5_file import Floats
from index.encoder import Encoder, encode_all
from index.hybrid import HybridIndex
from index.passages import Entry
from index.text import terms

SYSTEMS = ("bm25s", "fts5", "words", "meaning", "hybrid")
THREADS = 2
BATCH = 5_000  # texts that are kept together
Scores = NDArray[np.float64]
_WORD = re.compile(r"\w+")


class Vectors(Protocol):
    """Unit vectors of texts, float32 [n, dim], in their order."""

    def queries(self, texts: Sequence[str]) -> Floats: ...

    def passages(self, texts: Sequence[str]) -> Floats: ...


class KeptVectors:
    """An encoder whose vectors are kept in a folder, by encoder and texts; without a folder none is.

    A run that was broken off goes on after the last whole batch.
    """

    def __init__(self, encoder: Encoder, folder: Path | None) -> None:
        self._encoder, self._folder = encoder, folder

    def queries(self, texts: Sequence[str]) -> Floats:
        """As the encoder's, one text a call."""
        return self._all("queries", texts, self._encoder.queries)

    def passages(self, texts: Sequence[str]) -> Floats:
        """As the encoder's, one text a call."""
        return self._all("passages", texts, self._encoder.passages)

    def _all(self, kind: str, texts: Sequence[str], encode: Callable[[Sequence[str]], Floats]) -> Floats:
        batches = [texts[at : at + BATCH] for at in range(0, len(texts), BATCH)]
        return np.concatenate([self._batch(kind, batch, encode) for batch in batches])

    def _batch(self, kind: str, texts: Sequence[str], encode: Callable[[Sequence[str]], Floats]) -> Floats:
        if self._folder is None:
            return np.stack(encode_all(encode, texts, threads=THREADS))
        named = "\0".join([self._encoder.sha256, kind, *texts])
        file = self._folder / f"{hashlib.sha256(named.encode()).hexdigest()[:24]}.npy"
        if not file.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            np.save(file, np.stack(encode_all(encode, texts, threads=THREADS)))
        found: Floats = np.load(file)
        return found


def scores_of(collection: Collection, vectors: Vectors) -> Mapping[str, Scores]:
    """float64 [questions, documents] by system."""
    questions = list(collection.questions.values())
    ours = _index(collection.entries, questions, vectors)
    return {
        "bm25s": _bm25s(collection.entries, questions),
        "fts5": _fts5(collection.entries, questions),
        **ours,
    }


def _index(entries: Sequence[Entry], questions: Sequence[str], vectors: Vectors) -> dict[str, Scores]:
    """The index itself. A document without a vector is behind every other by meaning."""
    index = HybridIndex.of(entries, passage_vectors(entries, vectors))
    ids = [entry.id for entry in entries]
    asked = vectors.queries(questions)
    found = [index.score(text, vector, ids) for text, vector in zip(questions, asked, strict=True)]
    return {
        "words": np.array([one.words for one in found], np.float64),
        "meaning": np.nan_to_num(np.array([one.meaning for one in found], np.float64), nan=-1.0),
        "hybrid": np.array([one.scores for one in found], np.float64),
    }


def passage_vectors(entries: Sequence[Entry], vectors: Vectors) -> dict[str, Floats]:
    """float32 [passages, dim] by id, of the entries that have passages."""
    rows = vectors.passages([passage for entry in entries for passage in entry.passages])
    ends = np.cumsum([len(entry.passages) for entry in entries])
    parts = np.split(rows, ends[:-1])
    return {entry.id: part for entry, part in zip(entries, parts, strict=True) if len(part)}


def _bm25s(entries: Sequence[Entry], questions: Sequence[str]) -> Scores:
    """bm25s as it comes (Lucene's formula, k1 1.5, b 0.75) over the terms that our index has too."""
    import bm25s  # noqa: PLC0415  # a test dependency: only who measures has it

    peer = bm25s.BM25()
    peer.index([terms(entry.words) for entry in entries], show_progress=False)
    known = ([term for term in terms(text) if term in peer.vocab_dict] for text in questions)
    nothing = np.zeros(len(entries))
    return np.array([peer.get_scores(found) if found else nothing for found in known], np.float64)


def _fts5(entries: Sequence[Entry], questions: Sequence[str]) -> Scores:
    """SQLite's own trigrams and bm25(), any trigram of the question's words; texts as they are."""
    table = sqlite3.connect(":memory:")
    table.execute("CREATE VIRTUAL TABLE entry USING fts5(words, tokenize='trigram')")
    rows = ((number, entry.words) for number, entry in enumerate(entries))
    table.executemany("INSERT INTO entry(rowid, words) VALUES (?, ?)", rows)
    scores = np.zeros((len(questions), len(entries)))
    for row, text in enumerate(questions):
        if pieces := _trigrams(text):
            wanted = " OR ".join(f'"{piece}"' for piece in pieces)
            found = table.execute("SELECT rowid, -bm25(entry) FROM entry WHERE entry MATCH ?", (wanted,))
            for number, score in found:
                scores[row, number] = score
    table.close()
    return scores


def _trigrams(text: str) -> list[str]:
    words = _WORD.findall(text)
    return list(dict.fromkeys(word[at : at + 3] for word in words for at in range(len(word) - 2)))
