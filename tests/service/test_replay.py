"""What was logged can be computed again: the same features, bit for bit, in a process started anew."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from policies.demo import demo_enterprises
from policies.facts import china
from service.ask import actions
from service.ask.request import read_ask
from service.learning.graded import bundled_shelf
from service.learning.logged import answers
from service.learning.rates import Tally
from tests.service.asking import LetterEncoder, World, world
from tests.service.test_impressions import ask

FIRMS = demo_enterprises(china())[:3]


async def replayed(at: World, row: dict[str, Any]) -> Any:
    """The features of a logged answer's measures, from stored profile, catalogue and generation."""
    body = {"enterprise_id": row["enterprise_id"], "as_of": row["as_of"]}
    asked = read_ask(body, at.services.registry, date.fromisoformat(row["as_of"]))
    scene = await actions._scene(at.services, asked, None)
    assert scene.search is not None
    assert (scene.shelf.version, scene.search.manifest.id) == (row["catalogue"], row["generation"])
    places = np.array([scene.shelf.ordinal[name] for name in row["measures"]], np.int64)
    vector = await at.services.encoder.query(scene.need)
    return actions._features(scene, vector, places)


async def test_logged_features_are_computed_again_bit_for_bit_in_another_process(tmp_path: Path) -> None:
    documents = [dict(one.content) for one in bundled_shelf(china()).documents.values()]
    async with world(tmp_path / "data", *documents) as at:
        for firm in FIRMS:
            await at.register(firm["id"], {name: firm[name] for name in ("text", "facts", "answers")})
        await at.build_index(LetterEncoder())
        at.use(LetterEncoder())
        for firm in FIRMS:
            page = await ask(at, enterprise_id=firm["id"], limit=7)
            await ask(at, enterprise_id=firm["id"], limit=9, cursor=page["next_cursor"])
    async with world(tmp_path / "data") as again:
        again.use(LetterEncoder())
        async with again.services.db.read() as c:
            rows = [one.row async for one in answers(c)]
        assert sorted(len(row["measures"]) for row in rows) == [7, 7, 7, 9, 9, 9]
        nothing_yet(again)  # as the rates were when these were shown
        for row in rows:
            assert (await replayed(again, row)).tobytes() == row["features"].tobytes()


def nothing_yet(at: World) -> None:
    rates: Any = at.services.rates
    rates._tally, rates._counted = Tally(), time.monotonic()
