"""The encoder benchmark: what it says is what it measured, by engines in processes of their own."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import encoder, encoder_engine
from index import materialise


class Known:
    """A child whose figures are known."""

    load_s = 0.5

    def asked(self, _work: str) -> Any:
        return {"mb": 150.0}


def test_figures_are_medians_the_slowest_percent_and_rates() -> None:
    profiles, passages = len(encoder.profiles()), len(encoder.PASSAGES)
    seconds = {"queries": [0.01] * 98 + [0.5] * 2, "passages": [1.0, 2.0, 9.0], "profiles": [0.5]}
    seconds |= {"queries/cpu": [0.1 * len(encoder.QUERIES)], "passages/cpu": [4.0], "profiles/cpu": [1.0]}
    found = encoder.figures(Known(), seconds)  # type: ignore[arg-type]
    assert found == {
        "load_s": 0.5,
        "memory_mb": 150.0,
        "query_ms": pytest.approx(10),
        "query_p99_ms": pytest.approx(500),
        "passages_per_s": passages / 2,
        "profiles_per_s": profiles / 0.5,
        "query_cpu_ms": pytest.approx(100),
        "passages_per_cpu_s": passages / 4,
        "profiles_per_cpu_s": profiles / 1,
    }


def test_profiles_are_texts_as_enterprises_are_encoded_by() -> None:
    assert (len(encoder.profiles()) >= 60, all(encoder.profiles())) == (True, True)


@pytest.mark.slow
def test_our_engine_answers_line_by_line_and_ends_with_its_input(tmp_path: Path) -> None:
    materialise.materialise(tmp_path / "made")
    texts = {"queries": ["研发", "稳岗"], "passages": ["返还"], "profiles": ["公司"] * 3}
    (tmp_path / "texts").write_text(json.dumps(texts))
    with encoder.started(encoder_engine.OURS, tmp_path / "made", tmp_path / "texts") as child:
        assert len(child.asked("queries")["seconds"]) == 2
        assert len(child.asked("profiles")["seconds"]) == 1
        assert [len(row) for row in child.asked("vectors")["vectors"]] == [384] * 6
        assert 50 < child.asked("memory")["mb"] < 400
    assert child._process.returncode == 0
