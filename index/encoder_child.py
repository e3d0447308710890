"""The child's side of ChildEncoder: `python -m index.encoder_child MODEL PARENT_PID`.

Loads one model, answers frames until the pipe closes, ends with its parent; never serves anybody else.
"""

import ctypes
import hashlib
import os
import select
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index import frames
from index.e5_file import sha256_of

_PR_SET_PDEATHSIG = 1
# Under which names a model's folder keeps the prompt of a role; the first that says something counts, as
# the library puts an empty `document` beside a `passage` that the folder has.
_PROMPTS = {frames.QUERIES: ("query",), frames.PASSAGES: ("document", "passage", "corpus")}


class _Loaded:
    """A sentence-transformers model with the little we need of it."""

    def __init__(self, name: str) -> None:
        here = Path(name)
        if here.is_dir():
            os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
        self.model = _model(name)
        self.model.eval()
        self.most = self.model.max_seq_length
        self.tokenizer: Any = self.model.tokenizer
        self.special = _special_tokens(self.tokenizer)
        self.prompts = {kind: _prompt(self.model.prompts, names) for kind, names in _PROMPTS.items()}
        self.facts = {
            "id": here.resolve().name if here.is_dir() else name,
            "dim": len(self.encode(frames.PASSAGES, ["维"])[0]),
            "sha256": _sha256_of_folder(here if here.is_dir() else _snapshot(name)),
        }

    def encode(self, kind: bytes, texts: Sequence[str]) -> np.ndarray[Any, Any]:
        """Unit vectors, float32 [n, dim], with the model's own prompt for the role.

        One text a call: batch mates, and the padding to their length, would change a vector.
        """
        ask = self.model.encode_query if kind == frames.QUERIES else self.model.encode_document
        settings = {"prompt": self.prompts[kind], "normalize_embeddings": True, "show_progress_bar": False}
        found = [ask([self._harmless(text)], **settings)[0] for text in texts]
        return np.asarray(found, np.float32)

    def truncated(self, kind: bytes, texts: Sequence[str]) -> int:
        """How many of the texts the model does not read to their end, its prompt included."""
        if not self.most or not callable(self.tokenizer):
            return 0
        whole = [self.prompts[kind] + self._harmless(text) for text in texts]
        return sum(len(self.tokenizer(text, truncation=False)["input_ids"]) > self.most for text in whole)

    def _harmless(self, text: str) -> str:
        """What a user typed is text, even where it spells a special token."""
        for token in self.special:
            text = text.replace(token, f"{token[0]} {token[1:]}")
        return text


def _special_tokens(tokenizer: Any) -> list[str]:
    """The longest first, so that one inside another is not what is left."""
    added = getattr(tokenizer, "added_tokens_decoder", {}).values()
    marks = {str(mark) for mark in added if mark.special} | set(getattr(tokenizer, "all_special_tokens", ()))
    return sorted((mark for mark in marks if len(mark) > 1), key=lambda mark: (-len(mark), mark))


def _prompt(prompts: Mapping[str, str], names: Sequence[str]) -> str:
    return next((prompts[name] for name in names if prompts.get(name)), "")


def _model(name: str) -> Any:
    """From the disk if it is there, so that a known model never waits for a network."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  # torch: seconds

    try:
        return SentenceTransformer(name, device="cpu", trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError):
        if Path(name).is_dir():
            raise
    return SentenceTransformer(name, device="cpu", trust_remote_code=False)


def _snapshot(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415  # comes with the above

    return Path(snapshot_download(name, local_files_only=True))


def _sha256_of_folder(folder: Path) -> str:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{path.relative_to(folder).as_posix()} {sha256_of(path)}\n" for path in paths]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _end_with(parent: int) -> None:
    """Two ways, because the signal alone also comes when only the parent's starting *thread* ends."""
    try:
        handle = os.pidfd_open(parent)
    except ProcessLookupError:
        os._exit(1)
    except OSError:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        return

    def watch() -> None:
        select.select([handle], [], [])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _serve(loaded: _Loaded, out: int) -> None:
    while True:
        kind, body = frames.receive(0)
        texts = frames.unpack_texts(body)
        try:
            answer = frames.pack_vectors(loaded.encode(kind, texts), loaded.truncated(kind, texts))
        except (RuntimeError, ValueError, TypeError, MemoryError) as error:
            frames.send(out, frames.FAULT, _line(error))
        else:
            frames.send(out, frames.VECTORS, answer)


def _line(error: BaseException) -> bytes:
    return (" ".join(str(error).split())[:500] or type(error).__name__).encode()


def main(arguments: Sequence[str]) -> None:
    """Answers on the real standard output; whatever a library prints goes to standard error."""
    model, parent = arguments
    _end_with(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.dup(1)
    os.dup2(2, 1)
    try:
        loaded = _Loaded(model)
    except Exception as error:  # noqa: BLE001  # a model's own code may raise anything: say it, then end
        frames.send(out, frames.FAULT, _line(error))
        return
    frames.send(out, frames.HELLO, frames.pack_hello(loaded.facts))
    try:
        _serve(loaded, out)
    except frames.Ended:
        return


if __name__ == "__main__":
    main(sys.argv[1:])
