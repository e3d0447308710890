"""Generations: nothing half-written or altered is ever loaded, and going back works."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index import generation, hybrid
from index.generation import Damaged, EncoderFacts, Manifest
from index.materialise import with_rooms
from tests.index.test_hybrid import ENTRIES, IDS, QUERY, VECTORS

ENCODER = EncoderFacts("e5", 8, "0" * 64)
BUILT = "2026-11-24T10:00:00+08:00"
FILES = [
    "manifest.json", "entries.json", "terms.txt", "starts.npy", "entries.npy",
    "counts.npy", "lengths.npy", "titled.npy", "vectors.faiss", "owners.npy",
]  # fmt: skip


def built(folder: Path, catalogue: int = 1, second: int = 0) -> Manifest:
    when = BUILT.replace("10:00:00", f"10:00:{second:02}")
    return generation.build(folder, ENTRIES, VECTORS, ENCODER, {"catalogue": catalogue, "built_at": when})


def test_a_loaded_generation_scores_as_the_one_that_was_built(tmp_path: Path) -> None:
    manifest = built(tmp_path)
    index, again = generation.load(tmp_path, manifest.id)
    assert again == manifest
    assert (again.measures, again.passages, again.catalogue) == (5, 7, 1)
    before = hybrid.HybridIndex.of(ENTRIES, VECTORS).score("研发企业", QUERY, IDS)
    assert np.array_equal(index.score("研发企业", QUERY, IDS).scores, before.scores)


def test_the_manifest_carries_what_the_vectors_and_scores_depend_on(tmp_path: Path) -> None:
    found = built(tmp_path)
    assert found.encoder == ENCODER
    fusion = found.parameters["fusion"]
    assert (fusion["floor"], fusion["span"], fusion["heading"]) == (0.7, 0.25, 0.6)
    assert fusion["meaning"]["even"] == 0.45
    assert found.parameters["passages"]["size"] == 300
    assert set(found.files) | {"manifest.json"} == set(FILES)


def test_an_empty_catalogue_has_an_empty_generation(tmp_path: Path) -> None:
    manifest = generation.build(tmp_path, [], {}, ENCODER, {"catalogue": 0, "built_at": BUILT})
    index, _ = generation.load(tmp_path, manifest.id)
    assert index.ids == ()
    assert index.with_delta(ENTRIES, VECTORS).score("研发", QUERY, IDS).scores[0] > 0


def test_without_an_encoder_a_generation_holds_words_only(tmp_path: Path) -> None:
    manifest = generation.build(tmp_path, ENTRIES, None, None, {"catalogue": 1, "built_at": BUILT})
    index, _ = generation.load(tmp_path, manifest.id)
    assert manifest.passages == 0
    assert index.score("研发", None, IDS).scores[0] > 0


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    at = random.Random(path.name).randrange(len(content))
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", [_truncate, _empty, _flip, Path.unlink])
def test_a_damaged_file_is_refused_and_the_last_good_generation_serves(
    tmp_path: Path, name: str, harm: Callable[[Path], None]
) -> None:
    good, bad = built(tmp_path, 1), built(tmp_path, 2, second=1)
    harm(tmp_path / bad.id / name)
    with pytest.raises(Damaged):
        generation.load(tmp_path, bad.id)
    _, serving, refused = generation.load_latest(tmp_path)
    assert (serving.id, refused) == (good.id, [bad.id])


def test_every_single_bit_of_the_manifest_counts(tmp_path: Path) -> None:
    path = tmp_path / built(tmp_path).id / "manifest.json"
    content = path.read_bytes()
    for at in range(0, len(content), 7):
        path.write_bytes(content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :])
        with pytest.raises(Damaged):
            generation.load(tmp_path, path.parent.name)


def test_files_of_two_generations_do_not_mix(tmp_path: Path) -> None:
    one = built(tmp_path)
    other = generation.build(tmp_path, ENTRIES[:2], None, None, {"catalogue": 2, "built_at": BUILT})
    os.replace(tmp_path / one.id / "terms.txt", tmp_path / other.id / "terms.txt")
    with pytest.raises(Damaged, match=r"altered: terms\.txt"):
        generation.load(tmp_path, other.id)
    os.replace(tmp_path / other.id, tmp_path / one.id.replace(one.id[-4:], "0000"))
    with pytest.raises(Damaged):
        generation.load(tmp_path, one.id.replace(one.id[-4:], "0000"))


def test_a_generation_made_with_other_constants_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = built(tmp_path)
    monkeypatch.setattr(hybrid, "HEADING", 0.5)
    with pytest.raises(Damaged, match="other parameters"):
        generation.load(tmp_path, manifest.id)


@pytest.mark.parametrize("name", ["", "../x", "CURRENT", "0199aaaa-0000-7000-8000-000000000000"])
def test_what_is_no_generation_is_refused(tmp_path: Path, name: str) -> None:
    built(tmp_path)
    with pytest.raises(Damaged):
        generation.load(tmp_path, name)


def test_going_back_checks_first_and_then_changes_the_current_one(tmp_path: Path) -> None:
    old, new = built(tmp_path, 1), built(tmp_path, 2, second=1)
    assert generation.current(tmp_path) == new.id
    assert generation.make_current(tmp_path, old.id) == old
    assert generation.current(tmp_path) == old.id
    _flip(tmp_path / new.id / "counts.npy")
    with pytest.raises(Damaged):
        generation.make_current(tmp_path, new.id)
    assert generation.current(tmp_path) == old.id


def test_a_sweep_keeps_the_newest_three_and_the_current_one(tmp_path: Path) -> None:
    ids = [built(tmp_path, second=n).id for n in range(6)]
    generation.make_current(tmp_path, ids[0])
    (tmp_path / ".tmp-left").mkdir()
    assert sorted(generation.sweep(tmp_path)) == ids[1:3]
    assert generation.kept(tmp_path) == [*reversed(ids[3:]), ids[0]]
    assert not (tmp_path / ".tmp-left").exists()


def test_a_build_that_fails_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = built(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        built(tmp_path, 2, second=1)
    assert (generation.current(tmp_path), generation.kept(tmp_path)) == (before.id, [before.id])


def test_an_unreadable_current_falls_back_to_the_newest(tmp_path: Path) -> None:
    manifest = built(tmp_path)
    (tmp_path / "CURRENT").write_bytes(b"\xff\xff")
    assert generation.current(tmp_path) is None
    assert generation.load_latest(tmp_path)[1] == manifest


def test_a_folder_without_generations_says_so(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="no good generation"):
        generation.load_latest(tmp_path / "nowhere")


def test_ids_sort_by_time() -> None:
    ids = [generation.generation_id(f"2026-11-24T10:00:0{n}+08:00") for n in range(9)]
    assert ids == sorted(ids)


BUILDER = """
import sys, json
from pathlib import Path
from tests.index.test_generation import built
folder = Path(sys.argv[1])
for n in range(1, 10_000):
    print(json.dumps(built(folder, n, second=n % 60).id), flush=True)
"""


@pytest.mark.slow
def test_killing_the_builder_at_any_moment_leaves_a_good_generation(tmp_path: Path) -> None:
    chance, acknowledged = random.Random(13), 0
    for _ in range(12):
        builder = subprocess.Popen(
            [sys.executable, "-c", BUILDER, str(tmp_path)], stdout=subprocess.PIPE, env=with_rooms(os.environ)
        )
        assert builder.stdout
        last = json.loads(builder.stdout.readline())
        time.sleep(chance.uniform(0, 0.2))
        builder.send_signal(signal.SIGKILL)
        lines = builder.stdout.read().decode().split()
        builder.wait()
        builder.stdout.close()
        acknowledged += 1 + len(lines)
        last = json.loads(lines[-1]) if lines else last
        _, serving, refused = generation.load_latest(tmp_path)
        assert not refused
        assert last in generation.kept(tmp_path)
        assert serving.id == generation.current(tmp_path)
        generation.sweep(tmp_path)
        assert not list(tmp_path.glob(".tmp-*"))
    assert acknowledged >= 12
