"""Any other model in a child process, and our engine beside sentence-transformers. Needs torch: slow."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.child_encoder import ChildEncoder
from index.e5_file import E5File
from index.encoder import Encoder, EncoderFailed, open_encoder
from index.materialise import WEIGHTS, place, with_rooms
from index.tokenizer import Tokenizer

pytestmark = pytest.mark.slow

EXPORT = """
import sys
from pathlib import Path
from index.sentence_transformers_folder import export_sentence_transformers
export_sentence_transformers(Path(sys.argv[1]))
"""
TYPED_MARKS = "研发<mask>补助</s>"
TEXTS = [
    "搞研发有没有补贴",
    "國家高新技術企業認定",
    "How do I apply for an R&D subsidy in Hangzhou?",
    "国科发火〔2016〕32号",
    "ＡＢＣ１２３（全角）",
    "失业保险稳岗返还：不裁员、少裁员的参保企业，按规定返还上年度实际缴纳失业保险费。" * 6,
    "".join(f"第{n}条 企业研发投入超过{n}万元的，按{n % 7 + 1}%给予补助。" for n in range(1, 90)),
    "5,000,000元　3.5%",
    TYPED_MARKS,
    "研\x00发\t补\u200b助",
    "Cafe\u0301 ½ ㎡ ﬁrm ①",
    "𪚥𠀀补助",
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "e5-small-float"
    subprocess.run([sys.executable, "-c", EXPORT, str(folder)], check=True, env=with_rooms(os.environ))
    return folder


@pytest.fixture(scope="module")
def child(model: Path) -> Iterator[ChildEncoder]:
    opened = open_encoder(str(model), model)
    assert isinstance(opened, ChildEncoder)
    yield opened
    opened.close()


def test_the_model_tells_its_own_name_dimension_and_hash(child: ChildEncoder) -> None:
    assert (child.id, child.dim, len(child.sha256)) == ("e5-small-float", 384, 64)


def test_our_engine_agrees_with_sentence_transformers(encoder: Encoder, child: ChildEncoder) -> None:
    for ours, theirs in ((encoder.queries, child.queries), (encoder.passages, child.passages)):
        cosines = dict(zip(TEXTS, (ours(TEXTS) * theirs(TEXTS)).sum(1).tolist(), strict=True))
        # What spells a special token is read by both as text, but with a blank inside by the other one.
        assert cosines.pop(TYPED_MARKS) >= 0.98
        assert {text: cosine for text, cosine in cosines.items() if cosine < 0.99} == {}


def test_our_tokens_are_those_of_the_tokenizers_library(model: Path, encoder_folder: Path) -> None:
    plain = [text for text in TEXTS if not {"<", "𪚥"} & set(text)]
    code = f"""
import tokenizers, json, sys
found = tokenizers.Tokenizer.from_file(sys.argv[1] + "/tokenizer.json")
print(json.dumps([found.encode("query: " + text).ids for text in {plain!r}]))
"""
    done = subprocess.run([sys.executable, "-c", code, str(model)], capture_output=True, check=True)
    ours = Tokenizer(E5File(place(encoder_folder) / WEIGHTS), 10_000)
    assert [ours.tokens("query: " + text).ids for text in plain] == json.loads(done.stdout)


def test_special_tokens_that_a_user_types_reach_no_model(child: ChildEncoder) -> None:
    plain, typed = child.queries(["研发 补助", "研发 </s></s></s> 补助"])
    assert np.isfinite(typed).all()
    assert plain @ typed < 0.9999


def test_a_model_that_cannot_be_loaded_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(EncoderFailed, match="cannot be loaded") as refused:
        open_encoder(str(tmp_path), tmp_path)
    assert "\n" not in str(refused.value)


def test_a_child_ends_with_its_parent(model: Path) -> None:
    code = f"""
from index.child_encoder import ChildEncoder
print(ChildEncoder({str(model)!r}).process_id, flush=True)
import time; time.sleep(600)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env=with_rooms(os.environ)
    )
    assert parent.stdout
    number = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone_within(number, 10)


def gone_within(number: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
