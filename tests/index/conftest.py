"""What the tests of the search room share: one materialised encoder a session, and small entries."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.encoder import DEFAULT, Encoder, materialise, open_encoder


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    materialise(folder)
    return folder


@pytest.fixture(scope="session")
def encoder(encoder_folder: Path) -> Iterator[Encoder]:
    opened = open_encoder(DEFAULT, encoder_folder)
    yield opened
    opened.close()


def unit(seed: int, rows: int, dim: int = 8) -> np.ndarray:
    """Seeded unit vectors, float32 [rows, dim]."""
    found = np.random.default_rng(seed).standard_normal((rows, dim)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)
