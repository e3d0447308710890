"""`huiqi evaluate` tells how well the pairs graded twice agree, and says nothing of it where none was."""

import pytest

from ranking.pairs import Judgement
from service.commands.evaluate import show_agreement


def test_what_was_graded_twice_is_told_with_its_number_and_its_agreement(
    capsys: pytest.CaptureFixture[str],
) -> None:
    grades = [(0, 0), (1, 1), (2, 3), (3, 3)]
    pairs = [(Judgement(f"f{n}", "m.x", a, "why", "seen"), b) for n, (a, b) in enumerate(grades)]
    show_agreement(pairs, seed=1)
    told = capsys.readouterr().out
    assert "graded twice: 4 pairs of 4 firms" in told
    rows = {line[:26].strip(): line[26:].split()[0] for line in told.splitlines() if "[" in line}
    # Seen: one distance of 1. By chance, every first beside every second: 48 over four pairs, 12.
    assert rows == {
        "kappa, quadratic weights": f"{1 - 1 / 12:.3f}",
        "the same grade": "0.750",
        "at most one apart": "1.000",
    }


def test_nothing_is_told_where_nothing_was_graded_twice(capsys: pytest.CaptureFixture[str]) -> None:
    show_agreement([], seed=1)
    assert capsys.readouterr().out == ""
