"""How soon questions tell a firm what it is entitled to: ours beside registry order and random order.

A firm starts with nothing said; each answer reveals one fact or attestation of a seeded whole.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.many_measures import varied_documents
from policies.benefits import largest
from policies.demo import demo_enterprises
from policies.documents import read_document
from policies.eligibility import PARTS
from policies.facts import Fact, Registry, china
from policies.given import answer_key
from policies.known import Known
from policies.mask import Marks, RuleBook
from policies.nodes import Attest, leaves_of
from policies.profiles import Profile, read_profile
from policies.questions import next_questions, worth_of
from policies.windows import STATES, standing

TODAY = date(2026, 11, 24)
STEPS = (1, 3, 5, 8)
SEEDS = (141, 142)  # of the demo firms, not the installation's own
SHARE_OF_YES = 0.7
LISTED = ("open", "rolling", "upcoming", "unstated")
YEARS = ("2022", "2023", "2024", "2025")

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Catalogue:
    """The bundled measures that are listed today: their rules, what they are worth, every attestation."""

    book: RuleBook
    worth: NDArray[np.float64]
    attests: tuple[str, ...]


Ask = Callable[[Catalogue, Marks, Sequence[str], Random], str | None]


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`."""
    found = figures(SEEDS)
    print(json.dumps(found, indent=1, ensure_ascii=False) if "--json" in arguments else table(found))


def figures(seeds: Sequence[int], most: int | None = None) -> dict[str, Any]:
    """Shares of what is finally certain, by order and number of questions; of each seed `most` firms."""
    registry = china()
    catalogue = listed_today(registry)
    firms = [firm for seed in seeds for firm in whole_firms(registry, catalogue, seed)[:most]]
    courses = {name: _shares(catalogue, firms, ask, registry) for name, ask in ORDERS.items()}
    counted = {"measures": len(catalogue.book), "firms": len(firms)}
    return counted | {
        parts: {name: shares[parts] for name, shares in courses.items()} for parts in ("certain", "checkable")
    }


def listed_today(registry: Registry) -> Catalogue:
    """The bundled catalogue as it is listed unless asked otherwise."""
    found = []
    for document in (read_document(plain, registry) for plain in varied_documents(registry, 1)):
        for measure in document.measures:
            state = standing(document, measure, TODAY).state
            if state in LISTED:
                found.append((measure, STATES.index(state)))
    found.sort(key=lambda one: one[0].id)
    amounts = [largest(measure.benefit) for measure, _ in found]
    worth = worth_of(
        np.array([state for _, state in found], np.int8),
        np.array([np.nan if amount is None else amount for amount in amounts], np.float64),
    )
    attests = {
        answer_key(measure.id, leaf.key)
        for measure, _ in found
        for leaf, _ in leaves_of(measure.rule.root)
        if isinstance(leaf, Attest)
    }
    book = RuleBook([(measure.id, measure.rule) for measure, _ in found])
    return Catalogue(book, worth, tuple(sorted(attests)))


def whole_firms(registry: Registry, catalogue: Catalogue, seed: int) -> list[Profile]:
    """Generated firms that can answer everything: what one does not say is as with another that says it."""
    draw = Random(seed)
    said = [firm["facts"] for firm in demo_enterprises(registry, seed)]
    pool = {name: [facts[name] for facts in said if name in facts] for name in registry.given}
    firms = []
    for facts in said:
        whole = {
            name: draw.choice(pool[name]) if pool[name] else _made_up(registry.facts[name], draw)
            for name in registry.given
        } | facts
        answers = {key: draw.random() < SHARE_OF_YES for key in catalogue.attests}
        firms.append(read_profile({"facts": whole, "answers": answers}, registry, today=TODAY))
    return firms


