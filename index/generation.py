"""Index generations on disk: built aside, published at once, checked before use, kept for going back.

A generation is never changed after it is published and never loaded unless every hash is right.
"""

import hashlib
import io
import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from index import dense, hybrid, lexical, passages, text, weights
from index.dense import VectorSegment
from index.durable import appearing, locked, replace_text, sweep_leftovers
from index.e5_file import Floats
from index.hybrid import HybridIndex, Segment
from index.lexical import WordSegment
from index.passages import Entry

FORMAT = 2
KEEP = 3
_MANIFEST, _CURRENT = "manifest.json", "CURRENT"
_ENTRIES, _TERMS, _VECTORS, _OWNERS = "entries.json", "terms.txt", "vectors.faiss", "owners.npy"
_POSTINGS = ("starts", "entries", "counts", "lengths", "titled")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Damaged(Exception):
    """The generation is missing, incomplete, altered, or made by other parameters: load another."""


@dataclass(frozen=True)
class EncoderFacts:
    """Which encoder made the vectors; another one's questions do not fit them."""

    id: str
    dim: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a generation holds and how it was made. `files`: name to {"size", "sha256"}."""

    id: str
    built_at: str
    catalogue: int
    measures: int
    passages: int
    encoder: EncoderFacts | None
    parameters: Mapping[str, Any]
    files: Mapping[str, Mapping[str, Any]]


def parameters() -> dict[str, Any]:
    """The constants a generation depends on; one made with others is refused."""
    return {
        "format": FORMAT,
        "text": text.VERSION,
        "passages": {"version": passages.VERSION, "size": passages.SIZE, "overlap": passages.OVERLAP},
        "bm25": {"k1": lexical.K1, "b": lexical.B},
        "fusion": {
            "floor": hybrid.FLOOR,
            "span": hybrid.SPAN,
            "heading": hybrid.HEADING,
            "meaning": asdict(weights.SCALE),
        },
        "sq8_from": dense.SQ8_FROM,
    }


def build(
    folder: Path,
    entries: Sequence[Entry],
    vectors: Mapping[str, Floats] | None,
    encoder: EncoderFacts | None,
    meta: Mapping[str, Any],
) -> Manifest:
    """Writes a generation and makes it the current one. `meta`: `catalogue`, `built_at` (RFC 3339), and
    `id` (UUIDv7; made from `built_at` when absent). Without vectors it is found by words only."""
    if (vectors is None) != (encoder is None):
        raise ValueError("vectors and the encoder that made them go together")
    segment = Segment.of(entries, vectors)
    contents = _packed(segment)
    manifest = Manifest(
        id=meta.get("id") or generation_id(meta["built_at"]),
        built_at=meta["built_at"],
        catalogue=meta["catalogue"],
        measures=len(entries),
        passages=len(segment.vectors.owners) if segment.vectors else 0,
        encoder=encoder,
        parameters=parameters(),
        files={name: _fingerprint(content) for name, content in contents.items()},
    )
    with locked(folder):
        with appearing(folder / manifest.id) as aside:
            for name, content in contents.items():
                (aside / name).write_bytes(content)
            (aside / _MANIFEST).write_bytes(_sealed(manifest))
        replace_text(folder / _CURRENT, manifest.id + "\n")
    return manifest


def generation_id(built_at: str) -> str:
    """A UUIDv7 of that instant."""
    instant = int(datetime.fromisoformat(built_at).timestamp() * 1000)
    number = instant << 80 | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=number & ~(0x3 << 62) | 0x2 << 62))


def load(folder: Path, generation: str) -> tuple[HybridIndex, Manifest]:
    """The index in memory, every byte checked before it is read. Raises Damaged."""
    manifest, contents = _checked(folder, generation)
    return HybridIndex(_unpacked(contents)), manifest


def manifest_of(folder: Path, generation: str) -> Manifest:
    """The manifest alone, its own hash checked; what it lists is not read. Raises Damaged."""
    if not _ID.fullmatch(generation):
        raise Damaged(f"{generation!r} is no generation's id")
    try:
        return _unsealed((folder / generation / _MANIFEST).read_bytes())
    except OSError as error:
        raise Damaged(f"{generation}: {error.strerror}") from None


def load_latest(folder: Path) -> tuple[HybridIndex, Manifest, list[str]]:
    """The current generation, else the newest good one, and those that were refused. Raises Damaged."""
    refused: list[str] = []
    first = current(folder)
    for generation in dict.fromkeys([*([first] if first else []), *kept(folder)]):
        try:
            return *load(folder, generation), refused
        except Damaged:
            refused.append(generation)
    raise Damaged(f"{folder}: no good generation" + (f" ({len(refused)} refused)" if refused else ""))


def current(folder: Path) -> str | None:
    """The id of the current generation; None when there is none or its name cannot be read."""
    try:
        name = (folder / _CURRENT).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return name if _ID.fullmatch(name) and (folder / name).is_dir() else None


def kept(folder: Path) -> list[str]:
    """Ids of the generations on disk, newest first."""
    names = [path.name for path in folder.glob("*") if _ID.fullmatch(path.name)]
    return sorted(names, reverse=True)


def make_current(folder: Path, generation: str) -> Manifest:
    """Goes back (or forth) to a generation on disk. Raises Damaged and changes nothing if it is not whole."""
    with locked(folder):
        manifest, _ = _checked(folder, generation)
        replace_text(folder / _CURRENT, generation + "\n")
    return manifest


def sweep(folder: Path, keep: int = KEEP) -> list[str]:
    """Removes what interrupted builds left and all but the newest `keep` generations and the current one.

    Returns the generations removed; does nothing while another process builds.
    """
    with locked(folder, wait=False) as mine:
        if not mine:
            return []
        sweep_leftovers(folder)
        serving = current(folder)
        old = [generation for generation in kept(folder)[keep:] if generation != serving]
        for generation in old:
            shutil.rmtree(folder / generation)
        return old


def _packed(segment: Segment) -> dict[str, bytes]:
    words = segment.words
    contents = {
        _ENTRIES: json.dumps(segment.ids, ensure_ascii=False).encode(),
        _TERMS: "\n".join(words.vocabulary).encode(),
        **{f"{name}.npy": _array_bytes(getattr(words, name)) for name in _POSTINGS},
    }
    if segment.vectors:
        contents |= {
            _VECTORS: dense.pack(segment.vectors.index),
            _OWNERS: _array_bytes(segment.vectors.owners),
        }
    return contents


def _unpacked(contents: Mapping[str, bytes]) -> Segment:
    ids = tuple(json.loads(contents[_ENTRIES]))
    names = contents[_TERMS].decode().split("\n") if contents[_TERMS] else []
    vocabulary = {name: number for number, name in enumerate(names)}
    words = WordSegment(vocabulary, *(_array(contents[f"{name}.npy"]) for name in _POSTINGS))
    if _VECTORS not in contents:
        return Segment(ids, words, None)
    index, owners = dense.unpack(contents[_VECTORS]), _array(contents[_OWNERS])
    return Segment(ids, words, VectorSegment(index, owners, len(ids)))


def _checked(folder: Path, generation: str) -> tuple[Manifest, dict[str, bytes]]:
    """Reads every file once and checks what was read, so that nothing can change in between."""
    if not _ID.fullmatch(generation):
        raise Damaged(f"{generation!r} is no generation's id")
    try:
        manifest = _unsealed((folder / generation / _MANIFEST).read_bytes())
        contents = {name: (folder / generation / name).read_bytes() for name in manifest.files}
    except OSError as error:
        raise Damaged(f"{generation}: {error.strerror}: {Path(error.filename or '').name}") from None
    wrong = [name for name, content in contents.items() if manifest.files[name] != _fingerprint(content)]
    if wrong or manifest.id != generation:
        raise Damaged(f"{generation}: altered: {', '.join(wrong) or _MANIFEST}")
    if manifest.parameters != parameters():
        raise Damaged(f"{generation}: made with other parameters")
    return manifest, contents


def _sealed(manifest: Manifest) -> bytes:
    """JSON, and its own hash on the line before it: every altered byte is noticed."""
    content = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _unsealed(sealed: bytes) -> Manifest:
    seal, _, content = sealed.partition(b"\n")
    if seal != hashlib.sha256(content).hexdigest().encode():
        raise Damaged("the manifest is altered")
    found = json.loads(content)
    try:
        encoder = EncoderFacts(**found["encoder"]) if found["encoder"] else None
        return Manifest(**{**found, "encoder": encoder})
    except (KeyError, TypeError) as error:
        raise Damaged(f"the manifest has another form: {error}") from None


def _fingerprint(content: bytes) -> dict[str, Any]:
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _array_bytes(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _array(content: bytes) -> Any:
    return np.load(io.BytesIO(content), allow_pickle=False)
