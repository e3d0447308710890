"""What `/metrics` tells of queues, deliveries, canary and ranker, as lines of Prometheus' text format.

Counts when it is asked; no enterprise, no measure and no address becomes a label.
"""

from collections.abc import Iterable, Mapping

from service.enterprises.store import CANARY
from service.errors import Problem
from service.operations import figures_store, store
from service.push import canary
from service.push.deliveries_store import SHOWN
from service.rankers import RankerKeeper
from service.services import Services

_HELP = {
    "huiqi_jobs": "Jobs by lane and state",
    "huiqi_oldest_due_seconds": "How long the longest waiting job of a lane is due",
    "huiqi_deliveries": "Deliveries by channel and outcome, as long as their rows are kept",
    "huiqi_canary_age_seconds": "Seconds since the canary last arrived",
    "huiqi_ranker": "1 for the ranker that orders now",
    "huiqi_ranker_fallbacks": "Answers of this process that the formula ordered because the ranker failed",
    "huiqi_ranker_shadow_answers": "Answers of this process that the candidate was compared on",
    "huiqi_ranker_shadow_correlation": "Mean rank correlation of the candidate's scores with those served",
    "huiqi_ranker_shadow_overlap": "Mean share of the first five that the candidate has too",
    "huiqi_ranker_shadow_failed": "Answers that the candidate raised on",
    "huiqi_texts_cut": "Texts longer than the encoder reads: this process's, and all that workers stored",
}
_OUTCOMES = {state: shown for shown, states in SHOWN.items() for state in states}
_LANES = ("work", "deliver")
_Samples = list[tuple[Mapping[str, str], float]]


async def lines(services: Services) -> bytes:
    """The figures of now; none while the database is not there."""
    try:
        async with services.db.read() as c:
            counts, oldest = await figures_store.counts(c), await figures_store.oldest_due_s(c)
            age, stored = await canary.age_s(c), await store.texts_cut(c)
    except Problem:
        return b""
    found: dict[str, _Samples] = {"huiqi_jobs": _jobs(counts), "huiqi_deliveries": _deliveries(counts)}
    found["huiqi_oldest_due_seconds"] = [({"lane": lane}, oldest.get(lane, 0.0)) for lane in _LANES]
    found["huiqi_canary_age_seconds"] = [] if age is None else [({}, age)]
    cut = (("asked", services.encoder.cut), ("stored", stored))
    found["huiqi_texts_cut"] = [({"role": role}, float(number)) for role, number in cut]
    return "".join(_written(found | _ranker(services.ranker))).encode()


def _ranker(keeper: RankerKeeper) -> dict[str, _Samples]:
    keeper.look()
    serves = {"name": keeper.ranker.name, "id": keeper.ranker.id}
    found: dict[str, _Samples] = {
        "huiqi_ranker": [(serves, 1.0)],
        "huiqi_ranker_fallbacks": [({}, float(keeper.fallbacks))],
    }
    if keeper.shadow.id is None:
        return found
    told, candidate = keeper.shadow.differences, {"candidate": keeper.shadow.id}
    figures = {"answers": float(told.answers), "failed": float(told.failed)}
    if told.means is not None:
        figures["correlation"], figures["overlap"] = told.means
    return found | {
        f"huiqi_ranker_shadow_{name}": [(candidate, value)] for name, value in sorted(figures.items())
    }


def _jobs(counts: Iterable[figures_store.Count]) -> _Samples:
    by: dict[tuple[str, str], int] = {}
    for each in counts:
        if each.channel != CANARY:
            by[each.lane, each.state] = by.get((each.lane, each.state), 0) + each.n
    return [({"lane": lane, "state": state}, float(n)) for (lane, state), n in sorted(by.items())]


def _deliveries(counts: Iterable[figures_store.Count]) -> _Samples:
    by: dict[tuple[str, str], int] = {}
    for each in counts:
        if each.lane == "deliver" and each.channel != CANARY:
            key = (each.channel, _OUTCOMES[each.state])
            by[key] = by.get(key, 0) + each.n
    return [({"channel": channel, "outcome": name}, float(n)) for (channel, name), n in sorted(by.items())]


def _written(found: Mapping[str, _Samples]) -> Iterable[str]:
    for name, samples in found.items():
        yield f"# HELP {name} {_HELP[name]}\n# TYPE {name} gauge\n"
        for labels, value in samples:
            told = ",".join(f'{label}="{text}"' for label, text in labels.items())
            yield f"{name}{{{told}}} {value:g}\n" if told else f"{name} {value:g}\n"
