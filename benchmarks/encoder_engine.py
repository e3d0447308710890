"""One engine of the encoder benchmark: `python -m benchmarks.encoder_engine NAME PLACE TEXTS`.

Imports its own engine alone, so that its memory is its own; a line of input, a line of JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

OURS, PEER = "huiqi", "sentence-transformers"
Encode = Callable[[Sequence[str]], Any]
Texts = Mapping[str, list[str]]


class Engine(NamedTuple):
    """What encodes a question, and what encodes many texts that are stored."""

    queries: Encode
    passages: Encode


def main(arguments: Sequence[str]) -> None:
    """Loads, answers one query, says how long both took; then does what it is told until the input ends."""
    name, place, file = arguments
    texts = json.loads(Path(file).read_text(encoding="utf-8"))
    begin = time.perf_counter()
    engine = ENGINES[name](Path(place))
    engine.queries(texts["queries"][:1])
    print(json.dumps({"load_s": time.perf_counter() - begin}), flush=True)
    for line in sys.stdin:
        print(json.dumps(_done(engine, line.strip(), texts)), flush=True)


def _done(engine: Engine, work: str, texts: Texts) -> dict[str, Any]:
    if work == "memory":
        return {"mb": _resident()}
    if work == "vectors":
        stored = engine.passages([*texts["passages"], *texts["profiles"]])
        return {"vectors": np.concatenate([engine.queries(texts["queries"]), stored]).tolist()}
    begin = time.process_time()
    seconds = WORK[work](engine, texts)
    return {"seconds": seconds, "cpu_s": time.process_time() - begin}


WORK: Mapping[str, Callable[[Engine, Texts], list[float]]] = {
    "queries": lambda engine, texts: [_seconds(partial(engine.queries, [one])) for one in texts["queries"]],
    "passages": lambda engine, texts: [_seconds(partial(engine.passages, texts["passages"]))],
    "profiles": lambda engine, texts: [_seconds(partial(engine.passages, texts["profiles"]))],
}


def _ours(place: Path) -> Engine:
    from index.encoder import DEFAULT, encode_all, open_encoder  # noqa: PLC0415  # only in our process

    encoder, threads = open_encoder(DEFAULT, place), os.cpu_count() or 1
    return Engine(
        encoder.queries,
        lambda texts: np.stack(encode_all(encoder.passages, texts, threads=threads)),
    )


def _theirs(place: Path) -> Engine:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  # only in the peer's process

    model = SentenceTransformer(str(place), device="cpu")
    return Engine(
        lambda texts: model.encode(list(texts), prompt_name="query"),
        lambda texts: model.encode(list(texts), prompt_name="passage"),
    )


ENGINES: Mapping[str, Callable[[Path], Engine]] = {OURS: _ours, PEER: _theirs}


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _resident() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main(sys.argv[1:])
