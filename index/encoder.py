"""The door to the encoders: the default one, or any other model in a child process.

Imports no torch and loads nothing until it is asked to.
"""

from pathlib import Path

from index.child_encoder import ChildEncoder
from index.encoding import Encoder, EncoderFailed, EncoderMissing, encode_all
from index.materialise import materialise, place
from index.onnx_encoder import OnnxEncoder

__all__ = [
    "DEFAULT",
    "Encoder",
    "EncoderFailed",
    "EncoderMissing",
    "encode_all",
    "materialise",
    "open_encoder",
]

DEFAULT = "default"


def open_encoder(spec: str, folder: Path) -> Encoder:
    """`default`: the one materialised in `folder`; else a folder or hub name, run by a child process.

    Raises EncoderMissing when the default is not materialised, EncoderFailed when a model cannot load.
    """
    if spec == DEFAULT:
        return OnnxEncoder(place(folder))
    return ChildEncoder(spec)
