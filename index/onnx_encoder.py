"""The default encoder: multilingual-e5-small, int8, on ONNX Runtime with one thread.

Needs no torch and no tokenizers library; never encodes two texts in one call.
"""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from index.e5_file import E5File, Floats, dequantise
from index.encoding import EncoderFailed, prepared
from index.materialise import BODY, WEIGHTS, read_manifest
from index.tokenizer import Tokenizer

_log = logging.getLogger(__name__)


class OnnxEncoder:
    """Reads a materialised folder. Its word table stays in the mapped file: 0.6 s to open, 6 ms a query."""

    def __init__(self, folder: Path) -> None:
        manifest = read_manifest(folder)
        file = E5File(folder / WEIGHTS)
        self.id, self.dim, self.sha256 = manifest.id, manifest.dim, manifest.sha256
        self.truncated = 0
        self._prefixes = manifest.prefixes
        self._tokenizer = Tokenizer(file, manifest.most_tokens)
        self._words = file.embedding_rows()
        self._session = _session(folder / BODY)
        self._counting = threading.Lock()

    def queries(self, texts: Sequence[str]) -> Floats:
        return self._encode("query", texts)

    def passages(self, texts: Sequence[str]) -> Floats:
        return self._encode("passage", texts)

    def close(self) -> None:
        self._session = None

    def _encode(self, role: str, texts: Sequence[str]) -> Floats:
        vectors = np.empty((len(texts), self.dim), np.float32)
        for row, text in enumerate(prepared(texts)):
            vectors[row] = self._one(self._prefixes[role] + text)
        return vectors

    def _one(self, text: str) -> Floats:
        """Alone: int8 scales are taken per call, so batch mates would change the vector."""
        session = self._session
        if session is None:
            raise EncoderFailed("the encoder is closed")
        ids, cut = self._tokenizer.tokens(text)
        if cut:
            self._count_cut(cut)
        words = dequantise(self._words[ids])[None]
        mask = np.ones((1, len(ids)), np.int64)
        vector: Floats = session.run(None, {"words": words, "mask": mask})[0][0]
        return vector

    def _count_cut(self, cut: int) -> None:
        with self._counting:
            self.truncated += 1
        _log.warning("text cut for the encoder", extra={"tokens_cut": cut})


def _session(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
