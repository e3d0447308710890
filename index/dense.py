"""Nearness in meaning with FAISS: measures by their best passage, enterprises by their one vector.

Always exact over what is asked for; an entry without a vector is NaN, never zero.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import faiss
import numpy as np
import numpy.typing as npt

from index.e5_file import Floats
from index.lexical import Bools, Ints, Places, Weights

_python: Any = faiss  # its type stubs tell the C++ signatures only
SQ8_FROM = 100_000  # passages
# Up to this share of the passages, reading theirs alone is faster than passing all under a bitmap
# (`python -m benchmarks plan`; Vespa leaves its graph for an exact scan at a like share).
FEW = 0.05
Plan = Literal["few", "masked", "whole"]
_EVERYTHING = -2.0  # below every inner product of unit vectors


@dataclass(frozen=True)
class VectorSegment:
    """Passage vectors in a FAISS index; owners[p] is the entry of passage p, ascending."""

    index: Any
    owners: Ints
    size: int  # entries, those without passages too

    @classmethod
    def of(cls, vectors: Sequence[Floats | None], dim: int, *, sq8_from: int = SQ8_FROM) -> "VectorSegment":
        """Built from each entry's vectors, float32 [passages, dim] of unit length, or None."""
        counts = [0 if found is None else len(found) for found in vectors]
        owners = np.repeat(np.arange(len(vectors), dtype=np.int32), counts)
        matrix = np.concatenate([np.zeros((0, dim), np.float32), *(v for v in vectors if v is not None)])
        index = _flat_or_sq8(dim, len(matrix) >= sq8_from)
        if len(matrix):
            index.train(matrix)
            index.add(matrix)
        return cls(index, owners, len(vectors))

    @property
    def dim(self) -> int:
        return int(self.index.d)

    def score(self, vector: Floats, wanted: Bools) -> Floats:
        """The cosine of each wanted entry's best passage, float32 [entries]; NaN for all others.

        Raises ValueError for a vector of another dimension: another encoder's question.
        """
        if vector.shape != (self.dim,):
            raise ValueError(f"a vector of shape {vector.shape} in an index of dimension {self.dim}")
        best = np.full(self.size, np.nan, np.float32)
        passages = wanted[self.owners]
        if not passages.any():
            return best
        by_passage = self.read(vector, passages, plan_of(int(passages.sum()), len(passages)))
        owners, firsts = self._groups
        highest = np.maximum.reduceat(by_passage, firsts)
        kept = wanted[owners]
        best[owners[kept]] = highest[kept]
        return best

    def read(self, vector: Floats, passages: Bools, plan: Plan) -> Floats:
        """Cosines of a mask's passages, float32 [passages], −∞ elsewhere; the same bits by every plan."""
        _single()
        found = np.full(len(passages), -np.inf, np.float32)
        if plan == "few":
            rows = np.flatnonzero(passages)
            found[rows] = _few(self.index, _row(vector), rows)
            return found
        settings = None
        if plan == "masked":
            chosen = np.packbits(passages, bitorder="little")
            settings = _python.SearchParameters(sel=_python.IDSelectorBitmap(chosen))
        numbers, cosines = _all(self.index, _row(vector), int(passages.sum()), settings)
        found[numbers] = cosines
        return found

    def cosines(self, vectors: Floats) -> Floats:
        """Of each vector with every passage, float32 [vectors, passages]."""
        everything = np.ones(len(self.owners), np.bool_)
        return np.stack([self.read(vector, everything, "whole") for vector in vectors])

    def vectors_of(self, entry: int) -> Floats:
        """The entry's passage vectors, float32 [passages, dim]; after SQ8 they are near, not equal."""
        begin, end = np.searchsorted(self.owners, [entry, entry + 1]).tolist()
        found: Floats = self.index.reconstruct_n(begin, end - begin)
        return found

    def nearness(self, vectors: Floats) -> Weights:
        """The mean of each vector's best cosine with an entry's passages, and of theirs with the vectors,
        float64 [entries]; NaN where an entry has none."""
        found = np.full(self.size, np.nan)
        if not len(self.owners):
            return found
        cosines = self.cosines(vectors).astype(np.float64)
        owners, firsts = self._groups
        forth = np.maximum.reduceat(cosines, firsts, axis=1).mean(0)
        counts = np.diff([*firsts, len(self.owners)])
        back = np.add.reduceat(cosines.max(0), firsts) / counts
        found[owners] = (forth + back) / 2
        return found

    def sample(self, most: int) -> Floats:
        """At most so many of the passage vectors, evenly taken, float32 [n, dim]."""
        rows = np.unique(np.linspace(0, len(self.owners) - 1, min(most, len(self.owners))).astype(np.int64))
        found: Floats = self.index.reconstruct_batch(rows)
        return found

    @cached_property
    def _groups(self) -> tuple[Ints, npt.NDArray[np.intp]]:
        owners, firsts = np.unique(self.owners, return_index=True)
        return owners, firsts


