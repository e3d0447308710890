"""What anybody may read: the published measures, one of them whole, the facts, the codes.

Answers on the snapshot of now, or on the one that a cursor pins.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.e5_file import Floats as Vector
from policies.facts import Registry
from policies.json_writing import to_json
from policies.rule_schema import rule_schema
from policies.windows import standing
from service.catalogue import shapes, store
from service.catalogue.found import found_by
from service.catalogue.pinned import MICRO
from service.catalogue.shelf import Shelf, area_of
from service.errors import Problem
from service.keepers import Searchable
from service.services import Services

HOUR_S = 3_600
Micro = NDArray[np.int64]


@dataclass(frozen=True)
class Position:
    """Where a list of measures goes on: after this score (millionths) and id, on this snapshot and day."""

    catalogue: int
    day: str
    expires: int
    score: int
    id: str


async def measures(
    services: Services, asked: Mapping[str, Any], limit: int, after: Position | None
) -> tuple[list[dict[str, Any]], Position | None]:
    """One page of published measures and where the next begins. Raises Problem (`cursor_gone`)."""
    now = int(services.clock.now().timestamp())
    if after is not None and after.expires < now:
        raise Problem("cursor_gone")
    today = services.clock.today() if after is None else date.fromisoformat(after.day)
    async with services.db.read() as c:
        version = await store.version(c) if after is None else after.catalogue
        shelf = await services.shelf.at_version(c, version, today)
        search = await services.index.current(c, shelf) if asked["q"] else None
    places = np.flatnonzero(_chosen(shelf, asked, today))
    vector = await _vector(services, search, asked["q"])
    micro = _scores(search, asked["q"], vector, [shelf.ids[place] for place in places.tolist()])
    order = np.lexsort((places, -micro))
    ranked = [(-int(micro[row]), shelf.ids[places[row]]) for row in order.tolist()]
    start = 0 if after is None else bisect_right(ranked, (-after.score, after.id))
    shown = [shelf.ordinal[name] for _, name in ranked[start : start + limit]]
    found = found_by(shelf, search, asked["q"], vector, shown)
    listed = [_listed(shelf, today, place) for place in shown]
    items = [{**one, "found": by} for one, by in zip(listed, found, strict=True)]
    if start + limit >= len(ranked):
        return items, None
    score, name = ranked[start + limit - 1]
    expires = now + HOUR_S if after is None else after.expires
    return items, Position(version, today.isoformat(), expires, -score, name)


async def _vector(services: Services, search: Searchable | None, q: str | None) -> Vector | None:
    """The vector of what is sought, where the index can use it."""
    if q is None or search is None or not search.fits(services.encoder.encoder):
        return None
    return await services.encoder.query(q)


def _scores(search: Searchable | None, q: str | None, vector: Vector | None, names: list[str]) -> Micro:
    """How well each fits what is sought, in millionths; 0 when nothing is sought."""
    if q is None or search is None:
        return np.zeros(len(names), np.int64)
    return np.rint(search.index.score(q, vector, names).scores.astype(np.float64) * MICRO).astype(np.int64)


def _listed(shelf: Shelf, today: date, place: int) -> dict[str, Any]:
    one = shelf.placed[place]
    return shapes.listed(one.document, one.measure, shelf.standings(today).each[place], shapes.PUBLISHED)


def _chosen(shelf: Shelf, asked: Mapping[str, Any], today: date) -> Any:
    region = asked["region"]
    area = None if region is None else area_of([region], shelf.registry)
    kept = shelf.of_kinds(None if asked["kind"] is None else (asked["kind"],)) & shelf.in_regions(area)
    if asked["state"] is not None:
        kept = kept & shelf.in_states(today, (asked["state"],))
    if asked["document"] is not None:
        kept = kept & np.array([one.document.id == asked["document"] for one in shelf.placed], np.bool_)
    return kept


async def measure(services: Services, name: str) -> dict[str, Any]:
    """One measure whole, a withdrawn one too. Raises Problem (`not_found`)."""
    today = services.clock.today()
    async with services.db.read() as c:
        shelf = await services.shelf.current(c, today)
        place = shelf.ordinal.get(name)
        if place is not None:
            one = shelf.placed[place]
            return shapes.whole(one.document, one.measure, shelf.standings(today).each[place], None)
        gone = (await store.withdrawn(c, [name])).get(name)
        if gone is None:
            raise Problem("not_found", note=name)
        document = await services.shelf.document(c, gone.document, gone.revision)
    found = next(each for each in document.measures if each.id == name)
    return shapes.whole(document, found, standing(document, found, today), gone)


@cache
def schema_of_rules(registry: Registry) -> bytes:
    """The JSON Schema of rules over the facts of a registry, as JSON, written at the first question."""
    return to_json(rule_schema(registry)).encode()


def facts(registry: Registry) -> list[dict[str, Any]]:
    """Every fact of the registry, in its order."""
    return [
        {
            "name": fact.name,
            "type": fact.type,
            "unit": fact.unit,
            "by_year": fact.by_year,
            "derived": fact.derived,
            "values": None if fact.values is None else list(fact.values),
            "question": dict(fact.question),
            "label": dict(fact.label),
            "value_labels": {value: dict(labels) for value, labels in fact.value_labels.items()},
            "sensitivity": fact.sensitivity,
        }
        for fact in registry.facts.values()
    ]


def codes(registry: Registry, kind: str, q: str) -> list[dict[str, Any]]:
    """Codes of `regions`, `industries` or `qualifications` by the beginning of a code or part of a name.

    In the order of the codes. Raises Problem (`not_found`) for another kind.
    """
    trees = {"regions": registry.codes.regions, "industries": registry.codes.industries}
    if kind in trees:
        tree = trees[kind]
        found = tree.search(q) if q else list(tree.in_force())
        return [{"code": code, "name": tree.name(code), "path": list(tree.path(code))} for code in found]
    if kind != "qualifications":
        raise Problem("not_found", note=kind)
    known = registry.codes.qualifications.values()
    return [
        {"code": one.code, "name": one.names["zh-Hans"], "path": [one.code]}
        for one in sorted(known, key=lambda one: one.code)
        if one.code.startswith(q) or any(q in name for name in one.names.values())
    ]
