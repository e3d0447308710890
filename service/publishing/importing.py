"""Documents out of an import's bytes: JSON, NDJSON, YAML or the files of a form, each with its place.

Gathers every fault with its pointer and file. Stores nothing and knows no HTTP.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from policies.documents import Document, document_reader
from policies.facts import Registry
from policies.faults import Fault, Refused, pointer
from policies.json_reading import read_json
from policies.reading import BAD, Reader
from policies.yaml_reading import read_yaml

JSON, NDJSON, YAML = "application/json", "application/x-ndjson", "application/yaml"
KINDS = (JSON, NDJSON, YAML)
KIND_OF_ENDING: Mapping[str, str] = {
    ".json": JSON,
    ".ndjson": NDJSON,
    ".jsonl": NDJSON,
    ".yaml": YAML,
    ".yml": YAML,
}
LAW_TESTS = ".cases.yaml"


@dataclass(frozen=True)
class Source:
    """Bytes of one content type; `file` is the name to tell beside pointers, None for a bare body."""

    content: bytes
    kind: str
    file: str | None = None


@dataclass(frozen=True)
class Placed:
    """A document and where it stood: the pointer's beginning, and the file."""

    document: Document
    at: str
    file: str | None


def read_sources(sources: Iterable[Source], registry: Registry) -> list[Placed]:
    """Every document. Raises Refused with the faults of all sources; one id twice is `duplicate_id`."""
    reader = document_reader(registry)
    faults: list[Fault] = []
    found: list[Placed] = []
    for source in sources:
        own: list[Fault] = []
        found += _read_source(source, reader, own, {placed.document.id for placed in found})
        faults += [_in_file(fault, source.file) for fault in own]
    if faults:
        raise Refused(faults)
    return found


def sources_of(path: Path) -> list[Source]:
    """The documents' files at a path: the file itself, or all below a folder but law tests, by name."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    wanted = [each for each in files if kind_of(each.name) and not each.name.endswith(LAW_TESTS)]
    return [Source(each.read_bytes(), kind_of(each.name) or YAML, str(each)) for each in wanted]


def kind_of(file: str, told: str | None = None) -> str | None:
    """The content type of a file by its name, else the one it was sent with, None for any other."""
    by_name = KIND_OF_ENDING.get(Path(file).suffix.lower())
    return by_name or (told if told in KINDS else None)


def _read_source(source: Source, reader: Reader, faults: list[Fault], taken: set[str]) -> Iterator[Placed]:
    for at, value in _DECODE[source.kind](source.content, faults):
        document = reader.read(value, at, faults)
        if document is BAD:
            continue
        if document.id in taken:
            faults.append(Fault(pointer(at, "id"), "duplicate_id", {"got": document.id}))
        taken.add(document.id)
        yield Placed(document, at, source.file)


def _in_file(fault: Fault, file: str | None) -> Fault:
    return fault if file is None else Fault(fault.pointer, fault.code, {**fault.params, "file": file})


Decoded = Sequence[tuple[str, Any]]


def _one_or_list(value: object) -> Decoded:
    if isinstance(value, list):
        return [(pointer("", place), each) for place, each in enumerate(value)]
    return [("", value)]


def _from_json(content: bytes, faults: list[Fault]) -> Decoded:
    return _decoded(lambda: _one_or_list(read_json(content)), "", faults)


def _from_yaml(content: bytes, faults: list[Fault]) -> Decoded:
    return _decoded(lambda: _one_or_list(read_yaml(content).value), "", faults)


def _from_ndjson(content: bytes, faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    lines = (line for line in content.split(b"\n") if line.strip())
    for place, line in enumerate(lines):
        at = pointer("", place)
        yield from _decoded(partial(_line, at, line), at, faults)


def _line(at: str, line: bytes) -> Decoded:
    return [(at, read_json(line))]


def _decoded(decode: Callable[[], Decoded], at: str, faults: list[Fault]) -> Decoded:
    try:
        return decode()
    except Refused as refused:
        faults += [Fault(at + fault.pointer, fault.code, fault.params) for fault in refused.faults]
        return []


_DECODE: Mapping[str, Callable[[bytes, list[Fault]], Iterable[tuple[str, Any]]]] = {
    JSON: _from_json,
    NDJSON: _from_ndjson,
    YAML: _from_yaml,
}
