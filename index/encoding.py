"""Texts to unit vectors: the protocol that every encoder keeps, and what all of them share.

Knows no engine and loads none; one engine per index, prefixes always, an empty text never.
"""

import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from index.e5_file import Floats


class EncoderMissing(Exception):
    """The encoder is not there or damaged: materialise it (again)."""


class EncoderFailed(Exception):
    """The model cannot be loaded, or its process has ended."""


class Encoder(Protocol):
    """Turns texts into float32 [n, dim] of unit length; callable from several threads at once."""

    id: str
    dim: int
    sha256: str
    truncated: int  # texts that were longer than the model reads, since opening

    def queries(self, texts: Sequence[str]) -> Floats:
        """Vectors of what somebody asks. Raises ValueError for a text without content."""

    def passages(self, texts: Sequence[str]) -> Floats:
        """Vectors of what is stored and found. Raises ValueError for a text without content."""

    def close(self) -> None:
        """Frees the model; later calls fail."""


def encode_all(
    encode: Callable[[Sequence[str]], Floats],
    texts: Sequence[str],
    *,
    threads: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Floats]:
    """One vector a text, in order, by several Python threads; progress is told after each text."""
    found: list[Floats] = []
    with ThreadPoolExecutor(threads, thread_name_prefix="encode") as pool:
        for vectors in pool.map(lambda text: encode([text]), texts):
            found.append(vectors[0])
            progress(len(found), len(texts))
    return found


def prepared(texts: Sequence[str]) -> list[str]:
    """Composed (the model's letter map knows single code points only). Raises ValueError when empty."""
    ready = [unicodedata.normalize("NFKC", text).strip() for text in texts]
    if not all(ready):
        raise ValueError("an empty text has no meaning to encode")
    return ready
