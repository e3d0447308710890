"""A large catalogue and its index for measuring: the real measures, varied by a seed, some thousands of them.

Places, numbers and dates are varied; words are kept, so vectors are the real ones with a little noise.
"""

import random
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from index import generation
from index.encoder import DEFAULT, encode_all, materialise, open_encoder
from index.generation import EncoderFacts
from index.passages import entry_of
from policies.documents import read_document
from policies.facts import Registry
from policies.yaml_reading import read_yaml
from service.clock import Clock
from service.database.engine import Database
from service.database.migrate import upgrade
from service.instants import instant
from service.publishing import actions as publishing
from service.settings import Settings

SEED = 13
NOISE = 0.02


def varied_documents(registry: Registry, measures: int, seed: int = SEED) -> list[dict[str, Any]]:
    """At least so many measures: every document of the bundled catalogue, over and over, each time varied."""
    draw = random.Random(seed)
    cities = [code for code in registry.codes.regions.in_force() if registry.codes.regions.level(code) == 2]
    originals = [_read(path) for path in sorted(_catalogue().glob("*.yaml")) if ".cases." not in path.name]
    made: list[dict[str, Any]] = []
    count, turn = 0, 0
    while count < measures:
        for original in originals:
            made.append(_varied(original, turn, cities, draw) if turn else original)
            count += len(original["measures"])
        turn += 1
    return made


def _catalogue() -> Path:
    return Path(str(files("policies").joinpath("catalogue")))


def _read(path: Path) -> dict[str, Any]:
    value = read_yaml(path.read_bytes()).value
    if not isinstance(value, dict):
        raise TypeError(f"{path.name} is no document")
    return value


def _varied(
    original: Mapping[str, Any], turn: int, cities: Sequence[str], draw: random.Random
) -> dict[str, Any]:
    places = {code: draw.choice(cities) for code in cities} | {original["region"]: draw.choice(cities)}
    if original["region"] == "000000":
        places = {}
    region = places.get(original["region"], original["region"])
    measures = [
        {**measure, "rule": _varied_rule(measure["rule"], places, draw)} for measure in original["measures"]
    ]
    return {**original, "id": f"{original['id'][:70]}-v{turn}", "region": region, "measures": measures}


def _varied_rule(node: Any, places: Mapping[str, str], draw: random.Random) -> Any:
    if isinstance(node, list):
        return [_varied_rule(child, places, draw) for child in node]
    if not isinstance(node, dict):
        return node
    if node.get("field") == "region" and "within" in node:
        return {**node, "within": sorted({places.get(code, code) for code in node["within"]})}
    scale = draw.choice((1, 1, 2, 3, 5))
    return {key: _scaled(key, value, node, scale, places, draw) for key, value in node.items()}


def _scaled(
    key: str, value: Any, node: Mapping[str, Any], scale: int, places: Mapping[str, str], draw: random.Random
) -> Any:
    numbers = isinstance(value, int) and not isinstance(value, bool)
    if numbers and "field" in node and key in {"gt", "gte", "lt", "lte"}:
        return value * scale
    return _varied_rule(value, places, draw) if key in {"all", "any", "of", "not"} else value


async def prepare(settings: Settings, registry: Registry, clock: Clock, measures: int) -> int:
    """A data folder with that many published measures and their index; how many there are."""
    db = Database(settings.database)
    await upgrade(db, settings.folder)
    documents = [read_document(plain, registry) for plain in varied_documents(registry, measures)]
    async with db.write() as c:
        for document in documents:
            await publishing.create(c, document, clock.now())
            await publishing.publish(c, document.id, clock.now(), notify=False)
    await db.close()
    entries = [entry_of(d, m, registry) for d in documents for m in d.measures]
    materialise(settings.encoder_folder)
    encoder = open_encoder(DEFAULT, settings.encoder_folder)
    texts = sorted({passage for entry in entries for passage in entry.passages})
    known = dict(zip(texts, encode_all(encoder.passages, texts, threads=2), strict=True))
    noise = np.random.default_rng(SEED)
    vectors = {}
    for entry in entries:
        rows = np.stack([known[passage] for passage in entry.passages])
        rows = rows + noise.normal(0, NOISE / np.sqrt(rows.shape[1]), rows.shape).astype(np.float32)
        vectors[entry.id] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    facts = EncoderFacts(encoder.id, encoder.dim, encoder.sha256)
    meta = {"catalogue": len(documents), "built_at": instant(clock.now())}
    generation.build(settings.index_folder, entries, vectors, facts, meta)
    encoder.close()
    return len(entries)
