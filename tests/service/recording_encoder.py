"""An encoder of the tests that remembers what it was asked, and can be told to fail or to be busy.

Knows letters only; another name or hash is another encoder.
"""

from collections.abc import Callable, Sequence
from typing import Any

from index.encoding import EncoderFailed
from tests.service.asking import LetterEncoder


class RecordingEncoder(LetterEncoder):
    """`asked` and `stored`: the texts, in order. `before`: called with each stored text first."""

    def __init__(self, name: str = "letters", sha256: str = "0" * 64, dim: int = 64) -> None:
        super().__init__(name)
        self.sha256, self.dim = sha256, dim
        self.asked: list[str] = []
        self.stored: list[str] = []
        self.before: Callable[[str], None] = lambda _text: None

    def queries(self, texts: Sequence[str]) -> Any:
        self.asked += texts
        return super().passages(texts)

    def passages(self, texts: Sequence[str]) -> Any:
        for text in texts:
            self.before(text)
        self.stored += texts
        return super().passages(texts)

    def fails_after(self, number: int) -> None:
        """So many further texts, then nothing more until `before` is replaced."""
        left = [number]

        def fail(_text: str) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise EncoderFailed("told to")

        self.before = fail
