"""Matches, conditions and judgements as the JSON members that the contract names.

Turns values into dicts and nothing else; numbers stay exact.
"""

from typing import Any

from policies.benefits import Benefit
from policies.documents import Document, Measure
from policies.eligibility import Condition, Judgement
from policies.path_to_eligible import Path
from policies.steps import Step
from policies.windows import Standing
from service.catalogue.shapes import benefit, measure_head


def match(
    document: Document,
    measure: Measure,
    judged: Judgement,
    stands: Standing,
    worth: Benefit | None,
    score: float,
) -> dict[str, Any]:
    """One item of the recommendations, without `why`; `worth` is the benefit as this profile has it."""
    return {
        "measure": measure_head(document, measure),
        "verdict": judged.verdict,
        "part": judged.part,
        "state": stands.state,
        "score": score,
        "window": stands.window(),
        "benefit": benefit(worth),
        **reasons(judged),
    }


def reasons(judged: Judgement) -> dict[str, Any]:
    """Conditions, and what is still worth learning."""
    return {
        "conditions": [condition(one) for one in judged.conditions],
        "missing": list(judged.missing),
        "attests": [{"key": key, "text": text} for key, text in judged.attests],
    }


def way_in(path: Path) -> dict[str, Any]:
    """The steps to eligible, null where there are none that would do, and then what stands in the way."""
    steps = None if path.steps is None else [_step(one) for one in path.steps]
    return {"would_be_eligible_if": steps, "blocked_by": list(path.blocked_by)}


def _step(one: Step) -> dict[str, Any]:
    return {
        "do": one.do,
        "fact": one.fact,
        "attest": one.attest,
        "year": one.year,
        "path": one.path,
        "text": one.text,
        "target": one.target,
        "distance": one.distance,
        "on": None if one.on is None else one.on.isoformat(),
        "facts": list(one.facts),
    }


def condition(one: Condition) -> dict[str, Any]:
    """One condition with its verdict."""
    return {
        "path": one.path,
        "text": one.text,
        "verdict": one.verdict,
        "value": one.value,
        "origin": one.origin,
        "missing": list(one.missing),
        "place": one.place,
        "distance": one.distance,
        "attest": one.attest,
    }
