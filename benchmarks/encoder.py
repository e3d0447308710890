"""The default encoder beside plain SentenceTransformer.encode: `python -m benchmarks encoder [--json]`.

Each engine lives in a process of its own and they work in turn, on the same texts, on the same weights; needs
torch and about 600 MB of disk for the peer.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np

from benchmarks.encoder_engine import OURS, PEER, WORK
from index import materialise
from index.e5_file import E5File
from index.passages import enterprise_text
from index.tokenizer import Tokenizer
from policies.demo import demo_enterprises
from policies.facts import china
from policies.profiles import read_profile
from service.clock import SystemClock

ROUNDS = 5
QUERIES = [f"我们做工业质检软件，想申请第{n}批研发补助" for n in range(50)]
PASSAGES = [
    "".join(f"第{n + k}条 企业上年度研发费用超过{n * k}万元的，按{k}%给予一次性补助。" for k in range(1, 9))
    for n in range(28)
]
# Those of the demo enterprises, some of them twice as long, as registers have them: name and business scope.
SCOPE = "技术开发、技术咨询、技术服务；货物进出口"


def main(arguments: Sequence[str]) -> None:
    """Prints a table, or JSON: load seconds, memory, ms a query, passages and profiles a second, cosines."""
    with tempfile.TemporaryDirectory() as folder:
        places = {OURS: Path(folder) / "default", PEER: Path(folder) / "float"}
        materialise.materialise(places[OURS])
        _export(places[PEER])
        texts = Path(folder) / "texts.json"
        texts.write_text(json.dumps({"queries": QUERIES, "passages": PASSAGES, "profiles": profiles()}))
        found = {**compared(places, texts), "about": about(places[OURS])}
    print(json.dumps(found, indent=1, ensure_ascii=False) if "--json" in arguments else table(found))


def compared(places: Mapping[str, Path], texts: Path) -> dict[str, Any]:
    """The figures by engine; a round is every kind of work by each engine, the other one first each time."""
    with started(OURS, places[OURS], texts) as ours, started(PEER, places[PEER], texts) as peer:
        engines = {OURS: ours, PEER: peer}
        seen: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in engines}
        for number in range(ROUNDS):
            for work in WORK:
                for name in list(engines)[:: 1 if number % 2 else -1]:
                    took = engines[name].asked(work)
                    seen[name][work] += took["seconds"]
                    seen[name][work + "/cpu"].append(took["cpu_s"])
        found = {name: figures(each, seen[name]) for name, each in engines.items()}
        vectors = {name: np.array(each.asked("vectors")["vectors"]) for name, each in engines.items()}
    cosines = (vectors[OURS] * vectors[PEER]).sum(1)
    found[OURS] |= {"cosine_min": float(cosines.min()), "cosine_median": float(np.median(cosines))}
    return found


def figures(engine: "Child", seconds: Mapping[str, list[float]]) -> dict[str, float]:
    """What an engine's seconds mean."""
    queries = 1000 * np.array(seconds["queries"])
    return {
        "load_s": engine.load_s,
        "memory_mb": engine.asked("memory")["mb"],
        "query_ms": float(np.median(queries)),
        "query_p99_ms": float(np.percentile(queries, 99)),
        "passages_per_s": len(PASSAGES) / median(seconds["passages"]),
        "profiles_per_s": len(profiles()) / median(seconds["profiles"]),
        # Where other programs take the processors too, only these can be compared with an idle machine's.
        "query_cpu_ms": 1000 * median(seconds["queries/cpu"]) / len(QUERIES),
        "passages_per_cpu_s": len(PASSAGES) / median(seconds["passages/cpu"]),
        "profiles_per_cpu_s": len(profiles()) / median(seconds["profiles/cpu"]),
    }


def about(place: Path) -> dict[str, Any]:
    """What the figures were taken with."""
    manifest = materialise.read_manifest(materialise.place(place))
    tokenizer = Tokenizer(E5File(materialise.place(place) / materialise.WEIGHTS), manifest.most_tokens)
    lengths = [len(tokenizer.tokens(materialise.PASSAGE + text).ids) for text in profiles()]
    said = {"engine": manifest.engine, "cores": os.cpu_count(), "rounds": ROUNDS}
    return {**said, "profile_tokens": round(mean(lengths), 1), "load_average": os.getloadavg()[0]}


def profiles() -> list[str]:
    """What enterprises are encoded by."""
    registry, today = china(), SystemClock().today()
    firms = [{k: v for k, v in firm.items() if k != "id"} for firm in demo_enterprises(registry)]
    texts = [enterprise_text(read_profile(firm, registry, today=today), registry) for firm in firms]
    return [text if n % 2 else f"{text}\n{SCOPE}" for n, text in enumerate(texts)]


def table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """One line an engine, and one of what they were measured with."""
    lines = [[name, *(f"{key} {_short(value)}" for key, value in row.items())] for name, row in found.items()]
    return "\n".join("  ".join(cells) for cells in lines)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class Child:
    """An engine in a process of its own; one question at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.load_s = float(self._answer()["load_s"])

    def asked(self, work: str) -> Any:
        """The answer to a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(work + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextmanager
def started(engine: str, place: Path, texts: Path) -> Iterator[Child]:
    """The engine, loaded and having answered one query."""
    command = [sys.executable, "-m", "benchmarks.encoder_engine", engine, str(place), str(texts)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Child(process)
        assert process.stdin is not None
        process.stdin.close()


def _export(place: Path) -> None:
    """In a process of its own, so that this one stays small."""
    code = "import sys; from pathlib import Path; from index.sentence_transformers_folder import *\n"
    code += "export_sentence_transformers(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(place)], check=True, stdout=subprocess.DEVNULL)
