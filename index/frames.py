"""The binary protocol between a process and its encoder child: length, kind, body, over pipes.

Carries texts as JSON and vectors as float32; never a pickled object.
"""

import json
import os
import select
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from index.e5_file import Floats

HELLO, QUERIES, PASSAGES, VECTORS, FAULT = b"h", b"q", b"p", b"v", b"f"
_HEAD = struct.Struct("<cI")
_SHAPE = struct.Struct("<III")


class Ended(Exception):
    """The other side has gone, or has not answered in time."""


def send(handle: int, kind: bytes, body: bytes) -> None:
    """Writes one frame. Raises Ended."""
    left = memoryview(_HEAD.pack(kind, len(body)) + body)
    try:
        while left:
            left = left[os.write(handle, left) :]
    except OSError as error:
        raise Ended(str(error)) from None


def receive(handle: int, within: float | None = None) -> tuple[bytes, bytes]:
    """Reads one frame; a silence longer than `within` seconds (None: any) ends it. Raises Ended."""
    kind, size = _HEAD.unpack(_read(handle, _HEAD.size, within))
    return kind, _read(handle, size, within)


def _read(handle: int, size: int, within: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        if not select.select([handle], [], [], within)[0]:
            raise Ended("no answer in time")
        part = os.read(handle, size - len(parts))
        if not part:
            raise Ended("the other side has ended")
        parts += part
    return bytes(parts)


def pack_texts(texts: Sequence[str]) -> bytes:
    """Texts as a body."""
    return json.dumps(list(texts)).encode()


def unpack_texts(body: bytes) -> list[str]:
    """Texts of a body."""
    return [str(text) for text in json.loads(body)]


def pack_vectors(vectors: Floats, truncated: int) -> bytes:
    """float32 [n, dim] and how many texts were cut, as a body."""
    return _SHAPE.pack(*vectors.shape, truncated) + np.ascontiguousarray(vectors, "<f4").tobytes()


def unpack_vectors(body: bytes) -> tuple[Floats, int]:
    """What `pack_vectors` packed."""
    rows, columns, truncated = _SHAPE.unpack_from(body)
    values = np.frombuffer(body, "<f4", offset=_SHAPE.size).astype(np.float32)
    return values.reshape(rows, columns), truncated


def pack_hello(facts: Mapping[str, Any]) -> bytes:
    """What the child says of its model."""
    return json.dumps(facts).encode()


def unpack_hello(body: bytes) -> dict[str, Any]:
    """What `pack_hello` packed."""
    facts: dict[str, Any] = json.loads(body)
    return facts
