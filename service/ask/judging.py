"""Judging without ordering: named measures, withdrawn ones too, and rules that somebody brings along.

The same judgement as in recommendations; nothing of it is kept.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.decisive import decisive
from policies.documents import Document, Measure
from policies.eligibility import judge
from policies.faults import Fault, Refused, pointer
from policies.known import Known
from policies.path_to_eligible import path_to_eligible
from policies.rules import Rule
from policies.windows import standing
from service.ask import shapes
from service.ask.actions import whose
from service.ask.request import Question, read_question
from service.catalogue import store
from service.catalogue.shapes import PUBLISHED, WITHDRAWN
from service.catalogue.shelf import Shelf
from service.errors import Problem
from service.services import Services

_PAUSE_EVERY = 50  # judgements before others get a turn


@dataclass(frozen=True)
class Judged:
    """A measure to judge, and whether it is still published."""

    document: Document
    measure: Measure
    status: str


async def eligibility(services: Services, body: object, *, has_key: bool) -> dict[str, Any]:
    """Judgements in the order asked. Raises Refused, and Problem: key_needed, not_found."""
    question = read_question(body, services.registry, services.clock.today())
    if question.enterprise is not None and not has_key:
        raise Problem("key_needed")
    async with services.db.read() as c:
        profile, _ = await whose(c, services, question.enterprise, question.profile)
        measures = await _measures(c, services, question)
    profiles = [profile] if question.what_if is None else [profile, question.what_if.of(profile)]
    seen = [Known(one, services.registry, question.as_of) for one in profiles]
    lang = question.lang
    items = [*await _of_measures(measures, seen, lang), *_of_rules(question.rules or {}, seen, lang)]
    return {"as_of": question.as_of.isoformat(), "items": items}


async def _measures(c: AsyncConnection, services: Services, question: Question) -> list[Judged]:
    shelf = await services.shelf.current(c)
    if question.measures is not None:
        return await _named(c, services, shelf, question.measures)
    everything = () if question.rules is not None else shelf.placed
    return [Judged(one.document, one.measure, PUBLISHED) for one in everything]


async def _named(
    c: AsyncConnection, services: Services, shelf: Shelf, names: tuple[str, ...]
) -> list[Judged]:
    gone = await store.withdrawn(c, {name for name in names if name not in shelf.ordinal})
    faults = [
        Fault(pointer("/measures", place), "unknown_measure", {"got": name[:80]})
        for place, name in enumerate(names)
        if name not in shelf.ordinal and name not in gone
    ]
    if faults:
        raise Refused(faults)
    found: list[Judged] = []
    for name in names:
        if name in shelf.ordinal:
            placed = shelf.placed[shelf.ordinal[name]]
            found.append(Judged(placed.document, placed.measure, PUBLISHED))
        else:
            document = await services.shelf.document(c, gone[name].document, gone[name].revision)
            measure = next(one for one in document.measures if one.id == name)
            found.append(Judged(document, measure, WITHDRAWN))
    return found


async def _of_measures(measures: Iterable[Judged], seen: Sequence[Known], lang: str) -> list[dict[str, Any]]:
    items = []
    for count, one in enumerate(measures, 1):
        stands = standing(one.document, one.measure, seen[0].as_of)
        head = {"measure": one.measure.id, "status": one.status, "state": stands.state}
        closes = stands.round.closes if stands.round and stands.state in ("open", "upcoming") else None
        items.append(_item(head, one.measure.rule, one.measure.id, seen, lang, closes))
        if count % _PAUSE_EVERY == 0:
            await asyncio.sleep(0)
    return items


def _of_rules(rules: Mapping[str, Rule], seen: Sequence[Known], lang: str) -> list[dict[str, Any]]:
    nowhere = {"status": None, "state": None}
    return [_item({"rule": name, **nowhere}, rule, name, seen, lang) for name, rule in rules.items()]


def _item(
    head: Mapping[str, Any],
    rule: Rule,
    name: str,
    seen: Sequence[Known],
    lang: str,
    closes: date | None = None,
) -> dict[str, Any]:
    """The judgement by the first profile seen and, as `then`, by the next where there is one."""
    known, *later = seen
    judged = judge(rule, known, name, lang)
    return {
        **head,
        "verdict": judged.verdict,
        "part": judged.part,
        **shapes.reasons(judged),
        "decisive": list(decisive(rule, known, name)),
        **shapes.way_in(path_to_eligible(rule, known, name, lang, closes)),
        "then": _item(head, rule, name, later, lang, closes) if later else None,
    }
