"""How much is sent to one endpoint at once: more while it answers, little while it does not.

A value that its endpoint's loop asks; reads no clock.
"""

from dataclasses import dataclass

FIRST, MOST = 2, 16  # requests at once
PATIENCE = 20  # failures without any answer in a row, after which there is a rest
REST_S, MOST_REST_S = 1.0, 5.0


@dataclass
class Pace:
    """The present pace of an endpoint."""

    at_once: int = FIRST
    silent: int = 0

    def went_well(self) -> None:
        """An attempt was answered with success."""
        self.at_once, self.silent = min(MOST, self.at_once + 1), 0

    def failed(self, *, answered: bool, retry_after_s: float | None = None) -> float:
        """An attempt failed; seconds for which nothing else is tried."""
        self.at_once = max(1, self.at_once // 2)
        self.silent = 0 if answered else self.silent + 1
        if retry_after_s is not None:
            return min(retry_after_s, MOST_REST_S)
        return REST_S if self.silent and self.silent % PATIENCE == 0 else 0.0
