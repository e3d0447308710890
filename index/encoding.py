"""Texts to unit vectors: the protocol that every encoder keeps, and what all of them share.

Knows no engine and loads none; one engine per index, prefixes always, an empty text never.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from index.e5_file import Floats

# Tab and the ends of lines are blanks; other control characters are nothing, half a surrogate is no letter.
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if not chr(code).isspace()}
_LONE = re.compile("[\ud800-\udfff]")
_BLANK = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))


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


class Origin(Protocol):
    """What made a vector: an encoder, or what a generation notes of it."""

    @property
    def id(self) -> str:
        """The model with its engine."""
        ...

    @property
    def sha256(self) -> str:
        """The hash over the files it was made of."""
        ...


def kept_under(origin: Origin) -> str:
    """The name that vectors are kept under: another file under the same name is another encoder."""
    return f"{origin.id}@{origin.sha256[:16]}"


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


def is_readable(text: str) -> bool:
    """Whether there is anything in the text that can be encoded."""
    return bool(_readable(text))


def prepared(texts: Sequence[str]) -> list[str]:
    """Composed (the models' letter maps know single code points only), without control characters.

    Raises ValueError for a text of which nothing can be read.
    """
    ready = [_readable(text) for text in texts]
    if not all(ready):
        raise ValueError("an empty text has no meaning to encode")
    return ready


def _readable(text: str) -> str:
    composed = unicodedata.normalize("NFKC", _LONE.sub("\ufffd", text).translate(_CONTROLS))
    return composed.strip() if any(unicodedata.category(sign) not in _BLANK for sign in composed) else ""
