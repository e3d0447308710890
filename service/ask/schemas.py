"""The bodies of asking as OpenAPI tells them: answers as models, requests with examples.

Shapes only; requests are read by service.ask.request, whose schema is put in by `with_requests`.
"""

from collections.abc import MutableMapping
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from policies.efforts import Do
from policies.facts import Registry
from service.ask.request import ask_reader, question_reader
from service.catalogue.schemas import BenefitShown, DocumentHead, FoundShown, WindowShown


class MeasureHead(BaseModel):
    """The measure of a match."""

    id: str
    title: str
    document: DocumentHead
    kind: str
    mode: str
    summary: str | None


class OriginShown(BaseModel):
    """Where a value is from."""

    source: str | None
    as_of: str | None


class ConditionShown(BaseModel):
    """One condition: its own verdict, the value used, and its place in the source."""

    path: str
    text: str
    verdict: str
    value: Any
    origin: OriginShown | None
    missing: list[str]
    place: dict[str, Any] | None
    distance: int | Decimal | None
    attest: str | None


class AttestShown(BaseModel):
    """What only the enterprise can say."""

    key: str
    text: str


class ReasonShown(BaseModel):
    """What moved a match up or down."""

    feature: str
    text: str
    contribution: float


class Match(BaseModel):
    """One match."""

    measure: MeasureHead
    verdict: str
    part: str
    state: str
    score: float
    window: WindowShown | None
    benefit: BenefitShown | None
    conditions: list[ConditionShown]
    missing: list[str]
    attests: list[AttestShown]
    why: list[ReasonShown]
    found: FoundShown | None


class SnapshotShown(BaseModel):
    """What the answer was made from."""

    generation: str | None
    catalogue: int


class ModelShown(BaseModel):
    """What ordered the answer."""

    name: str
    id: str
    cold_start: bool


class CountsShown(BaseModel):
    """Measures by part, before `parts`."""

    certain: int
    checkable: int
    undecided: int
    excluded: int


class QuestionShown(BaseModel):
    """A fact or an attestation worth asking for."""

    fact: str | None = None
    attest: str | None = None
    text: str
    unlocks: int


class Recommendations(BaseModel):
    """One page of matches."""

    request_id: str
    as_of: str
    snapshot: SnapshotShown
    model: ModelShown
    degraded: list[str]
    counts: CountsShown
    items: list[Match]
    questions: list[QuestionShown]
    next_cursor: str | None


class StepShown(BaseModel):
    """One step to eligible: `target` is a VALUE that is enough, in a list any of its members.

    It is null where several `facts` are to be known; `on` is the day from which waiting is over.
    """

    do: Do
    fact: str | None
    attest: str | None
    year: int | None
    path: str
    text: str
    target: Any
    distance: int | Decimal | None
    on: str | None
    facts: list[str]


class JudgementShown(BaseModel):
    """Where one measure or rule stands."""

    measure: str | None = None
    rule: str | None = None
    status: str | None
    state: str | None
    verdict: str
    part: str
    conditions: list[ConditionShown]
    missing: list[str]
    attests: list[AttestShown]
    decisive: list[str]
    would_be_eligible_if: list[StepShown] | None
    blocked_by: list[str]
    then: "JudgementShown | None"


class Judgements(BaseModel):
    """Judgements in the order asked."""

    request_id: str
    as_of: str
    items: list[JudgementShown]


_FACTS = {
    "region": "330106",
    "industry": "I6513",
    "registered_on": "2021-03-01",
    "employees": 18,
    "revenue": {"2024": 5_200_000, "2025": 6_800_000},
    "rd_expense": {"2025": 1_900_000},
}
ASK_EXAMPLE = {
    "profile": {"text": "工业质检软件研发，想申请研发补助", "facts": _FACTS},
    "as_of": "2026-11-24",
    "limit": 5,
}
QUESTION_EXAMPLE = {
    "profile": {"facts": _FACTS},
    "as_of": "2026-11-24",
    "rules": {"software": {"field": "industry", "within": ["I65"]}},
}
_KEY_OR_NONE: list[dict[str, list[str]]] = [{}, {"key": []}]
RECOMMENDATIONS: dict[str, Any] = {
    "security": _KEY_OR_NONE,
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}, "example": ASK_EXAMPLE}}},
}
ELIGIBILITY: dict[str, Any] = {
    "security": _KEY_OR_NONE,
    "requestBody": {
        "content": {"application/json": {"schema": {"type": "object"}, "example": QUESTION_EXAMPLE}}
    },
}


def with_requests(paths: MutableMapping[str, Any], registry: Registry, today: date) -> None:
    """Puts the readers' schemas, which need the registry, into the paths of an OpenAPI document."""
    readers = {"/v1/recommendations": ask_reader, "/v1/eligibility": question_reader}
    for path, reader in readers.items():
        content = paths[path]["post"]["requestBody"]["content"]["application/json"]
        content["schema"] = reader(registry, today).schema()
