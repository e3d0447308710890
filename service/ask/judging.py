"""Judging without ordering: named measures, withdrawn ones too, and rules that somebody brings along.

The same judgement as in recommendations; nothing of it is kept.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from policies.documents import Document, Measure
from policies.eligibility import Judgement, judge
from policies.faults import Fault, Refused, pointer
from policies.known import Known
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
    known = Known(profile, services.registry, question.as_of)
    items = [*await _of_measures(measures, known), *_of_rules(question.rules or {}, known)]
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
        Fault(pointer("/measures", place), "unknown_measure", {"got": name})
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


async def _of_measures(measures: Iterable[Judged], known: Known) -> list[dict[str, Any]]:
    items = []
    for count, one in enumerate(measures, 1):
        stands = standing(one.document, one.measure, known.as_of)
        judged = judge(one.measure.rule, known, one.measure.id)
        items.append(_item({"measure": one.measure.id}, judged, one.status, stands.state))
        if count % _PAUSE_EVERY == 0:
            await asyncio.sleep(0)
    return items


def _of_rules(rules: Mapping[str, Rule], known: Known) -> list[dict[str, Any]]:
    return [_item({"rule": name}, judge(rule, known, name), None, None) for name, rule in rules.items()]


def _item(name: dict[str, str], judged: Judgement, status: str | None, state: str | None) -> dict[str, Any]:
    return {
        **name,
        "status": status,
        "state": state,
        "verdict": judged.verdict,
        "part": judged.part,
        **shapes.reasons(judged),
        "decisive": [],
        "then": None,
    }
