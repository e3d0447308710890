"""The log as a table: a row for each measure shown, with what became of it; read back it is equal."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from ranking.clicks import click_table
from ranking.features import NAMES
from service.learning import frames
from service.learning.logged import lessons
from tests.service.asking import World, document, measure, world
from tests.service.test_impressions import ask, tell

pytestmark = pytest.mark.usefixtures("both")
STRANGER = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "data", document("doc-one", measure("a"), measure("b"))) as found:
        await found.register("firm", {"text": "想申请研发补助"})
        await found.build_index()
        yield found


async def logged(at: World) -> tuple[str, Any]:
    """Three answers, what became of two of them, and an event of a request that nobody logged."""
    first = (await ask(at, limit=1))["request_id"]
    for _ in range(2):
        at.clock.instant += frames_apart
        request = (await ask(at))["request_id"]
    await at.services.impressions.written()
    await tell(at, first, "opened", "applied")
    await tell(at, request, "dismissed", name="doc-one.b")
    await tell(at, STRANGER, "saved")
    async with at.services.db.read() as c:
        return first, await frames.frame(c)


frames_apart = pandas.Timedelta(seconds=5).to_pytimedelta()


async def test_every_measure_that_was_shown_is_a_row_with_what_became_of_it(at: World) -> None:
    first, found = await logged(at)
    assert list(found.columns) == list(frames.COLUMNS)
    assert len(found) == 1 + 2 + 2 + 1
    [row] = found[found["request_id"] == first].to_dict("records")
    assert (row["place"], row["measure_id"], row["part"]) == (1, "doc-one.a", "certain")
    assert row["opened_at"] == row["applied_at"] > row["shown_at"]
    assert pandas.isna(row["granted_at"])


async def test_an_event_that_stands_alone_is_a_row_without_place_and_features(at: World) -> None:
    _, found = await logged(at)
    [row] = found[found["request_id"] == STRANGER].to_dict("records")
    assert pandas.isna(row["place"])
    assert pandas.isna(row["enterprise_id"])
    assert all(pandas.isna(row[f"f_{name}"]) for name in NAMES)


@pytest.mark.parametrize("name", ["log.parquet", "log.csv", "log.csv.gz"])
async def test_what_was_written_is_read_back_equal_to_the_last_bit(
    at: World, tmp_path: Path, name: str
) -> None:
    _, found = await logged(at)
    frames.write(found, tmp_path / name)
    again = frames.read(tmp_path / name)
    pandas.testing.assert_frame_equal(again, found, check_exact=True)
    features = [f"f_{feature}" for feature in NAMES]
    assert again[features].to_numpy().tobytes() == found[features].to_numpy().tobytes()


async def test_lessons_from_a_file_are_those_from_the_database(at: World, tmp_path: Path) -> None:
    _, found = await logged(at)
    frames.write(found, tmp_path / "log.parquet")
    frames.write(found, tmp_path / "again.csv")
    async with at.services.db.read() as c:
        shown, deeds = await lessons(c, 100)
    theirs, told = frames.lessons_in(tmp_path)
    assert set(told) == set(deeds)
    by_request = {one.request: one for one in theirs}
    for one in shown:
        other = by_request[one.request]
        assert (other.at, other.first, other.measures) == (one.at, one.first, one.measures)
        assert other.x.tobytes() == one.x.tobytes()


async def test_what_became_of_real_answers_can_be_learned_from(at: World) -> None:
    for _ in range(3):
        at.clock.instant += frames_apart
        request = (await ask(at))["request_id"]
        await at.services.impressions.written()
        await tell(at, request, "opened", name="doc-one.b")
    async with at.services.db.read() as c:
        found = click_table(*await lessons(c, 100)).table
    assert found.grades.sum() == 3
    assert found.x.shape == (6, len(NAMES))
    assert found.positions is not None
    assert set(found.positions.tolist()) == {0, 1}


async def test_an_empty_log_is_an_empty_table_with_the_same_columns(at: World, tmp_path: Path) -> None:
    async with at.services.db.read() as c:
        found = await frames.frame(c)
    frames.write(found, tmp_path / "log.parquet")
    pandas.testing.assert_frame_equal(frames.read(tmp_path / "log.parquet"), found)


def test_another_ending_and_a_folder_without_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must end with"):
        frames.check(tmp_path / "log.xlsx")
    with pytest.raises(FileNotFoundError):
        frames.lessons_in(tmp_path)
    assert np.isnan(np.nan)
