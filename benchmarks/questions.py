"""How soon questions tell a firm what it is entitled to: ours beside registry order and random order.

A firm has said where it is and what it does; each answer reveals one fact or attestation of a seeded whole.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

import numpy as np

from benchmarks.many_measures import varied_documents
from policies.demo import demo_enterprises
from policies.documents import read_document
from policies.eligibility import PARTS
from policies.facts import Fact, Registry, china
from policies.given import answer_key
from policies.known import Known
from policies.mask import Marks, RuleBook
from policies.nodes import Attest, leaves_of
from policies.profiles import Profile, read_profile
from policies.questions import next_questions, weights

TODAY = date(2026, 11, 24)
STEPS = (1, 3, 5, 8)
SEED, SYNTHETIC = 14, 60
SAID = ("region", "industry")
YEARS = ("2022", "2023", "2024", "2025")


@dataclass(frozen=True)
class Catalogue:
    """The bundled measures: their rules, what they are worth, and every attestation in them."""

    book: RuleBook
    worth: Any
    attests: tuple[str, ...]


Ask = Callable[[Catalogue, Marks, Sequence[str], Random], str | None]


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`."""
    registry = china()
    catalogue = _catalogue(registry)
    firms = _firms(registry, catalogue)
    found = {name: _shares(catalogue, firms, ask, registry) for name, ask in ORDERS.items()}
    told = {"measures": len(catalogue.book), "firms": len(firms), "known_after": found}
    print(json.dumps(told, indent=1, ensure_ascii=False) if "--json" in arguments else _table(told))


def _catalogue(registry: Registry) -> Catalogue:
    documents = [read_document(plain, registry) for plain in varied_documents(registry, 1)]
    measures = sorted((m for document in documents for m in document.measures), key=lambda m: m.id)
    largest = [b.max if (b := m.benefit) is not None and b.max is not None else np.nan for m in measures]
    attests = {
        answer_key(m.id, leaf.key)
        for m in measures
        for leaf, _ in leaves_of(m.rule.root)
        if isinstance(leaf, Attest)
    }
    book = RuleBook([(m.id, m.rule) for m in measures])
    return Catalogue(book, weights(np.array(largest, np.float64)), tuple(sorted(attests)))


def _firms(registry: Registry, catalogue: Catalogue) -> list[Profile]:
    """The demo firms, what they do not say made up; and others that share only place and trade with them."""
    draw = Random(SEED)
    demo = demo_enterprises(registry)
    given: list[Mapping[str, Any]] = [firm["facts"] for firm in demo]
    given += [
        {name: facts[name] for name in SAID} for facts in (draw.choice(given) for _ in range(SYNTHETIC))
    ]
    firms = []
    for facts in given:
        whole = {n: facts.get(n, _made_up(registry.facts[n], draw)) for n in registry.given}
        answers = {key: draw.random() < 0.7 for key in catalogue.attests}
        profile = {"facts": whole, "answers": answers}
        firms.append(read_profile(profile, registry, today=TODAY))
    return firms


def _made_up(fact: Fact, draw: Random) -> Any:
    """A value of the fact; numbers by order of magnitude, years one after another."""
    makers: Mapping[str, Callable[[], Any]] = {
        "money": lambda: int(10 ** draw.uniform(4, 8.5)),
        "count": lambda: int(10 ** draw.uniform(0, 2.7)) - 1,
        "ratio": lambda: draw.choice((0, 1)),
        "date": lambda: f"{draw.randint(2005, 2025)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
        "flag": lambda: draw.random() < 0.5,
        "enum": lambda: draw.choice(fact.values or ("",)),
        "set": lambda: {"held": draw.sample(fact.values or (), draw.randint(0, 2)), "complete": True},
        "zones": lambda: {"held": [], "complete": True},
    }
    make = makers.get(fact.type, lambda: None)
    return {year: make() for year in YEARS} if fact.by_year else make()


def _shares(catalogue: Catalogue, firms: Sequence[Profile], ask: Ask, registry: Registry) -> dict[str, float]:
    """After so many questions, the mean share of the finally eligible measures that is known."""
    draw, shares = Random(SEED), []
    for firm in firms:
        final = _certain(catalogue.book.mark(Known(firm, registry, TODAY)))
        if final.any():
            shares.append([known.sum() / final.sum() for known in _course(catalogue, firm, ask, draw)])
    means = np.mean(np.array(shares), axis=0)
    return {str(step): round(float(means[step]), 4) for step in (0, *STEPS)}


def _course(catalogue: Catalogue, firm: Profile, ask: Ask, draw: Random) -> list[Any]:
    """What is certain before the first question and after each."""
    said = replace(firm, facts={n: f for n, f in firm.facts.items() if n in SAID}, answers={})
    asked: list[str] = []
    course = []
    for _ in range(max(STEPS) + 1):
        marks = catalogue.book.mark(Known(said, china(), TODAY))
        course.append(_certain(marks))
        name = ask(catalogue, marks, asked, draw)
        if name is None:
            continue
        asked.append(name)
        if name in firm.facts:
            said = replace(said, facts={**said.facts, name: firm.facts[name]})
        elif name in firm.answers:
            said = replace(said, answers={**said.answers, name: firm.answers[name]})
    return course


def _certain(marks: Marks) -> Any:
    return marks.parts == PARTS.index("certain")


def _ours(catalogue: Catalogue, marks: Marks, asked: Sequence[str], _: Random) -> str | None:
    everything = np.ones(len(catalogue.book), dtype=np.bool_)
    questions = next_questions(catalogue.book, marks, everything, catalogue.worth)
    names = (one.get("fact") or one["attest"] for one in questions)
    return next((name for name in names if name not in asked), None)


def _all(catalogue: Catalogue, asked: Sequence[str]) -> list[str]:
    names = (*china().given, *catalogue.attests)
    return [name for name in names if name not in asked and name not in SAID]


def _as_registered(catalogue: Catalogue, _: Marks, asked: Sequence[str], _draw: Random) -> str | None:
    return next(iter(_all(catalogue, asked)), None)


def _at_random(catalogue: Catalogue, _: Marks, asked: Sequence[str], draw: Random) -> str | None:
    left = _all(catalogue, asked)
    return draw.choice(left) if left else None


def _random_facts(catalogue: Catalogue, _: Marks, asked: Sequence[str], draw: Random) -> str | None:
    left = [name for name in _all(catalogue, asked) if name in china().facts]
    return draw.choice(left) if left else None


ORDERS: Mapping[str, Ask] = {
    "ours": _ours,
    "registry order": _as_registered,
    "random order": _at_random,
    "random facts": _random_facts,
}


def _table(told: Mapping[str, Any]) -> str:
    steps = ["0", *map(str, STEPS)]
    lines = [
        f"{told['measures']} measures, {told['firms']} firms; share of what a firm is finally entitled to"
    ]
    lines.append(f"{'known after … questions':26}" + "".join(f"{step:>8}" for step in steps))
    for name, shares in told["known_after"].items():
        lines.append(f"{name:26}" + "".join(f"{shares[step]:8.1%}" for step in steps))
    return "\n".join(lines)
