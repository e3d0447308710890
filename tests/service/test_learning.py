"""Training and serving compute the same feature values: one firm, every measure, both ways."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from policies.demo import demo_enterprises
from policies.facts import china
from policies.windows import STATES
from ranking.model import FormulaRanker
from ranking.pairs import Judgement, PairsRefused
from service.learning.graded import bundled_shelf, graded_table
from tests.service.asking import LetterEncoder, world

FIRM = demo_enterprises(china())[0]


class Watching(FormulaRanker):
    """The formula, remembering the first table it was shown."""

    def score(self, x: Any) -> Any:
        Watching.shown = x.copy()
        return super().score(x)


async def test_training_sees_the_very_features_that_an_answer_is_ordered_by(tmp_path: Path) -> None:
    shelf = bundled_shelf(china())
    async with world(tmp_path / "data", *(dict(one.content) for one in shelf.documents.values())) as found:
        await found.build_index(LetterEncoder())
        found.use(LetterEncoder())
        found.services.ranker.ranker = Watching()
        profile = {name: FIRM[name] for name in ("name", "credit_code", "text", "facts", "answers")}
        everything = {"parts": ["certain", "checkable", "undecided", "excluded"], "states": list(STATES)}
        await found.ask(profile, **everything)
    pairs = [Judgement(FIRM["id"], name, 1, "…", "seen") for name in shelf.ids]
    trained = graded_table(pairs, china(), LetterEncoder(), as_of=date(2026, 11, 24))
    np.testing.assert_array_equal(trained.x, Watching.shown)


@pytest.mark.parametrize(("firm", "measure"), [("demo-999", "x.y"), ("demo-001", "no-such.measure")])
def test_a_pair_of_an_unknown_firm_or_measure_is_refused(firm: str, measure: str) -> None:
    with pytest.raises(PairsRefused):
        graded_table([Judgement(firm, measure, 1, "…", "seen")], china(), LetterEncoder())
