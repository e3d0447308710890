"""Graded pairs with their features, computed by the very code that answers are ordered by.

Works on the bundled catalogue and the firms that were judged, without a database; the encoder is handed in.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from index.encoding import Encoder
from index.hybrid import HybridIndex
from index.passages import entry_of
from policies.codes import CodeTree
from policies.demo import demo_enterprises
from policies.documents import read_document
from policies.facts import Registry
from policies.known import Known
from policies.profiles import Profile, read_profile
from policies.yaml_reading import read_yaml
from ranking.features import Floats, table
from ranking.lessons import GradedTable
from ranking.pairs import Judgement, PairsRefused, load_firms
from service.ask.features import candidates
from service.ask.need import need_of
from service.catalogue.shelf import Shelf

# The day that the guideline grades for.
JUDGED_ON = date(2026, 11, 24)
LAW_TESTS = ".cases.yaml"
UNKNOWN = "unknown"
Progress = Callable[[int, int], None]


def graded_table(
    judgements: Sequence[Judgement],
    registry: Registry,
    encoder: Encoder,
    progress: Progress = lambda _done, _total: None,
    as_of: date = JUDGED_ON,
) -> GradedTable:
    """One row a pair, as serving computes it on the day. Raises PairsRefused for an unknown name."""
    shelf = bundled_shelf(registry)
    firms = judged_profiles(registry, as_of)
    _check(judgements, firms, shelf)
    by_firm: dict[str, list[Judgement]] = {}
    for pair in judgements:
        by_firm.setdefault(pair.enterprise, []).append(pair)
    index = indexed(shelf, encoder, progress, len(by_firm))
    rows: list[Floats] = []
    for firm, pairs in by_firm.items():
        names = [pair.measure for pair in pairs]
        rows.append(_features(firms[firm], names, shelf, index, encoder, as_of))
    ordered = [pair for pairs in by_firm.values() for pair in pairs]
    return GradedTable(
        x=np.concatenate(rows),
        grades=np.array([pair.grade for pair in ordered], np.int64),
        firms=tuple(pair.enterprise for pair in ordered),
        measures=tuple(pair.measure for pair in ordered),
        unseen=np.array([pair.split == "unseen" for pair in ordered], np.bool_),
        as_of=as_of,
        segments=_segments([firms[pair.enterprise] for pair in ordered], registry, as_of),
    )


def _segments(profiles: Sequence[Profile], registry: Registry, as_of: date) -> dict[str, tuple[str, ...]]:
    """Size, province and section of industry of each row's firm, in words; `unknown` where not told."""
    known = [Known(profile, registry, as_of) for profile in profiles]
    return {
        "size": tuple(_word(one.shown("size", None), " or ") for one in known),
        "region": tuple(_named(one.resolved()["region"], registry.codes.regions) for one in known),
        "industry": tuple(_named(one.resolved()["industry"], registry.codes.industries) for one in known),
    }


def _word(shown: Any, between: str) -> str:
    if shown is None:
        return UNKNOWN
    return between.join(shown) if isinstance(shown, list) else str(shown)


def _named(codes: Sequence[str], tree: CodeTree) -> str:
    """The name of what stands highest in the tree above the first of the codes."""
    return tree.name(tree.path(codes[0])[0]) if codes else UNKNOWN


def bundled_shelf(registry: Registry) -> Shelf:
    """The bundled catalogue, as a first start publishes it."""
    folder = Path(str(files("policies").joinpath("catalogue")))
    paths = [path for path in sorted(folder.glob("*.yaml")) if not path.name.endswith(LAW_TESTS)]
    documents = [read_document(read_yaml(path.read_bytes()).value, registry) for path in paths]
    return Shelf.of(len(documents), [(document, 1) for document in documents], registry)


def judged_profiles(registry: Registry, today: date) -> dict[str, Profile]:
    """The profiles of the demo firms and of the firms made to be judged, by id."""
    return {
        firm["id"]: read_profile(
            {name: member for name, member in firm.items() if name != "id"}, registry, today=today
        )
        for firm in [*demo_enterprises(registry), *load_firms()]
    }


def indexed(shelf: Shelf, encoder: Encoder, progress: Progress, more: int = 0) -> HybridIndex:
    """The shelf's index; `more` is what follows, for the progress."""
    entries = [entry_of(one.document, one.measure, shelf.registry) for one in shelf.placed]
    vectors = {}
    for done, entry in enumerate(entries, 1):
        vectors[entry.id] = encoder.passages(list(entry.passages))
        progress(done, len(entries) + more)
    return HybridIndex.of(entries, vectors)


def _features(
    profile: Profile,
    measures: Sequence[str],
    shelf: Shelf,
    index: HybridIndex,
    encoder: Encoder,
    as_of: date,
) -> Floats:
    known = Known(profile, shelf.registry, as_of)
    need = need_of(None, profile)
    found = index.score(need, encoder.queries([need])[0], measures) if need else None
    places = np.array([shelf.ordinal[name] for name in measures], np.int64)
    return table(candidates(shelf, known, shelf.book.mark(known), shelf.prices.seen_by(known), places, found))


def _check(judgements: Sequence[Judgement], firms: Mapping[str, Profile], shelf: Shelf) -> None:
    for pair in judgements:
        if pair.enterprise not in firms:
            raise PairsRefused(f"{pair.enterprise} is none of the judged firms")
        if pair.measure not in shelf.ordinal:
            raise PairsRefused(f"{pair.measure} is not in the bundled catalogue")
