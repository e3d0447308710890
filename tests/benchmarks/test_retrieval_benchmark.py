"""Claims about the benchmark of finding: what is read, that each system orders, that the form is kept.

Tiny made-up data and vectors that count letters; no encoder is opened.
"""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.enterprise_questions import load_questions
from benchmarks.retrieval import METRICS, PAIRS, SEED, differences, figures, measured, table
from benchmarks.retrieval_sets import (
    Collection,
    UnknownFolder,
    collection_in,
    enterprise_collection,
)
from benchmarks.retrieval_systems import SYSTEMS, KeptVectors, passage_vectors, scores_of
from index.passages import Entry, cut
from ranking.metrics import paired

DIM = 64
TEXTS = {
    "tax": "小型微利企业减按5%征收企业所得税。",
    "rent": "办公用房租金补贴，按实际房租的30%补贴。",
    "patent": "国内发明专利授权后每件资助1000元。",
}
ASKED = {"a": "企业所得税能少交吗", "b": "房租的补贴多少", "c": "发明专利有资助吗"}


class Letters:
    """Vectors that count letters, by their code modulo DIM; all somewhat alike, as an encoder's are."""

    sha256 = "letters"

    def __init__(self) -> None:
        self.asked = 0

    def queries(self, texts: Sequence[str]) -> np.ndarray:
        return self.passages(texts)

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += len(texts)
        rows = np.full((len(texts), DIM), 0.8, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text:
                row[ord(letter) % DIM] += 1
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows


def tiny() -> Collection:
    entries = tuple(Entry(name, text, cut(text)) for name, text in TEXTS.items())
    return Collection("tiny", entries, ASKED, {"a": {"tax": 2}, "b": {"rent": 2}, "c": {"patent": 2}})


def test_every_system_finds_what_shares_its_words() -> None:
    scores = scores_of(tiny(), Letters())
    assert set(scores) == set(SYSTEMS)
    for system in SYSTEMS:
        assert scores[system].shape == (3, 3)
        assert scores[system].argmax(axis=1).tolist() == [0, 1, 2], system


def test_a_question_without_a_known_term_has_no_order() -> None:
    found = Collection("tiny", tiny().entries, {"a": "xyzzy"}, {"a": {"tax": 2}})
    scores = scores_of(found, Letters())
    assert not any(scores[system].any() for system in ("bm25s", "fts5", "words"))


def test_figures_have_the_agreed_form_and_pairs_are_of_the_same_questions() -> None:
    found = figures([tiny()], Letters())
    assert set(found) == {"sets", "paired"}
    assert {system: set(row) for system, row in found["sets"]["tiny"].items()} == {
        system: set(METRICS) for system in SYSTEMS
    }
    value, low, high = found["sets"]["tiny"]["hybrid"]["ndcg@10"]
    assert low <= value <= high == 1
    assert set(found["paired"]["tiny"]) == {f"{ours} - {theirs}" for ours, theirs in PAIRS}
    assert "tiny" in table(found)


def test_a_paired_difference_is_of_the_headline_question_by_question() -> None:
    collection = tiny()
    scores = dict(scores_of(collection, Letters()))
    scores["words"] = -scores["words"]
    each = measured(collection, scores)
    expected = paired(each["hybrid"]["ndcg@10"], each["words"]["ndcg@10"], SEED).rounded()
    assert differences(each)["hybrid - words"] == expected
    assert expected[0] is not None
    assert expected[0] > 0


def test_an_order_turned_round_measures_worse() -> None:
    collection = tiny()
    scores = {system: -found for system, found in scores_of(collection, Letters()).items()}
    each = measured(collection, scores)
    assert all(each[system]["mrr@10"].mean() < 0.5 for system in SYSTEMS)
    assert all(each[system]["recall@1"].sum() == 0 for system in SYSTEMS)


@pytest.mark.slow
def test_the_half_that_may_be_tuned_on_is_told_by_style_and_the_other_is_not() -> None:
    for half, told in (("dev", True), ("final", False)):
        questions = load_questions(half)  # type: ignore[arg-type]
        found = figures([enterprise_collection(questions)], Letters(), questions)
        assert found["half"] == half
        assert ("styles" in found) == told
        assert f"questions ({half})" in table(found)


@pytest.mark.slow
def test_the_catalogue_is_cut_as_the_index_cuts_it_and_every_measure_stands_in_it() -> None:
    collection = enterprise_collection(load_questions("dev"))
    assert all(entry.passages and entry.title for entry in collection.entries)
    assert collection.grades().max(axis=1).tolist() == [2] * len(collection.questions)


def _written(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    file.write_bytes(gzip.compress(lines) if file.suffix == ".gz" else lines)


def test_questions_to_documents_are_read_from_their_folder(tmp_path: Path) -> None:
    _written(tmp_path / "corpus.jsonl.gz", [{"id": name, "text": text} for name, text in TEXTS.items()])
    _written(tmp_path / "queries.jsonl", [{"id": "a", "text": ASKED["a"]}])
    (tmp_path / "qrels.tsv").write_text("a\ttax\t1\n", encoding="utf-8")
    found = collection_in(tmp_path)
    assert (found.name, len(found.entries), found.questions) == (tmp_path.name, 3, {"a": ASKED["a"]})
    assert found.grades().tolist() == [[2, 0, 0]]
    assert found.entries[0].title == ""


def test_projects_and_programmes_are_read_and_a_repeated_link_counts_once(tmp_path: Path) -> None:
    row = {
        "id": "p",
        "title": "Aide",
        "promise": "Moins d'eau",
        "description": "Un",
        "long_description": None,
    }
    _written(tmp_path / "programs.jsonl", [row | {"operator": "nobody"}])
    _written(tmp_path / "project_queries.jsonl", [{"id": "a", "text": "eau"}])
    (tmp_path / "project_qrels.tsv").write_text("a\tp\t1\na\tp\t1\n", encoding="utf-8")
    found = collection_in(tmp_path)
    assert found.entries == (Entry("p", "Aide\nMoins d'eau\nUn", ("Aide\nMoins d'eau\nUn",), "Aide"),)
    assert found.grades().tolist() == [[2]]


def test_another_folder_is_refused_and_so_is_a_grade_of_an_unknown_document(tmp_path: Path) -> None:
    with pytest.raises(UnknownFolder, match=r"queries\.jsonl"):
        collection_in(tmp_path)
    with pytest.raises(ValueError, match="do not belong together"):
        Collection("tiny", tiny().entries, {"a": "x"}, {"a": {"nothing": 2}})


def test_kept_vectors_are_the_encoders_own_and_are_made_once(tmp_path: Path) -> None:
    letters = Letters()
    fresh = KeptVectors(letters, tmp_path).passages(list(TEXTS.values()))  # type: ignore[arg-type]
    again = KeptVectors(letters, tmp_path).passages(list(TEXTS.values()))  # type: ignore[arg-type]
    assert letters.asked == len(TEXTS)
    assert np.array_equal(fresh, again)
    assert np.array_equal(fresh, Letters().passages(list(TEXTS.values())))


def test_a_run_that_was_broken_off_goes_on_after_the_last_whole_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.retrieval_systems.BATCH", 2)
    texts, letters = ["甲", "乙", "丙", "丁", "戊"], Letters()
    KeptVectors(letters, tmp_path).passages(texts[:2])  # type: ignore[arg-type]
    whole = KeptVectors(letters, tmp_path).passages(texts)  # type: ignore[arg-type]
    assert letters.asked == len(texts)
    assert np.array_equal(whole, Letters().passages(texts))


def test_an_entry_without_passages_has_no_vector_and_takes_no_other() -> None:
    entries = (Entry("a", "甲", ("甲", "乙")), Entry("b", "", ()), Entry("c", "丙", ("丙",)))
    found = passage_vectors(entries, Letters())
    assert {name: len(rows) for name, rows in found.items()} == {"a": 2, "c": 1}
    assert np.array_equal(found["c"], Letters().passages(["丙"]))
