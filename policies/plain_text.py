"""Text as hints are matched against it: Simplified, half-width, small letters, single spaces.

For comparing only; nobody is shown it.
"""

import unicodedata
from functools import cache, lru_cache
from typing import Any

from opencc import OpenCC


@lru_cache(1_024)
def plain(text: str) -> str:
    """The text in its plainest form, without the full stop at its end."""
    told = str(_converter().convert(unicodedata.normalize("NFKC", text))).lower()
    return " ".join(told.split()).rstrip("。.;；")


@cache
def _converter() -> Any:
    return OpenCC("t2s")
