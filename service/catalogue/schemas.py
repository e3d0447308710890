"""What goes in and out of the catalogue's endpoints: parameters as readers, answers for OpenAPI.

Shapes only; answers are written from plain values, these models describe them.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from policies.documents import KINDS, region_reader
from policies.facts import Registry
from policies.reading import Reader, Text, Word
from policies.windows import STATES
from service.paging import PAGE


def measures_parameters(registry: Registry) -> dict[str, Reader]:
    """The query parameters of GET /v1/measures."""
    return {**_MEASURES, "region": region_reader(registry)}


_MEASURES: Mapping[str, Reader] = {
    "q": Text(2_000),
    "region": Text(20),
    "kind": Word(KINDS),
    "state": Word(STATES),
    "document": Text(80),
    **PAGE,
}
MEASURES_TOLD = {
    "q": "orders by words and meaning and never removes",
    "region": "keeps measures whose document's region equals, contains or lies inside it",
    "kind": "kind of the measure",
    "state": "where the measure stands today",
    "document": "id of a document",
    "limit": "1–100, default 20",
    "cursor": "of the page before",
}
MEASURES: Mapping[str, Reader] = _MEASURES
SIMILAR: Mapping[str, Reader] = {"limit": PAGE["limit"]}
SIMILAR_TOLD = {"limit": MEASURES_TOLD["limit"]}
CODES: Mapping[str, Reader] = {"q": Text(100), **PAGE}


class DocumentHead(BaseModel):
    """What a measure tells of its document."""

    id: str
    title: str
    doc_no: str | None
    issuers: list[str]
    level: str
    in_force: str
    provenance: str


class WindowShown(BaseModel):
    """The round that counts today."""

    opens: str | None
    closes: str | None
    days_left: int | None


class BenefitShown(BaseModel):
    """What a measure is worth, in yuan."""

    nature: str
    min: float | None
    max: float | None
    text: str | None


class FoundShown(BaseModel):
    """What of the question found a measure: words of it that stand there, and the nearest passage."""

    by: Literal["words", "meaning", "both"]
    words: list[str]
    passage: str | None


class MeasureShown(BaseModel):
    """A measure in a list."""

    id: str
    title: str
    document: DocumentHead
    kind: str
    mode: str
    summary: str | None
    status: str
    state: str
    window: WindowShown | None
    benefit: BenefitShown | None


class MeasureFound(MeasureShown):
    """A measure in a list, and what of `q` found it; null without `q`."""

    found: FoundShown | None


class Measures(BaseModel):
    """A page of published measures."""

    items: list[MeasureFound]
    next_cursor: str | None


class MeasureLike(MeasureShown):
    """A measure in a list, and how like it is to the one asked about, in [0, 1]."""

    similarity: float


class SimilarMeasures(BaseModel):
    """Measures like another one."""

    items: list[MeasureLike]
    next_cursor: str | None


class MeasureWhole(MeasureShown):
    """A measure with all that its document says of it."""

    key: str
    rule: dict[str, Any]
    windows: list[dict[str, Any]] | None
    benefits: list[dict[str, Any]] | None
    materials: list[str] | None
    steps: list[str] | None
    contact: dict[str, str | None] | None
    budget: dict[str, Any] | None
    requires: list[str] | None
    grants: list[str] | None
    excludes: list[str] | None
    withdrawn_at: str | None = None
    reason: str | None = None
    replaced_by: str | None = None


class FactShown(BaseModel):
    """One thing that can be known about an enterprise."""

    name: str
    type: str
    unit: str | None
    by_year: bool
    derived: bool
    values: list[str] | None
    question: dict[str, str]
    label: dict[str, str]
    value_labels: dict[str, dict[str, str]]
    sensitivity: str


class Facts(BaseModel):
    """Every fact, in the order in which missing ones are told."""

    items: list[FactShown]
    next_cursor: str | None


class CodeShown(BaseModel):
    """A code with the codes above it, itself last."""

    code: str
    name: str
    path: list[str]


class CodesFound(BaseModel):
    """A page of codes."""

    items: list[CodeShown]
    next_cursor: str | None
