"""Another model than the default: its own prompts, dimension and length. Needs torch: slow."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.child_encoder import ChildEncoder
from index.encoder import EncoderFailed, open_encoder
from index.encoding import kept_under
from index.materialise import with_rooms
from tests.index import tiny_model

pytestmark = pytest.mark.slow

DIM, MOST = 24, 32
FITS = MOST - len(("[CLS]", "问", ":", "[SEP]"))
TEXTS = ["研发补助", "稳岗返还", "R&D", "高新技术企业认定奖励" * 2]
PLAIN = """
import json, sys
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
texts = json.loads(sys.argv[2])
for prompt in ("问: ", "文: ", ""):
    print(json.dumps(model.encode(texts, prompt=prompt, normalize_embeddings=True).tolist()))
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.made(tmp_path_factory.mktemp("models") / "tiny", DIM, MOST)


@pytest.fixture(scope="module")
def child(model: Path) -> Iterator[ChildEncoder]:
    opened = open_encoder(str(model), model)
    assert isinstance(opened, ChildEncoder)
    yield opened
    opened.close()


def test_it_has_the_name_and_the_dimension_of_its_folder(child: ChildEncoder) -> None:
    assert (child.id, child.dim, child.passages(TEXTS).shape) == ("tiny", DIM, (len(TEXTS), DIM))


def test_the_prompts_of_its_folder_are_used_as_the_plain_library_uses_them(
    child: ChildEncoder, model: Path
) -> None:
    command = [sys.executable, "-c", PLAIN, str(model), json.dumps(TEXTS)]
    done = subprocess.run(command, capture_output=True, check=True, env=with_rooms(os.environ))
    asked, stored, bare = (np.array(json.loads(line), np.float32) for line in done.stdout.splitlines())
    queries, passages = child.queries(TEXTS), child.passages(TEXTS)
    assert np.allclose(queries, asked, atol=1e-5)
    assert np.allclose(passages, stored, atol=1e-5)
    assert ((passages * bare).sum(1) < 0.9999).all()
    assert ((passages * queries).sum(1) < 0.9999).all()


def test_a_text_has_the_same_vector_alone_among_others_and_from_several_threads(child: ChildEncoder) -> None:
    together = child.passages(TEXTS)
    with ThreadPoolExecutor(3) as pool:
        alone = list(pool.map(lambda text: child.passages([text])[0], TEXTS * 3))
    assert np.array_equal(np.stack(alone), np.concatenate([together] * 3))


def test_what_is_longer_than_it_reads_with_its_prompt_is_counted_and_logged(
    child: ChildEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    before = child.truncated
    child.queries(["研" * FITS])
    assert (child.truncated, caplog.records) == (before, [])
    cut, whole = child.queries(["研" * FITS + "发", "研" * FITS])
    assert np.array_equal(cut, whole)
    assert child.truncated == before + 1
    assert [record.__dict__["texts"] for record in caplog.records] == [1]
    assert "研" not in str([record.__dict__ for record in caplog.records])


def test_special_tokens_that_a_user_types_are_only_text(child: ChildEncoder) -> None:
    typed, apart, none = child.queries(["研发[SEP]补助", "研发[ SEP]补助", "研发补助"])
    assert np.array_equal(typed, apart)
    assert typed @ none < 0.9999


@pytest.mark.parametrize("empty", ["", " \n", "\x00"])
def test_a_text_of_which_nothing_can_be_read_is_refused(child: ChildEncoder, empty: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        child.queries([empty])


def test_one_that_was_killed_is_started_again_with_the_same_vectors(child: ChildEncoder) -> None:
    before = child.queries(["研发"])
    os.kill(child.process_id, signal.SIGKILL)
    assert np.array_equal(child.queries(["研发"]), before)


def test_one_whose_files_change_is_another_encoder_and_mixes_no_vectors(model: Path, tmp_path: Path) -> None:
    place = shutil.copytree(model, tmp_path / "tiny")
    first = ChildEncoder(str(place))
    settings = place / "config_sentence_transformers.json"
    settings.write_text(settings.read_text().replace("问: ", "求: "))
    os.kill(first.process_id, signal.SIGKILL)
    with pytest.raises(EncoderFailed, match="another one than before"):
        first.queries(["研发"])
    with pytest.raises(EncoderFailed, match="closed"):
        first.queries(["研发"])
    second = ChildEncoder(str(place))
    second.close()
    assert (second.id, kept_under(second) == kept_under(first)) == (first.id, False)
