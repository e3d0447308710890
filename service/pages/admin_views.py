"""A document as the administrator's page shows it: rules in words, audience as bars, differences by field.

Reads answers of the API. Never changes anything.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.documents import read_document
from policies.formula_words import say_formula
from policies.json_writing import to_json
from policies.warnings import warnings_of
from policies.wording import sentences
from service.pages.views import PARTS
from service.pages.visit import Visit

BAR = 260  # px of the longest bar
STATUS_MEMBERS = ("status", "revision", "draft_revision", "withdrawn_at", "reason", "replaced_by")


async def policy_page(v: Visit, policy: dict[str, Any], revisions: list[dict[str, Any]]) -> dict[str, Any]:
    """What policy.html shows of GET /v1/policies/{id}."""
    waiting = policy["draft_revision"] is not None and policy["status"] == "published"
    content = {name: value for name, value in policy.items() if name not in STATUS_MEMBERS}
    draft = _draft(policy["draft_revision"], revisions) if waiting else None
    document = read_document(draft or content, v.services.registry)
    measures = [await _measure(v, measure, policy, waiting) for measure in document.measures]
    told = {part: sum(m["told"][part] for m in measures) for part in ("certain", "checkable")}
    pushed = policy["status"] != "draft"
    return {
        "policy": policy,
        "push": (await v.api.get(f"/v1/policies/{policy['id']}/push")).fine() if pushed else None,
        "asked": None,
        "waiting": waiting,
        "measures": measures,
        "warnings": [doubt.told(v.t.language) for doubt in warnings_of(document, v.services.registry)],
        "told": {**told, "n": sum(told.values())},
        "changes": list(differences(content, draft)) if draft else None,
        "revisions": revisions,
    }


def asked_of(counts: Mapping[str, int]) -> dict[str, int]:
    """The number to confirm before so many are told, and what it is made of."""
    told = {part: counts[part] for part in ("certain", "checkable")}
    return {**told, "n": sum(told.values())}


def _draft(number: int, revisions: list[dict[str, Any]]) -> Any:
    found = next((r for r in revisions if r["revision"] == number), None)
    return found.get("content") or found.get("document") if found else None


async def _measure(v: Visit, measure: Any, policy: dict[str, Any], waiting: bool) -> dict[str, Any]:
    registry = v.services.registry
    asked = ["live"] * (policy["status"] == "published") + ["draft"] * (
        waiting or policy["status"] != "published"
    )
    reach, told = [], dict.fromkeys(PARTS, 0)
    for which in asked:
        body = {"sample": 0, "draft": which == "draft" and waiting}
        answer = await v.api.post(f"/v1/measures/{measure.id}/audience", body)
        if answer.ok:
            told = answer.body["counts"]
            reach.append({"which": which, "bars": bars(told)})
    return {
        "title": measure.title,
        "kind": measure.kind,
        "mode": measure.mode,
        "sentences": sentences(measure.rule, registry, v.t.language),
        "tree": to_json(measure.rule.written),
        "formulas": [
            {"text": benefit.text, "words": say_formula(benefit.formula, registry, v.t.language)}
            for benefit in measure.benefits
            if benefit.formula is not None
        ],
        "reach": reach,
        "told": told,
    }


def bars(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Counts by part as bars, the longest full width."""
    longest = max(counts.values()) or 1
    return [
        {"part": part, "count": counts[part], "y": 30 * i, "width": BAR * counts[part] // longest}
        for i, part in enumerate(PARTS)
    ]


def differences(old: Any, new: Any, at: str = "") -> Iterator[dict[str, str]]:
    """The places where two JSON values differ, with both sides as short text."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}, key=str):
            yield from differences(old.get(name), new.get(name), f"{at}/{name}")
    elif isinstance(old, list) and isinstance(new, list):
        for i in range(max(len(old), len(new))):
            was, will = (side[i] if i < len(side) else None for side in (old, new))
            yield from differences(was, will, f"{at}/{i}")
    elif old != new:
        yield {"pointer": at, "old": _short(old), "new": _short(new)}


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else to_json(value)
    return text if len(text) <= 200 else text[:200] + "…"
