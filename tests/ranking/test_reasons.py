"""Claims about the words that tell why a measure stands where it stands."""

import numpy as np
import pytest

from ranking.features import COLUMN, FEATURES, NAMES, SCALES
from ranking.reasons import VALUE_WORDS, said, why


def row(**values: float) -> np.ndarray:
    x = np.full(len(NAMES), np.nan)
    for name, value in values.items():
        x[COLUMN[name]] = value
    return x


def test_the_strongest_reason_comes_first_whatever_its_direction() -> None:
    reasons = why(np.nan_to_num(row(text=0.2, held=-1.5, mode=0.6)), row(text=0.5, held=1, mode=2), "zh-Hans")
    assert [r["feature"] for r in reasons] == ["held", "mode", "text"]
    assert reasons[0]["text"] == "已持有该资质：是（使排名靠后）"
    assert reasons[1]["text"] == "办理方式：免申即享（使排名靠前）"


def test_equal_contributions_stand_in_the_order_of_the_table() -> None:
    reasons = why(np.full(len(NAMES), 0.1), np.ones(len(NAMES)), "en")
    assert [r["feature"] for r in reasons] == list(NAMES[:3])


def test_what_moves_nothing_is_no_reason() -> None:
    assert why(np.zeros(len(NAMES)), row(), "en") == []


def test_an_ask_without_words_and_a_title_not_held_are_no_reasons() -> None:
    moved = np.nan_to_num(row(text=0.9, words=0.9, meaning=-0.9, held=0.9, steps=-0.1))
    assert [r["feature"] for r in why(moved, row(held=0, steps=4), "en")] == ["steps"]


def test_an_unknown_value_is_called_unknown() -> None:
    (reason,) = why(np.nan_to_num(row(worth=0.3)), row(), "zh-Hant")
    assert reason == {"feature": "worth", "text": "預計價值：未知（使排名靠前）", "contribution": 0.3}


@pytest.mark.parametrize(
    ("value", "hans", "english"),
    [
        (3000, "3,000 元", "3,000 yuan"),
        (5e5, "50 万元", "500,000 yuan"),
        (1.25e8, "1.25 亿元", "125,000,000 yuan"),
    ],
)
def test_money_is_told_as_people_say_it(value: float, hans: str, english: str) -> None:
    worth = FEATURES[COLUMN["worth"]]
    assert (said(worth, value, 0), said(worth, value, 2)) == (hans, english)


def test_every_value_of_every_word_feature_has_three_words() -> None:
    scale_of = {"nature": "nature", "available": "state"} | {name: name for name in SCALES}
    for feature in FEATURES:
        if feature.unit == "word" and feature.name != "held":
            assert set(VALUE_WORDS[feature.name]) == set(SCALES[scale_of[feature.name]].values())
    assert all(len(set(words)) >= 1 and all(words) for row in VALUE_WORDS.values() for words in row.values())


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant", "en"])
def test_every_feature_can_be_told_in_every_language(lang: str) -> None:
    ones = np.ones(len(NAMES))
    reasons = why(ones, ones, lang, most=len(NAMES))
    assert len({r["text"] for r in reasons}) == len(NAMES)
