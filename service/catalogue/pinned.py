"""An order of measures that a cursor carries: places on a shelf with their scores, as short text.

Everything a later page needs travels in it, so nothing of an anonymous request is kept.
"""

import base64
import binascii
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.features import Floats

Places = NDArray[np.int64]
MICRO = 1_000_000


@dataclass(frozen=True)
class Order:
    """Measures by their place on a shelf, int64 [n], with scores in 0 … 1 of at most six decimals."""

    places: Places
    scores: Floats

    def after(self, count: int) -> "Order":
        """What follows the first `count`."""
        return Order(self.places[count:], self.scores[count:])

    def packed(self) -> str:
        """As text; `unpacked` reads it back equal."""
        micro = np.rint(self.scores * MICRO).astype("<u4")
        both = self.places.astype("<u4").tobytes() + micro.tobytes()
        return base64.b64encode(both).decode("ascii")

    @classmethod
    def unpacked(cls, text: str) -> "Order":
        """Raises ValueError for text that `packed` did not make."""
        try:
            both = np.frombuffer(base64.b64decode(text, validate=True), "<u4")
        except binascii.Error as error:
            raise ValueError(str(error)) from None
        half = len(both) // 2
        return cls(both[:half].astype(np.int64), both[half:] / MICRO)
