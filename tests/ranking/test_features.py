"""Claims about the one table of features."""

import subprocess
import sys
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import documents, eligibility, windows
from ranking.features import COLUMN, FEATURES, NAMES, SCALES, Candidates, codes_of, table, table_hash
from tests.ranking.pairs_made import made_candidates

LANGS = {"zh-Hans", "zh-Hant", "en"}


def cut(candidates: Candidates, rows: Any) -> Candidates:
    arrays = [f.name for f in fields(candidates) if f.name != "firm_revenue"]
    return replace(candidates, **{name: getattr(candidates, name)[rows] for name in arrays})


def test_codes_are_the_words_of_policies_in_their_order() -> None:
    theirs = {
        "part": eligibility.PARTS, "state": windows.STATES, "mode": documents.MODES, "kind": documents.KINDS,
        "nature": documents.NATURES, "level": documents.LEVELS, "in_force": documents.IN_FORCE,
        "provenance": documents.PROVENANCES, "recurrence": ("once", "yearly", "rolling"),
    }  # fmt: skip
    assert {column: tuple(scale) for column, scale in SCALES.items()} == theirs


def test_every_feature_has_a_name_of_its_own_three_labels_and_a_direction() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(set(f.label) == LANGS and all(f.label.values()) and f.doc for f in FEATURES)
    assert {f.monotone for f in FEATURES} <= {-1, 0, 1}


@given(st.lists(st.integers(0, 39), min_size=1, max_size=40, unique=True))
def test_a_row_hangs_on_no_other_candidate(rows: list[int]) -> None:
    whole = made_candidates(40)
    assert np.array_equal(table(cut(whole, rows)), table(whole)[rows], equal_nan=True)


def test_unknown_stays_unknown() -> None:
    nothing = {name: np.full(3, np.nan) for name in ("text", "words", "meaning", "benefit_max", "days_left")}
    x = table(made_candidates(3, mode=codes_of("mode", [None] * 3), firm_revenue=np.nan, **nothing))
    unknown = ["text", "words", "meaning", "worth", "worth_share", "mode", "days_left"]
    assert np.isnan(x[:, [COLUMN[name] for name in unknown]]).all()


def test_a_loan_is_worth_its_interest_and_an_amount_without_nature_is_unknown() -> None:
    natures = codes_of("nature", ["cash", "loan", None])
    x = table(made_candidates(3, benefit_nature=natures, benefit_max=np.full(3, 1e6), firm_revenue=2e6))
    assert x[:2, COLUMN["worth"]].tolist() == [1e6, 3e4]
    assert x[0, COLUMN["worth_share"]] == 0.5
    assert np.isnan(x[2, COLUMN["worth"]])


def test_open_attestations_are_not_counted_twice() -> None:
    three, one, four = np.array([3.0]), np.array([1.0]), np.array([4.0])
    x = table(made_candidates(1, unknown=three, attests=one, leaves=four, met=one))
    assert x[0, [COLUMN["unknown"], COLUMN["attests"], COLUMN["met_share"]]].tolist() == [2, 1, 0.25]


def test_a_rule_without_conditions_has_no_share_of_them() -> None:
    nothing = np.zeros(1)
    x = table(made_candidates(1, leaves=nothing, met=nothing, unknown=nothing, attests=nothing))
    assert np.isnan(x[0, COLUMN["met_share"]])


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        made_candidates(3, steps=np.zeros(2))


def test_a_word_outside_its_list_is_an_error() -> None:
    with pytest.raises(KeyError):
        codes_of("kind", ["gift"])


def test_no_candidates_make_an_empty_table() -> None:
    assert table(made_candidates(0)).shape == (0, len(FEATURES))


def test_the_hash_is_the_same_in_another_process() -> None:
    script = "from ranking.features import table_hash; print(table_hash())"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == table_hash()
