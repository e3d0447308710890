"""Measures as the JSON members that the contract names: in a list, whole, and as an answer's `measure`.

Turns values into dicts and nothing else; numbers stay exact.
"""

from typing import Any

from policies.benefits import Benefit
from policies.documents import Document, Measure
from policies.windows import Standing
from service.catalogue.store import Withdrawn

PUBLISHED, WITHDRAWN = "published", "withdrawn"


def document_head(document: Document) -> dict[str, Any]:
    """What a measure tells of its document."""
    return {
        "id": document.id,
        "title": document.title,
        "doc_no": document.doc_no,
        "issuers": list(document.issuers),
        "level": document.level,
        "in_force": document.in_force,
        "provenance": document.provenance,
    }


def measure_head(document: Document, measure: Measure) -> dict[str, Any]:
    """What every answer tells of a measure."""
    return {
        "id": measure.id,
        "title": measure.title,
        "document": document_head(document),
        "kind": measure.kind,
        "mode": measure.mode,
        "summary": measure.summary,
    }


def benefit(shown: Benefit | None) -> dict[str, Any] | None:
    """The benefit that stands for the measure."""
    if shown is None:
        return None
    return {"nature": shown.nature, "min": shown.min, "max": shown.max, "text": shown.text}


def listed(document: Document, measure: Measure, stands: Standing, status: str) -> dict[str, Any]:
    """A measure in a list."""
    return {
        **measure_head(document, measure),
        "status": status,
        "state": stands.state,
        "window": stands.window(),
        "benefit": benefit(measure.benefit),
    }


def whole(
    document: Document, measure: Measure, stands: Standing, withdrawn: Withdrawn | None
) -> dict[str, Any]:
    """A measure with every member of its document's entry; why, where it was withdrawn."""
    status = PUBLISHED if withdrawn is None else WITHDRAWN
    shown = {**measure.content, **listed(document, measure, stands, status)}
    if withdrawn is None:
        return shown
    why = {"reason": withdrawn.reason, "replaced_by": withdrawn.replaced_by}
    return {**shown, "withdrawn_at": withdrawn.withdrawn_at, **why}
