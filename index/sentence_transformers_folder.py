"""Writes the default model as an ordinary sentence-transformers folder, for those who want that form.

Needs torch, which is imported only when it is asked for; never used by the API process.
"""

import json
import shutil
import struct
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from index.e5_file import E5File, packaged
from index.materialise import MOST_TOKENS, PASSAGE, QUERY

_SPECIAL = {
    "bos": "<s>",
    "eos": "</s>",
    "cls": "<s>",
    "sep": "</s>",
    "pad": "<pad>",
    "unk": "<unk>",
    "mask": "<mask>",
}
_NORMS = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
_MATRICES = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "intermediate.dense": "fi",
    "output.dense": "fo",
}
_UNITS = 1 << 21  # cells of the double array before it is cut to size


def export_sentence_transformers(folder: Path, source: Path | None = None) -> None:
    """About 465 MB: the dequantised weights in float32, the tokenizer, mean pooling, the prompts."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer  # noqa: PLC0415

    file = E5File(source or packaged())
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        inner = Path(aside)
        _bert(file).save_pretrained(inner)
        _write_tokenizer(file, inner)
        modules = [
            Transformer(str(inner), max_seq_length=MOST_TOKENS),
            Pooling(file.width, pooling_mode="mean"),
            Normalize(),
        ]
        prompts = {"query": QUERY, "passage": PASSAGE, "document": PASSAGE}
        model = SentenceTransformer(
            modules=modules, prompts=prompts, similarity_fn_name="cosine", device="cpu"
        )
        shutil.rmtree(folder, ignore_errors=True)
        model.save(str(folder), create_model_card=False)


def _bert(file: E5File) -> Any:
    import torch  # noqa: PLC0415
    from transformers import BertConfig, BertModel  # noqa: PLC0415

    settings = BertConfig(
        vocab_size=file.vocabulary,
        hidden_size=file.width,
        num_hidden_layers=file.layers,
        num_attention_heads=file.heads,
        intermediate_size=file.inner,
        max_position_embeddings=file.positions,
        type_vocab_size=file.types,
        layer_norm_eps=1e-12,
        pad_token_id=file.pad,
        bos_token_id=file.bos,
        eos_token_id=file.eos,
    )
    model: Any = BertModel(settings)
    weights = {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in _weights(file)}
    result = model.load_state_dict(weights, strict=False)
    if result.unexpected_keys or any("position_ids" not in key for key in result.missing_keys):
        raise ValueError(f"the weights do not fit: {result}")
    return model.eval()


def _weights(file: E5File) -> Iterator[tuple[str, Any]]:
    width = file.width
    yield "embeddings.word_embeddings.weight", file.matrix("emb.word", width)
    yield "embeddings.position_embeddings.weight", file.vector("emb.pos").reshape(-1, width)
    yield "embeddings.token_type_embeddings.weight", file.vector("emb.type").reshape(-1, width)
    yield "embeddings.LayerNorm.weight", file.vector("emb.ln.w")
    yield "embeddings.LayerNorm.bias", file.vector("emb.ln.b")
    for layer in range(file.layers):
        ours, theirs = f"l{layer}.", f"encoder.layer.{layer}."
        for name, short in _MATRICES.items():
            columns = file.inner if short == "fo" else width
            yield f"{theirs}{name}.weight", file.matrix(f"{ours}{short}.w", columns)
            yield f"{theirs}{name}.bias", file.vector(f"{ours}{short}.b")
        for name, short in _NORMS.items():
            yield f"{theirs}{name}.weight", file.vector(f"{ours}{short}.w")
            yield f"{theirs}{name}.bias", file.vector(f"{ours}{short}.b")
    # The file has no pooler; zeros keep transformers from reporting it as newly initialised.
    yield "pooler.dense.weight", np.zeros((width, width), np.float32)
    yield "pooler.dense.bias", np.zeros(width, np.float32)


def _write_tokenizer(file: E5File, folder: Path) -> None:
    import tokenizers  # noqa: PLC0415
    from tokenizers import decoders, models, normalizers, pre_tokenizers, processors  # noqa: PLC0415

    pieces = [(piece, float(score)) for piece, score in zip(file.pieces(), file.scores(), strict=True)]
    tokenizer = tokenizers.Tokenizer(models.Unigram(pieces, file.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(letter_map(file.letters())),
            normalizers.Replace(tokenizers.Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always", split=False)
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", file.bos), ("</s>", file.eos)],
    )
    marks = [
        tokenizers.AddedToken(mark, special=True, normalized=False)
        for mark in ("<s>", "<pad>", "</s>", "<unk>")
    ]
    tokenizer.add_special_tokens(
        [*marks, tokenizers.AddedToken("<mask>", lstrip=True, special=True, normalized=False)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {f"{role}_token": mark for role, mark in _SPECIAL.items()} | {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MOST_TOKENS,
        "padding_side": "right",
        "truncation_side": "right",
        "model_input_names": ["input_ids", "attention_mask"],
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")


def letter_map(letters: Mapping[int, str]) -> bytes:
    """SentencePiece's precompiled map: a double array over the UTF-8 of each letter, then the answers."""
    answers = bytearray()
    places: dict[str, int] = {}
    root: dict[int, Any] = {}
    for point, answer in letters.items():
        if point == 0 or 0xD800 <= point < 0xE000:
            continue
        place = places.setdefault(answer, len(answers))
        if place == len(answers):
            answers += answer.encode("utf-8", "ignore") + b"\0"
        node = root
        for byte in chr(point).encode():
            node = node.setdefault(byte, {})
        node[0] = place
    cells = _double_array(root).astype("<u4").tobytes()
    return struct.pack("<I", len(cells)) + cells + bytes(answers)


def _double_array(root: dict[int, Any]) -> "np.ndarray[Any, np.dtype[np.uint32]]":
    """Darts cells: label, whether a value follows (bit 8), offset to the children (bit 10 on).

    Every node gets a base of its own: look-ups check labels only, a shared base would mix letters up.
    """
    cells, taken = np.zeros(_UNITS, np.uint32), np.zeros(_UNITS, bool)
    taken[0] = True
    last, base = 0, 0
    waiting = [(0, root, 0)]
    while waiting:
        at, node, label = waiting.pop()
        children = np.array(sorted(node))
        base += 1
        while taken[base ^ children].any():
            base += 1
        taken[base ^ children] = True
        last = max(last, int((base ^ children).max()))
        cells[at] = label | (0 in node) << 8 | (base ^ at) << 10
        for child in children.tolist():
            if child:
                waiting.append((base ^ child, node[child], child))
            else:
                cells[base] = node[0] | 1 << 31
    return cells[: (last | 255) + 1]
