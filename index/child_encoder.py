"""Any model that sentence-transformers loads, run in a child process so that torch stays out of this one.

Keeps one child per object, started again once if it has died; never outlives its parent.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO, Any

import numpy as np

from index import frames
from index.e5_file import Floats
from index.encoding import EncoderFailed, prepared
from index.materialise import with_rooms

LOAD_S, CALL_S = 600.0, 300.0
_BATCH = 32  # texts a frame; each of them is encoded alone
_log = logging.getLogger(__name__)


class ChildEncoder:
    """Prompts, dimension and maximum length are the model's own. Raises EncoderFailed if it cannot load."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._turn = threading.Lock()
        self._closed = False
        self.truncated = 0
        self._child, facts = self._started()
        self.id, self.dim, self.sha256 = str(facts["id"]), int(facts["dim"]), str(facts["sha256"])

    def queries(self, texts: Sequence[str]) -> Floats:
        return self._encode(frames.QUERIES, texts)

    def passages(self, texts: Sequence[str]) -> Floats:
        return self._encode(frames.PASSAGES, texts)

    @property
    def process_id(self) -> int:
        """The child's, for who counts memory."""
        return self._child.pid

    def close(self) -> None:
        with self._turn:
            self._closed = True
            self._end()

    def _encode(self, kind: bytes, texts: Sequence[str]) -> Floats:
        ready = prepared(texts)
        vectors = np.empty((len(ready), self.dim), np.float32)
        for begin in range(0, len(ready), _BATCH):
            part = ready[begin : begin + _BATCH]
            with self._turn:
                vectors[begin : begin + len(part)] = self._asked(kind, part)
        return vectors

    def _asked(self, kind: bytes, texts: list[str]) -> Floats:
        """Asks a second, fresh child when the first one is found dead."""
        if self._closed:
            raise EncoderFailed("the encoder is closed")
        try:
            answer, body = self._exchanged(kind, texts)
        except frames.Ended:
            self._start_again()
            try:
                answer, body = self._exchanged(kind, texts)
            except frames.Ended as error:
                raise EncoderFailed(f"the encoder's process failed: {error}") from None
        if answer == frames.FAULT:
            raise EncoderFailed(body.decode())
        vectors, truncated = frames.unpack_vectors(body)
        if truncated:
            self.truncated += truncated
            _log.warning("text cut for the encoder", extra={"texts": truncated})
        return vectors

    def _start_again(self) -> None:
        """A second child; never of another model, whose vectors would mix with those of the first."""
        self._end()
        self._child, facts = self._started()
        if (facts["id"], facts["dim"], facts["sha256"]) != (self.id, self.dim, self.sha256):
            self._closed = True
            self._end()
            raise EncoderFailed(f"the model {self._model} is another one than before")

    def _exchanged(self, kind: bytes, texts: list[str]) -> tuple[bytes, bytes]:
        frames.send(_handle(self._child.stdin), kind, frames.pack_texts(texts))
        return frames.receive(_handle(self._child.stdout), CALL_S)

    def _started(self) -> "tuple[subprocess.Popen[bytes], dict[str, Any]]":
        command = [sys.executable, "-m", "index.encoder_child", self._model, str(os.getpid())]
        self._child = subprocess.Popen(  # noqa: S603  # our own interpreter; the model is an argument
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=with_rooms(os.environ)
        )
        try:
            answer, body = frames.receive(_handle(self._child.stdout), LOAD_S)
        except frames.Ended as error:
            self._end()
            raise EncoderFailed(f"the model {self._model} was not loaded: {error}") from None
        if answer == frames.FAULT:
            self._end()
            raise EncoderFailed(f"the model {self._model} cannot be loaded: {body.decode()}")
        return self._child, frames.unpack_hello(body)

    def _end(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe:
                pipe.close()


def _handle(pipe: IO[bytes] | None) -> int:
    if pipe is None or pipe.closed:
        raise frames.Ended("the pipe is closed")
    return pipe.fileno()
