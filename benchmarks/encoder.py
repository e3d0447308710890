"""The default encoder beside plain SentenceTransformer.encode: `python -m benchmarks.encoder [--json]`.

Each engine runs in a process of its own on the same texts; needs torch and about 600 MB of disk for the peer.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from index.encoder import DEFAULT, encode_all, materialise, open_encoder
from index.sentence_transformers_folder import export_sentence_transformers

QUERIES = [f"我们做工业质检软件，想申请第{n}批研发补助" for n in range(50)]
PASSAGES = [
    "".join(f"第{n + k}条 企业上年度研发费用超过{n * k}万元的，按{k}%给予一次性补助。" for k in range(1, 9))
    for n in range(28)
]
Encode = Callable[[Sequence[str]], Any]


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON: load seconds, RSS, ms a query, passages/s, cosine to float32."""
    if arguments[:1] == ["--engine"]:
        print(json.dumps(measured(arguments[1], Path(arguments[2]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        places = {"huiqi": Path(folder) / "default", "sentence-transformers": Path(folder) / "float"}
        materialise(places["huiqi"])
        _apart("export", places["sentence-transformers"])
        found = {name: json.loads(_apart(name, place)) for name, place in places.items()}
    truth = np.array(found["sentence-transformers"].pop("vectors"))
    cosines = (np.array(found["huiqi"].pop("vectors")) * truth).sum(1)
    found["huiqi"] |= {"cosine_min": float(cosines.min()), "cosine_median": float(np.median(cosines))}
    print(json.dumps(found, indent=1) if "--json" in arguments else table(found))


def table(found: dict[str, dict[str, float]]) -> str:
    """One line an engine."""
    lines = [[name, *(f"{key} {value:.4g}" for key, value in row.items())] for name, row in found.items()]
    return "\n".join("  ".join(cells) for cells in lines)


def measured(engine: str, place: Path) -> dict[str, Any]:
    """The figures of one engine in this process."""
    if engine == "export":
        export_sentence_transformers(place)
        return {}
    begin = time.perf_counter()
    queries, passages = ENGINES[engine](place)
    queries(QUERIES[:1])
    load = time.perf_counter() - begin
    each = [_seconds(partial(queries, [text])) for text in QUERIES]
    bulk = _seconds(partial(passages, PASSAGES))
    return {
        "load_s": load,
        "query_ms": 1000 * median(each),
        "passages_per_s": len(PASSAGES) / bulk,
        "rss_mb": _resident(),
        "vectors": np.asarray(passages(PASSAGES)).tolist(),
    }


def _ours(place: Path) -> tuple[Encode, Encode]:
    encoder = open_encoder(DEFAULT, place)
    return encoder.queries, lambda texts: encode_all(encoder.passages, texts, threads=2)


def _theirs(place: Path) -> tuple[Encode, Encode]:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  # only in the peer's process

    model = SentenceTransformer(str(place), device="cpu")
    return (
        lambda texts: model.encode(list(texts), prompt_name="query"),
        lambda texts: model.encode(list(texts), prompt_name="passage"),
    )


ENGINES: dict[str, Callable[[Path], tuple[Encode, Encode]]] = {
    "huiqi": _ours,
    "sentence-transformers": _theirs,
}


def _apart(engine: str, place: Path) -> str:
    command = [sys.executable, "-m", "benchmarks.encoder", "--engine", engine, str(place)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _resident() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main(sys.argv[1:])
