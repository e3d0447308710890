"""Asking: mask over the whole catalogue, order inside it, reasons for what is shown.

Decides no eligibility (policies do) and no use (ranking does); brings them together on one snapshot.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from index.e5_file import Floats as Vector
from policies.eligibility import PARTS, judge
from policies.known import Known
from policies.mask import Marks
from policies.profiles import Profile, read_profile
from policies.questions import next_questions, worth_of
from ranking.features import Floats, table, table_hash
from ranking.reasons import why
from service.ask import shapes
from service.ask.cursor import Pinned, cursor_after, expiry, opened
from service.ask.features import candidates
from service.ask.need import need_of
from service.ask.request import Ask, cursor_of, read_ask
from service.catalogue.found import found_by
from service.catalogue.pinned import Order, Places
from service.catalogue.price_list import Seen
from service.catalogue.shelf import Bools, Shelf
from service.enterprises import store as enterprises
from service.errors import Problem
from service.instants import instant
from service.keepers import Searchable
from service.learning.impressions import packed
from service.learning.rates import Rates, size_of
from service.learning.store import Impression
from service.services import Services

DENSE, RANKER, REDIS = "dense", "ranker", "redis"


@dataclass(frozen=True)
class Scene:
    """One ask on one snapshot; `version` is of a stored profile, `need` what orders by words."""

    ask: Ask
    shelf: Shelf
    search: Searchable | None
    known: Known
    marks: Marks
    version: int | None
    need: str
    rates: Rates | None

    @cached_property
    def passing(self) -> Bools:
        """bool [n]: measures that pass states, kinds and regions."""
        shelf, ask = self.shelf, self.ask
        return shelf.in_states(ask.as_of, ask.states) & shelf.of_kinds(ask.kinds) & shelf.in_regions(ask.area)

    @cached_property
    def listed(self) -> Bools:
        """bool [n]: those of them in the parts asked for."""
        return self.passing & np.isin(self.marks.parts, [PARTS.index(part) for part in self.ask.parts])

    @cached_property
    def worth(self) -> Seen:
        """What each measure is worth to the enterprise."""
        return self.shelf.prices.seen_by(self.known)

    def questions(self) -> list[dict[str, Any]]:
        """What to ask for next."""
        states, largest = self.shelf.standings(self.ask.as_of).states, self.shelf.prices.amounts.largest
        worth = worth_of(states, largest)
        return next_questions(self.shelf.book, self.marks, self.listed, worth, self.ask.lang)

    def sort_key(self, places: Places, scores: Floats) -> Floats | Places:
        """What comes first inside a part, [places]: the smallest."""
        if self.ask.sort == "amount":
            return self.worth.ranks(places)
        if self.ask.sort == "deadline":
            return self.shelf.standings(self.ask.as_of).closes[places]
        return -scores


async def recommend(
    services: Services, body: object, *, has_key: bool, request_id: str = ""
) -> dict[str, Any]:
    """One page of matches. Raises Refused, and Problem: key_needed, not_found, bad_cursor, cursor_gone.

    What a stored enterprise is shown is logged under the id of the request.
    """
    now = services.clock.now()
    cursor = cursor_of(body)
    pinned = None if cursor is None else opened(cursor, services.signer, now)
    today = services.clock.today() if pinned is None else pinned.as_of
    ask = read_ask(body, services.registry, today)
    if ask.enterprise is not None and not has_key:
        raise Problem("key_needed")
    if pinned is not None and pinned.fingerprint != ask.fingerprint:
        raise Problem("bad_cursor")
    scene = await _scene(services, ask, pinned)
    vector = await _vector(services, scene, pinned)
    await services.redis.seen()
    if pinned is None:
        pinned, x = _ordered(services, scene, vector, expiry(now))
    else:
        x = _features(scene, vector, pinned.order.places[: ask.limit])
    page = _page(services, scene, pinned, x[: ask.limit], vector)
    _log(services, scene, pinned, x[: ask.limit], request_id)
    return page


async def whose(
    c: AsyncConnection, services: Services, enterprise: str | None, profile: Profile | None
) -> tuple[Profile, int | None]:
    """The profile asked about, and the version of a stored one. Raises Problem (`not_found`)."""
    if enterprise is None:
        return profile or Profile(), None
    stored = await enterprises.found(c, enterprise)
    if stored is None:
        raise Problem("not_found", note=enterprise)
    return read_profile(stored.profile, services.registry, today=services.clock.today()), stored.version


async def _scene(services: Services, ask: Ask, pinned: Pinned | None) -> Scene:
    async with services.db.read() as c:
        profile, version = await whose(c, services, ask.enterprise, ask.profile)
        if pinned is None:
            shelf = await services.shelf.current(c, ask.as_of)
        elif pinned.profile != version:
            raise Problem("cursor_gone")
        else:
            shelf = await services.shelf.at_version(c, pinned.catalogue, ask.as_of)
        search = await services.index.current(c, shelf)
    narrowed = None if ask.sizes is None else {"size": ask.sizes}
    known = Known(profile, services.registry, ask.as_of, narrowed)
    marks, need = shelf.book.mark(known), need_of(ask.query, profile)
    rates = await services.rates.of(shelf, size_of(known))
    return Scene(ask, shelf, search, known, marks, version, need, rates)


async def _vector(services: Services, scene: Scene, pinned: Pinned | None) -> Vector | None:
    """The vector of the need, where the index can use it; later pages do without what the first lacked."""
    if not scene.need or (pinned is not None and DENSE in pinned.degraded):
        return None
    if scene.search is None or not scene.search.fits(services.encoder.encoder):
        return None
    return await services.encoder.query(scene.need)


def _ordered(services: Services, scene: Scene, vector: Vector | None, expires: int) -> tuple[Pinned, Floats]:
    """Everything that is listed, in order, with what later pages must keep; and the features."""
    parts, ask = scene.marks.parts, scene.ask
    places = np.flatnonzero(scene.listed)
    x = _features(scene, vector, places)
    ranked = services.ranker.ordered(x)
    scores = ranked.scores
    order = np.lexsort((places, scene.sort_key(places, scores), parts[places]))
    search = scene.search
    pinned = Pinned(
        catalogue=scene.shelf.version,
        generation=None if search is None else search.manifest.id,
        as_of=ask.as_of,
        fingerprint=ask.fingerprint,
        model=ranked.model,
        degraded=_degraded(services, scene, vector, ranked.missed),
        profile=scene.version,
        expires=expires,
        order=Order(places[order], scores[order]),
    )
    return pinned, x[order]


def _features(scene: Scene, vector: Vector | None, places: Places) -> Floats:
    """float64 [places, features]."""
    found = None
    if scene.need and scene.search is not None:
        ids = scene.shelf.ids
        found = scene.search.index.score(scene.need, vector, [ids[place] for place in places.tolist()])
    seen = (scene.shelf, scene.known, scene.marks, scene.worth, places, found, scene.rates)
    return table(candidates(*seen))


def _log(services: Services, scene: Scene, pinned: Pinned, x: Floats, request_id: str) -> None:
    """What was shown, with its places and features, where the enterprise is a stored one."""
    ask, places = scene.ask, pinned.order.places[: len(x)].tolist()
    if ask.enterprise is None or scene.version is None or not places:
        return
    shown = Impression(
        request_id=request_id,
        enterprise_id=ask.enterprise,
        version=scene.version,
        at=instant(services.clock.now()),
        as_of=pinned.as_of.isoformat(),
        size=size_of(scene.known),
        sort=ask.sort,
        generation=pinned.generation,
        catalogue=pinned.catalogue,
        model=str(pinned.model["id"]),
        features_hash=table_hash(),
        first=pinned.shown + 1,
        measures=tuple(scene.shelf.ids[place] for place in places),
        parts=tuple(PARTS[scene.marks.parts[place]] for place in places),
        features=packed(x),
    )
    services.impressions.add(shown)


def _degraded(services: Services, scene: Scene, vector: Vector | None, unranked: bool) -> tuple[str, ...]:
    encoder = services.encoder
    usable = scene.search is not None and scene.search.fits(encoder.encoder)
    dense = encoder.state != "off" and (not usable or (bool(scene.need) and vector is None))
    missing = {DENSE: dense, RANKER: unranked, REDIS: services.redis.state == "down"}
    return tuple(name for name, lacks in missing.items() if lacks)


def _page(
    services: Services, scene: Scene, pinned: Pinned, x: Floats, vector: Vector | None
) -> dict[str, Any]:
    ask = scene.ask
    counts = np.bincount(scene.marks.parts[scene.passing], minlength=len(PARTS)).tolist()
    return {
        "as_of": pinned.as_of.isoformat(),
        "snapshot": {"generation": pinned.generation, "catalogue": pinned.catalogue},
        "model": pinned.model,
        "degraded": list(pinned.degraded),
        "counts": dict(zip(PARTS, counts, strict=True)),
        "items": _items(services, scene, pinned, x, vector),
        "questions": scene.questions(),
        "next_cursor": cursor_after(pinned, ask.limit, services.signer),
    }


def _items(
    services: Services, scene: Scene, pinned: Pinned, x: Floats, vector: Vector | None
) -> list[dict[str, Any]]:
    places, scores = pinned.order.places[: scene.ask.limit], pinned.order.scores[: scene.ask.limit]
    given = services.ranker.explained(str(pinned.model["id"]), x)
    stands = scene.shelf.standings(pinned.as_of).each
    found = found_by(scene.shelf, scene.search, scene.need, vector, places.tolist())
    items = []
    for row, place in enumerate(places.tolist()):
        placed = scene.shelf.placed[place]
        judged = judge(placed.measure.rule, scene.known, placed.measure.id, scene.ask.lang)
        worth = scene.worth.benefit(place)
        item = shapes.match(placed.document, placed.measure, judged, stands[place], worth, float(scores[row]))
        items.append({**item, "why": why(given[row], x[row], scene.ask.lang), "found": found[row]})
    return items
