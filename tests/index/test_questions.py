"""The questions of firm owners: complete, read strictly, two halves alike and apart.

Claims about the data and its reader; how well measures are found is no test's business.
"""

import json
from collections import Counter
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from benchmarks.enterprise_questions import (
    HALVES,
    QUESTIONS,
    STYLES,
    Question,
    QuestionsRefused,
    load_questions,
)
from index.text import normalise
from policies.yaml_reading import read_yaml

CATALOGUE = Path(__file__).parents[2] / "policies" / "catalogue"
BOTH = {half: load_questions(half) for half in HALVES}
ALL = [question for half in HALVES for question in BOTH[half]]
ALIKE = 0.4  # of the pairs of characters (of English: the words) of two questions together


def test_there_are_enough_questions_of_every_style() -> None:
    assert len(ALL) >= 150
    assert all(count >= 15 for count in Counter(question.style for question in ALL).values())
    assert {question.style for question in ALL} == set(STYLES)


def test_each_half_has_one_question_of_each_style_and_group() -> None:
    counted = [Counter((question.style, question.group) for question in BOTH[half]) for half in HALVES]
    assert counted[0] == counted[1]
    assert all(each.total() >= 60 and set(each.values()) == {1} for each in counted)


def test_the_halves_have_as_many_answers() -> None:
    dev, final = (sum(len(question.relevant) for question in BOTH[half]) for half in HALVES)
    assert abs(dev - final) <= 0.1 * final


def test_every_answer_is_a_bundled_measure_and_every_measure_answers_something() -> None:
    documents: list[Any] = [
        read_yaml(file.read_bytes()).value
        for file in sorted(CATALOGUE.glob("*.yaml"))
        if ".cases." not in file.name
    ]
    measures = {
        f"{document['id']}.{measure['key']}" for document in documents for measure in document["measures"]
    }
    assert {name for question in ALL for name in question.relevant} == measures


def test_no_id_and_no_text_stands_twice() -> None:
    assert len({question.id for question in ALL}) == len(ALL)
    assert len({normalise(question.text) for question in ALL}) == len(ALL)


def test_no_question_of_one_half_is_a_variant_of_one_of_the_other() -> None:
    pieces = {question.id: _pieces(question.text) for question in ALL}
    pairs = product(BOTH["dev"], BOTH["final"])
    near = [
        (one.text, other.text) for one, other in pairs if _share(pieces[one.id], pieces[other.id]) >= ALIKE
    ]
    assert near == []


def _pieces(text: str) -> set[str]:
    plain = normalise(text)
    if plain.isascii():
        return set(plain.split())
    letters = [letter for letter in plain if letter.isalnum()]
    return {"".join(pair) for pair in pairwise(letters)}


def _share(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


LINE = {
    "id": "q001",
    "text": "房租能补吗",
    "style": "everyday",
    "group": "rent",
    "half": "dev",
    "relevant": {"a.b": 2, "a.c": 1},
}


def _read(folder: Path, *changes: dict[str, Any]) -> tuple[Question, ...]:
    lines = [json.dumps(LINE | change) for change in changes]
    (folder / "dev.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return load_questions("dev", folder)


def test_a_line_is_read_as_it_stands(tmp_path: Path) -> None:
    (question,) = _read(tmp_path, {})
    assert question == Question("q001", "房租能补吗", "everyday", "rent", "dev", {"a.b": 2, "a.c": 1})


@pytest.mark.parametrize(
    "change",
    [
        {"half": "final"},
        {"style": "slang"},
        {"id": "1"},
        {"text": ""},
        {"more": 1},
        {"relevant": {}},
        {"relevant": {"a.b": 1}},
        {"relevant": {"a.b": 2, "a.c": 3}},
        {"relevant": {"a.b": 2, "a.c": True}},
        {"relevant": {"a.b": 2, "a.c": "1"}},
        {"relevant": ["a.b"]},
    ],
)
def test_a_line_that_is_not_exactly_so_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    with pytest.raises(QuestionsRefused, match=r"^dev\.jsonl:1: "):
        _read(tmp_path, change)


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionsRefused, match=r"^dev\.jsonl:2: q001 stands twice"):
        _read(tmp_path, {}, {"text": "税能少交吗"})


def test_the_questions_say_how_they_were_written() -> None:
    page = (QUESTIONS / "README.md").read_text(encoding="utf-8")
    assert f"{len(ALL)} questions" in page
