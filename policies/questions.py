"""Which facts and attestations to ask for next: those that most undecided and checkable measures wait for.

Counts what measures name; it never guesses an answer. Weighing them by worth comes later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.eligibility import Judgement
from policies.facts import Registry

MOST_QUESTIONS = 5
_OPEN_PARTS = ("checkable", "undecided")


@dataclass(frozen=True)
class Wanted:
    """How many measures wait for each fact, and for each attestation (`<measure id>#<key>`: text, count)."""

    facts: Mapping[str, int] = field(default_factory=dict)
    attests: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def wanted_by(judgements: Iterable[tuple[str, Judgement]]) -> Wanted:
    """What the undecided and checkable ones among judged measures wait for."""
    facts: dict[str, int] = {}
    attests: dict[str, tuple[str, int]] = {}
    for measure_id, judgement in judgements:
        if judgement.part in _OPEN_PARTS:
            for name in judgement.missing:
                facts[name] = facts.get(name, 0) + 1
            for key, text in judgement.attests:
                attests[f"{measure_id}#{key}"] = (text, 1)
    return Wanted(facts, attests)


def simplest(wanted: Wanted, registry: Registry, lang: str = "zh-Hans") -> list[dict[str, Any]]:
    """At most five questions, the most wanted first; facts (in the registry's order) before attestations."""
    facts = [
        {"fact": name, "text": fact.question[lang], "unlocks": wanted.facts[name]}
        for name, fact in registry.facts.items()
        if name in wanted.facts
    ]
    attests = [
        {"attest": name, "text": text, "unlocks": count}
        for name, (text, count) in sorted(wanted.attests.items())
    ]
    questions: list[dict[str, Any]] = [*facts, *attests]
    return sorted(questions, key=lambda question: -question["unlocks"])[:MOST_QUESTIONS]
