"""Training and serving compute the same feature values: one firm, every measure, both ways."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from policies.demo import demo_enterprises
from policies.facts import china
from policies.known import Known
from policies.profiles import read_profile
from policies.windows import STATES
from ranking.features import NAMES, table
from ranking.model import FormulaRanker
from ranking.pairs import Judgement, PairsRefused
from service.ask.features import candidates
from service.learning.graded import bundled_shelf, graded_table, judged_profiles
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


class Listening(Known):
    """A profile that remembers which facts it was asked for."""

    def possible(self, fact: str, year: int | None) -> Any:
        heard: set[str] = self.__dict__.setdefault("heard", set())
        heard.add(fact)
        return super().possible(fact, year)


PERSONAL = "representative owner person sex gender age_of birth ethnic nation relig disab veteran name credit"


def test_the_table_reads_nothing_about_people() -> None:
    shelf, day = bundled_shelf(china()), date(2026, 11, 24)
    profile = judged_profiles(china(), day)[FIRM["id"]]
    known, listening = Known(profile, china(), day), Listening(profile, china(), day)
    marks, places = shelf.book.mark(known), np.arange(len(shelf))
    table(candidates(shelf, listening, marks, shelf.prices.seen_by(known), places, None))
    read = listening.__dict__["heard"]
    assert read == {"revenue", "qualifications"}
    assert all(china().facts[fact].sensitivity != "sensitive" for fact in read)
    assert not [name for name in NAMES for word in PERSONAL.split() if word in name]


def test_a_firm_of_another_name_and_another_person_in_charge_has_the_same_row() -> None:
    shelf, day = bundled_shelf(china()), date(2026, 11, 24)
    body = {name: FIRM[name] for name in ("facts", "answers")}
    tables = []
    for who in ({"name": "甲"}, {"name": "乙", "credit_code": FIRM["credit_code"]}):
        known = Known(read_profile({**body, **who}, china(), today=day), china(), day)
        worth, places = shelf.prices.seen_by(known), np.arange(len(shelf))
        tables.append(table(candidates(shelf, known, shelf.book.mark(known), worth, places, None)))
    np.testing.assert_array_equal(*tables)


@pytest.mark.parametrize(("firm", "measure"), [("demo-999", "x.y"), ("demo-001", "no-such.measure")])
def test_a_pair_of_an_unknown_firm_or_measure_is_refused(firm: str, measure: str) -> None:
    with pytest.raises(PairsRefused):
        graded_table([Judgement(firm, measure, 1, "…", "seen")], china(), LetterEncoder())
