"""The encoder for training: the installation's, else one made for the moment.

Leaves nothing behind that was not there.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.encoder import DEFAULT, Encoder, materialise, open_encoder
from service.settings import Settings


@contextmanager
def opened(settings: Settings) -> Iterator[Encoder]:
    """The default encoder. Raises EncoderMissing, EncoderFailed."""
    with tempfile.TemporaryDirectory() as aside:
        folder = settings.encoder_folder if settings.encoder_folder.is_dir() else Path(aside) / "encoder"
        materialise(folder)
        encoder = open_encoder(DEFAULT, folder)
        try:
            yield encoder
        finally:
            encoder.close()
