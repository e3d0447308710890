"""`python -m tests.index.tiny_model FOLDER DIM MOST`: a small sentence-transformers model of drawn weights.

Has prompts, a dimension and a maximum length of its own; means nothing, but is as real as a large one.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from index.materialise import with_rooms

PROMPTS = {
    "query": "问: ",
    "passage": "文: ",
}  # `passage`, as e5 has it: the library looks for `document` first
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LETTERS = [chr(code) for code in (*range(33, 127), *range(0x4E00, 0xA000))]


def made(folder: Path, dim: int, most: int) -> Path:
    """Builds it in a process of its own, which torch does not leave."""
    command = [sys.executable, "-m", "tests.index.tiny_model", str(folder), str(dim), str(most)]
    subprocess.run(command, check=True, env=with_rooms(os.environ), capture_output=True)
    return folder


def _build(folder: Path, dim: int, most: int) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel

    torch.manual_seed(dim)
    inner = folder.parent / f".{folder.name}"
    settings = BertConfig(
        vocab_size=len(SPECIAL) + len(LETTERS), hidden_size=dim, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=2 * dim, max_position_embeddings=64, initializer_range=0.5,
    )  # fmt: skip
    BertModel(settings).eval().save_pretrained(inner)
    _write_tokenizer(inner)
    modules = [Transformer(str(inner), max_seq_length=most), Pooling(dim, pooling_mode="mean")]
    model = SentenceTransformer(modules=modules, device="cpu")
    model.save(str(folder), create_model_card=False)
    place = folder / "config_sentence_transformers.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), "prompts": PROMPTS}, ensure_ascii=False))


def _write_tokenizer(folder: Path) -> None:
    import tokenizers
    from tokenizers import models, normalizers, pre_tokenizers, processors

    pieces = {piece: number for number, piece in enumerate((*SPECIAL, *LETTERS))}
    tokenizer = tokenizers.Tokenizer(models.WordLevel(pieces, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split("", "isolated")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.add_special_tokens([tokenizers.AddedToken(mark, special=True) for mark in SPECIAL])
    tokenizer.save(str(folder / "tokenizer.json"))
    roles = zip(("pad", "unk", "cls", "sep", "mask"), SPECIAL, strict=True)
    named = {f"{role}_token": mark for role, mark in roles} | {"tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(named))


if __name__ == "__main__":
    _build(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
