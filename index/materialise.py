"""Makes the default encoder's folder once from the packaged file: a copy, an int8 body, a manifest.

Whole or not at all; never fetches anything, never needs torch, never trusts a file before its hash.
"""

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from index import e5_file
from index.durable import appearing, locked, sweep_leftovers
from index.e5_file import WrongFile, sha256_of
from index.encoding import EncoderMissing

Progress = Callable[[int, int], None]

MODEL = "multilingual-e5-small"
WEIGHTS, BODY, MANIFEST = "e5-small-q4.bin", "body.onnx", "manifest.json"
QUERY, PASSAGE = "query: ", "passage: "
DIMENSION, MOST_TOKENS = 384, 512
STEPS = 100
_COPIED, _BUILT = 30, 95  # of STEPS
_CHUNK = 1 << 22


@dataclass(frozen=True)
class EncoderManifest:
    """What the folder holds. `sha256` is over the files' hashes, so it names the vectors' origin."""

    id: str
    engine: str
    dim: int
    most_tokens: int
    prefixes: Mapping[str, str]
    files: Mapping[str, str]

    @property
    def sha256(self) -> str:
        lines = "".join(f"{name} {self.files[name]}\n" for name in sorted(self.files))
        return hashlib.sha256(lines.encode()).hexdigest()


def wanted_engine() -> str:
    """The engine for the processor we run on."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="ignore")
    except OSError:
        flags = ""
    return engine_for(platform.machine(), flags)


def engine_for(machine: str, flags: str) -> str:
    """`int8`, or `int8r` (7-bit weights) on x86 processors without VNNI, whose kernels can saturate."""
    has_vnni = "avx512_vnni" in flags or "avx_vnni" in flags
    return "int8" if has_vnni or machine not in {"x86_64", "AMD64"} else "int8r"


def materialise(folder: Path, progress: Progress = lambda _done, _total: None) -> None:
    """Makes `place(folder)` unless it is there and whole. Raises WrongFile without the right package.

    Safe to interrupt and to run in several processes at once; takes about 6 s and 94 MB.
    """
    with locked(folder):
        sweep_leftovers(folder)
        if not _is_whole(place(folder)):
            source = e5_file.packaged()
            with appearing(place(folder)) as aside:
                _fill(aside, source, progress)
    progress(STEPS, STEPS)


def place(folder: Path) -> Path:
    """Where this processor's default encoder stands in the folder of encoders."""
    return folder / f"{MODEL}-{wanted_engine()}"


def read_manifest(folder: Path) -> EncoderManifest:
    """The manifest of a whole folder, every file's hash checked. Raises EncoderMissing."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = EncoderManifest(**content)
        actual = {name: sha256_of(folder / name) for name in (WEIGHTS, BODY)}
    except (OSError, ValueError, TypeError) as error:
        raise EncoderMissing(f"{folder}: {error}") from None
    if actual != manifest.files or manifest != _manifest(wanted_engine(), actual):
        raise EncoderMissing(f"{folder} is damaged")
    return manifest


def _is_whole(folder: Path) -> bool:
    try:
        read_manifest(folder)
    except EncoderMissing:
        return False
    return True


def _manifest(engine: str, files: Mapping[str, str]) -> EncoderManifest:
    prefixes = {"query": QUERY, "passage": PASSAGE}
    return EncoderManifest(f"{MODEL}-{engine}", engine, DIMENSION, MOST_TOKENS, prefixes, dict(files))


def _fill(aside: Path, source: Path, progress: Progress) -> None:
    engine = wanted_engine()
    weights = _copy(source, aside / WEIGHTS, progress)
    if weights != e5_file.SHA256:
        raise WrongFile(f"{source} has SHA-256 {weights}, not {e5_file.SHA256}")
    _build_apart(aside / WEIGHTS, aside / BODY, engine)
    progress(_BUILT, STEPS)
    manifest = _manifest(engine, {WEIGHTS: weights, BODY: sha256_of(aside / BODY)})
    text = json.dumps(vars(manifest), ensure_ascii=False, indent=1, sort_keys=True)
    (aside / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _copy(source: Path, target: Path, progress: Progress) -> str:
    size, done, digest = source.stat().st_size, 0, hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            writer.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            progress(_COPIED * done // size, STEPS)
    return digest.hexdigest()


def _build_apart(weights: Path, body: Path, engine: str) -> None:
    """In a process of its own: the quantiser's memory and its chatter end with it."""
    command = [sys.executable, "-m", "index.onnx_graph", str(weights), str(body), engine]
    result = subprocess.run(  # noqa: S603  # our own interpreter and paths
        command, env=with_rooms(os.environ), capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise WrongFile(f"the encoder could not be built: {result.stderr.strip()[-500:]}")


def with_rooms(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which a child Python finds the same `index` package."""
    here = str(Path(__file__).resolve().parent.parent)
    found = environment.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": f"{here}{os.pathsep}{found}" if found else here}