def _made_up(fact: Fact, draw: Random) -> Any:
    """A value of a fact that no firm says; numbers by order of magnitude."""
    makers: Mapping[str, Callable[[], Any]] = {
        "money": lambda: int(10 ** draw.uniform(4, 8)),
        "count": lambda: int(10 ** draw.uniform(0, 2)) - 1,
        "ratio": lambda: draw.choice((0, 1)),
        "date": lambda: f"{draw.randint(2015, 2025)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
        "flag": lambda: draw.random() < 0.5,
        "enum": lambda: draw.choice(fact.values or ("",)),
        "set": lambda: {"held": [], "complete": True},
        "zones": lambda: {"held": [], "complete": True},
    }
    make = makers[fact.type]
    return {year: make() for year in YEARS} if fact.by_year else make()


def _shares(
    catalogue: Catalogue, firms: Sequence[Profile], ask: Ask, registry: Registry
) -> dict[str, dict[str, float]]:
    """After so many questions, the mean share of what is finally certain: certain, or checkable."""
    draw, shares = Random(0), []
    for firm in firms:
        final = catalogue.book.parts(Known(firm, registry, TODAY)) == PARTS.index("certain")
        if final.any():
            parts = _course(catalogue, firm, ask, draw, registry)[:, final]
            shares.append([(parts == 0).mean(axis=1), (parts <= 1).mean(axis=1)])
    means = np.mean(np.array(shares), axis=0)
    return {
        name: {str(step): round(float(row[step]), 4) for step in (0, *STEPS)}
        for name, row in zip(("certain", "checkable"), means, strict=True)
    }


def _course(
    catalogue: Catalogue, firm: Profile, ask: Ask, draw: Random, registry: Registry
) -> NDArray[np.int8]:
    """The parts before the first question and after each, int8 [1 + questions, rules]."""
    said, asked, course = Profile(), list[str](), []
    for _ in range(max(STEPS) + 1):
        marks = catalogue.book.mark(Known(said, registry, TODAY))
        course.append(marks.parts)
        name = ask(catalogue, marks, asked, draw)
        if name is not None:
            asked.append(name)
            said = replace(
                said,
                facts={key: firm.facts[key] for key in asked if key in firm.facts},
                answers={key: firm.answers[key] for key in asked if key in firm.answers},
            )
    return np.stack(course)


def _ours(catalogue: Catalogue, marks: Marks, asked: Sequence[str], _: Random) -> str | None:
    everything = np.ones(len(catalogue.book), dtype=np.bool_)
    questions = next_questions(catalogue.book, marks, everything, catalogue.worth)
    names = (one.get("fact") or one["attest"] for one in questions)
    return next((name for name in names if name not in asked), None)


def _left(catalogue: Catalogue, marks: Marks, asked: Sequence[str]) -> list[str]:
    names = (*marks.known.registry.given, *catalogue.attests)
    return [name for name in names if name not in asked]


def _as_registered(catalogue: Catalogue, marks: Marks, asked: Sequence[str], _: Random) -> str | None:
    return next(iter(_left(catalogue, marks, asked)), None)


def _at_random(catalogue: Catalogue, marks: Marks, asked: Sequence[str], draw: Random) -> str | None:
    return draw.choice(_left(catalogue, marks, asked))


def _random_facts(catalogue: Catalogue, marks: Marks, asked: Sequence[str], draw: Random) -> str | None:
    given = marks.known.registry.given
    return draw.choice([name for name in _left(catalogue, marks, asked) if name in given])


ORDERS: Mapping[str, Ask] = {
    "ours": _ours,
    "registry order": _as_registered,
    "random order": _at_random,
    "random order, facts only": _random_facts,
}
TITLES = {
    "certain": "certain after … questions",
    "checkable": "certain or checkable after …",
}


def table(found: Mapping[str, Any]) -> str:
    """Two tables: how much of what is finally certain is known, and known but for attestations."""
    steps = ["0", *map(str, STEPS)]
    head = "{measures} measures, {firms} firms; mean share of what a firm is finally entitled to"
    lines = [head.format(**found)]
    for parts, title in TITLES.items():
        lines.append(f"{title:30}" + "".join(f"{step:>8}" for step in steps))
        for name, shares in found[parts].items():
            lines.append(f"{name:30}" + "".join(f"{shares[step]:8.1%}" for step in steps))
    return "\n".join(lines)
