"""The bundled catalogue keeps its promises: readable, honest about where it comes from, useful today.

Reads every document as an import would; the day is fixed.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from policies.documents import Document, Measure, read_document
from policies.facts import china
from policies.windows import standing
from policies.yaml_reading import read_yaml

TODAY = date(2026, 11, 24)
CATALOGUE = Path(__file__).parents[2] / "policies" / "catalogue"
FILES = sorted(set(CATALOGUE.glob("*.yaml")) - set(CATALOGUE.glob("*.cases.yaml")))
NAMED = ("小型微利企业", "研发费用加计扣除", "高新技术企业认定", "科技型中小企业评价", "稳岗返还")


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [read_document(read_yaml(file.read_bytes()).value, china()) for file in FILES]


def _measures(documents: list[Document]) -> Iterator[tuple[Document, Measure]]:
    for document in documents:
        for measure in document.measures:
            yield document, measure


def test_every_document_is_accepted_and_named_as_its_file(documents: list[Document]) -> None:
    assert [document.id for document in documents] == [file.stem for file in FILES]


def test_there_are_enough_documents_and_measures(documents: list[Document]) -> None:
    real = [d for d in documents if d.issuers != ("来源未注明发布机关",)]
    assert len(real) >= 10
    assert sum(len(d.measures) for d in real) >= 25


@pytest.mark.parametrize("title", NAMED)
def test_the_best_known_measures_are_there(documents: list[Document], title: str) -> None:
    assert [m for _, m in _measures(documents) if title in m.title]


def test_at_least_eight_measures_are_open_or_rolling(documents: list[Document]) -> None:
    states = [standing(document, measure, TODAY).state for document, measure in _measures(documents)]
    assert sum(state in ("open", "rolling") for state in states) >= 8


def test_what_is_from_memory_claims_no_check_and_no_address(documents: list[Document]) -> None:
    for document, measure in _measures(documents):
        contact = measure.contact or {}
        if document.provenance == "from-memory":
            assert document.checked_on is None
            assert (contact.get("phone"), contact.get("address")) == (None, None)
        else:
            assert document.checked_on is not None
            assert document.source is not None
            assert document.source["title"]


def test_a_local_measure_is_for_its_own_region(documents: list[Document]) -> None:
    for document, measure in _measures(documents):
        if document.level != "national":
            written = str(measure.rule.written)
            assert f"'within': ['{document.region}']" in written, measure.id


def test_what_is_out_of_date_is_closed(documents: list[Document]) -> None:
    for document, measure in _measures(documents):
        if document.effective_to is not None and document.effective_to < TODAY:
            assert standing(document, measure, TODAY).state == "closed"


def test_each_measure_says_what_it_is_and_what_it_is_worth(documents: list[Document]) -> None:
    for _, measure in _measures(documents):
        assert measure.summary
        assert measure.benefits
        assert all(benefit.text for benefit in measure.benefits)


def test_every_kind_and_mode_has_an_example(documents: list[Document]) -> None:
    kinds = {measure.kind for _, measure in _measures(documents)}
    assert len(kinds) == 10
    assert {measure.mode for _, measure in _measures(documents)} == {"apply", "instant", "automatic"}