def plan_of(wanted: int, passages: int) -> Plan:
    """How the passages of a mask are read, by how many of all they are; never by what they say."""
    if wanted == passages:
        return "whole"
    return "few" if wanted <= FEW * passages else "masked"


class EnterpriseIndex:
    """One vector an enterprise, changed in place; a dropped one is really gone. Safe between threads."""

    def __init__(self, dim: int, vectors: Mapping[str, Floats] | None = None) -> None:
        self.dim = dim
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dim))
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._next = 0
        self._turn = threading.Lock()
        self.put_all(vectors or {})

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    def put(self, name: str, vector: Floats) -> None:
        """Adds or replaces one."""
        self.put_all({name: vector})

    def put_all(self, vectors: Mapping[str, Floats]) -> None:
        """Adds or replaces many at once."""
        if not vectors:
            return
        matrix = np.stack([np.asarray(vector, np.float32) for vector in vectors.values()])
        with self._turn:
            self._remove([name for name in vectors if name in self._numbers])
            numbers = np.arange(self._next, self._next + len(vectors), dtype=np.int64)
            self._index.add_with_ids(matrix, numbers)
            self._next += len(vectors)
            self._numbers.update(zip(vectors, numbers.tolist(), strict=True))
            self._names.update(zip(numbers.tolist(), vectors, strict=True))

    def drop(self, name: str) -> bool:
        """Removes one; whether it was there."""
        with self._turn:
            there = name in self._numbers
            self._remove([name] if there else [])
        return there

    def score(self, vector: Floats, names: Sequence[str]) -> Floats:
        """Cosines in the order of the names, float32 [n]; NaN for one that has no vector."""
        found = np.full(len(names), np.nan, np.float32)
        with self._turn:
            numbers = np.array([self._numbers.get(name, -1) for name in names], np.int64)
            known = numbers >= 0
            if known.any():
                found[known] = self._index.reconstruct_batch(numbers[known]) @ _row(vector)[0]
        return found

    def nearest(self, vector: Floats, count: int) -> list[tuple[str, float]]:
        """The nearest ones with their cosines, nearest first, equal ones by name."""
        with self._turn:
            most = min(count, len(self._numbers))
            if not most:
                return []
            _single()
            cosines, numbers = self._index.search(_row(vector), most)
            names = [self._names[number] for number in numbers[0].tolist()]
        named = zip(names, cosines[0].tolist(), strict=True)
        return sorted(named, key=lambda pair: (-pair[1], pair[0]))

    def _remove(self, names: Sequence[str]) -> None:
        if not names:
            return
        numbers = [self._numbers.pop(name) for name in names]
        for number in numbers:
            del self._names[number]
        self._index.remove_ids(np.array(numbers, np.int64))


def pack(index: Any) -> bytes:
    """A FAISS index as bytes."""
    packed: bytes = faiss.serialize_index(index).tobytes()
    return packed


def unpack(content: bytes) -> Any:
    """The index of bytes whose hash has been checked: FAISS itself loads damaged ones silently."""
    return faiss.deserialize_index(np.frombuffer(content, np.uint8))


def _flat_or_sq8(dim: int, large: bool) -> Any:
    if large:
        kind = faiss.ScalarQuantizer.QT_8bit
        return faiss.IndexScalarQuantizer(dim, kind, faiss.METRIC_INNER_PRODUCT)
    return faiss.IndexFlatIP(dim)


def _few(index: Any, row: Floats, numbers: npt.NDArray[np.int64]) -> Floats:
    """Cosines of some stored vectors, float32 [numbers]; what is not among them is not read."""
    found: Floats = np.empty(len(numbers), np.float32)
    if isinstance(index, _python.IndexFlat):
        asked, given, chosen = (_python.swig_ptr(array) for array in (row, found, numbers))
        index.compute_distance_subset(1, asked, len(numbers), given, chosen)
        return found
    size = index.code_size
    codes = _python.rev_swig_ptr(index.codes.data(), index.ntotal * size).reshape(-1, size)
    part = _flat_or_sq8(index.d, large=True)
    part.sq, part.is_trained = index.sq, True
    part.add_sa_codes(np.ascontiguousarray(codes[numbers]))
    places, cosines = _all(part, row, len(numbers), None)
    found[places] = cosines
    return found


def _all(index: Any, row: Floats, count: int, settings: Any) -> tuple[Places, Floats]:
    """Numbers and cosines of all `count` vectors that the settings leave, in any order. By the quicker way:
    over 8 bits a range search takes three times as long as the best `count`, over floats half as long."""
    if isinstance(index, _python.IndexFlat):
        _, cosines, numbers = index.range_search(row, _EVERYTHING, params=settings)
        return numbers, cosines
    best, places = index.search(row, count, params=settings)
    return places[0], best[0]


def _row(vector: Floats) -> Floats:
    return np.ascontiguousarray(vector, np.float32).reshape(1, -1)


def _single() -> None:
    """One thread for whoever calls next: OpenMP keeps the number for each thread."""
    faiss.omp_set_num_threads(1)
