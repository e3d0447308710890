"""The protocol between a process and its encoder child."""

import os
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import frames
from tests.index.conftest import unit


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


@given(st.lists(st.text(max_size=20), max_size=5))
def test_texts_come_out_as_they_went_in(texts: list[str]) -> None:
    assert frames.unpack_texts(frames.pack_texts(texts)) == texts


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_vectors_come_out_as_they_went_in(rows: int) -> None:
    vectors, truncated = frames.unpack_vectors(frames.pack_vectors(unit(1, rows), 2))
    assert np.array_equal(vectors, unit(1, rows))
    assert truncated == 2


def test_a_frame_comes_out_as_it_went_in(pipe: tuple[int, int]) -> None:
    frames.send(pipe[1], frames.QUERIES, b"x" * 5000)
    assert frames.receive(pipe[0], 1) == (frames.QUERIES, b"x" * 5000)


def test_silence_and_a_closed_pipe_are_told(pipe: tuple[int, int]) -> None:
    with pytest.raises(frames.Ended, match="in time"):
        frames.receive(pipe[0], 0.01)
    os.write(pipe[1], b"q\x05")
    os.close(pipe[1])
    with pytest.raises(frames.Ended, match="has ended"):
        frames.receive(pipe[0], 1)
