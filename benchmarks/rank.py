"""Features and score for 200 candidates on one core: `python -m benchmarks rank [--json]`.

Beside the Python package of LightGBM and ONNX Runtime on the same rows, in the same run, by turns; in
processor time, which other processes do not lengthen, and on the clock, which they do.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from benchmarks.many_measures import varied_documents
from benchmarks.trees_to_onnx import onnx_of
from index.hybrid import Found
from policies.demo import demo_enterprises
from policies.documents import read_document
from policies.facts import china
from policies.known import Known
from policies.profiles import read_profile
from ranking.features import Floats, table
from ranking.model import BUNDLED, FormulaRanker, LightGBMRanker, model_file
from service.ask.features import candidates
from service.catalogue.pinned import Places
from service.catalogue.shelf import Shelf

TODAY = date(2026, 11, 24)
CANDIDATES, SHOWN, FIRMS, ROUNDS, SEED = 200, 20, 20, 15, 16
Work = Callable[[], Any]


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON with `--json`: medians in ms of processor time, and of the clock."""
    found = figures()
    print(json.dumps(found, indent=1) if "--json" in arguments else shown(found))


def figures(firms: int = FIRMS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Medians over firms and rounds, in ms, and how far the peers' scores are from ours."""
    core = _on_one_core()
    shelf = _shelf(3 * CANDIDATES)
    model = LightGBMRanker.load(BUNDLED)
    draw = np.random.default_rng(SEED)
    tables = [_ask(shelf, one, draw) for one in _profiles(firms)]
    times: dict[str, list[tuple[float, float]]] = {}
    peers, apart = _peers(tables[0]()), dict[str, float]()
    for _ in range(rounds):
        for features in tables:
            x = features()
            works: dict[str, Work] = {
                "features": features,
                "score": partial(model.score, x),
                "features + score": partial(_both, features, model),
                "reasons of 20": partial(model.explain, x[:SHOWN]),
                "formula": partial(FormulaRanker().score, x),
                **{name: partial(peer, x) for name, peer in peers.items()},
            }
            for name, work in works.items():
                times.setdefault(name, []).append(_ms(work))
            raw = model.raw(x)
            for name, peer in peers.items():
                apart[name] = max(apart.get(name, 0.0), float(np.abs(peer(x) - raw).max()))
    return {
        "candidates": CANDIDATES,
        "features": int(tables[0]().shape[1]),
        "model": {"id": model.id, "trees": model.trees},
        "core": core,
        "ms": {name: round(median(cpu for cpu, _ in each), 4) for name, each in times.items()},
        "clock_ms": {name: round(median(wall for _, wall in each), 4) for name, each in times.items()},
        "largest difference of raw scores": apart,
    }


def shown(found: dict[str, Any]) -> str:
    """One line a figure."""
    head = f"{found['candidates']} candidates, {found['features']} features, {found['model']['trees']} trees"
    lines = [
        f"{name:28} {ms:9.3f} ms of a processor, {found['clock_ms'][name]:9.3f} ms on the clock"
        for name, ms in found["ms"].items()
    ]
    far = [f"{name:28} differs by {d:.2g}" for name, d in found["largest difference of raw scores"].items()]
    return "\n".join([head, *lines, *far])


def _on_one_core() -> int | None:
    """Keeps the process on one processor, where the system can; which one."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def _shelf(measures: int) -> Shelf:
    registry = china()
    documents = [read_document(plain, registry) for plain in varied_documents(registry, measures)]
    return Shelf.of(1, [(document, 1) for document in documents], registry).warmed(TODAY)


def _profiles(firms: int) -> list[dict[str, Any]]:
    return [
        {"facts": one["facts"], "answers": one["answers"]} for one in demo_enterprises(china(), SEED)[:firms]
    ]


def _ask(shelf: Shelf, body: dict[str, Any], draw: np.random.Generator) -> Callable[[], Floats]:
    """What an ask does between search and score: columns side by side, then the table."""
    known = Known(read_profile(body, china(), today=TODAY), china(), TODAY)
    places: Places = np.sort(draw.choice(len(shelf), CANDIDATES, replace=False)).astype(np.int64)
    words, title, meaning = draw.random((3, CANDIDATES), np.float32)
    found = Found((words + meaning) / 2, words, meaning, title, title, 0.5)
    marks, worth = shelf.book.mark(known), shelf.prices.seen_by(known)
    return lambda: table(candidates(shelf, known, marks, worth, places, found))


def _peers(x: Floats) -> dict[str, Callable[[Floats], Floats]]:
    import lightgbm  # noqa: PLC0415  (only the peer's package)
    import onnxruntime  # noqa: PLC0415

    model = LightGBMRanker.load(BUNDLED)
    booster = lightgbm.Booster(model_file=str(BUNDLED / model_file(model.id)))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        onnx_of(booster.dump_model(), x.shape[1]).SerializeToString(), options, ["CPUExecutionProvider"]
    )

    def theirs(rows: Floats) -> Floats:
        return np.asarray(booster.predict(rows, raw_score=True, num_threads=1))

    def onnx(rows: Floats) -> Floats:
        return np.asarray(session.run(None, {"x": rows})[0], np.float64)[:, 0]

    return {"lightgbm Booster.predict": theirs, "ONNX Runtime": onnx}


def _both(features: Callable[[], Floats], model: LightGBMRanker) -> Floats:
    return model.score(features())


def _ms(work: Work) -> tuple[float, float]:
    """Processor time of all threads, and time on the clock."""
    begun, used = time.perf_counter(), time.process_time()
    work()
    return 1000 * (time.process_time() - used), 1000 * (time.perf_counter() - begun)
