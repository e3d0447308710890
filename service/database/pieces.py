"""Long lists in pieces short enough for one statement: both databases bound the values that it may carry.

Keeps the order; knows no table.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")
PIECE = 300


def pieces(rows: Sequence[_T], most: int = PIECE) -> Iterator[Sequence[_T]]:
    """Slices of at most so many rows, in their order."""
    return (rows[start : start + most] for start in range(0, len(rows), most))
