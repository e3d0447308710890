"""The line on a card that says what of the question found the measure: words, else nearness, else none."""

from typing import Any

import pytest

from policies.facts import china
from service.pages.firm_form import Firm
from service.pages.rendering import environment
from service.pages.shown_values import Shower
from service.pages.views import card
from service.pages.words import LANGUAGES, Words

DOCUMENT = {"id": "d", "title": "办法", "doc_no": None, "issuers": ["某局"], "level": "national"}
ABOUT = {
    "id": "d.m", "title": "研发补助", "kind": "grant", "mode": "apply", "summary": None,
    "document": {**DOCUMENT, "in_force": "unconfirmed", "provenance": "digest"},
}  # fmt: skip
ITEM: dict[str, Any] = {
    "measure": ABOUT, "part": "certain", "state": "rolling", "window": None, "benefit": None,
    "conditions": [], "missing": [], "attests": [], "why": [],
}  # fmt: skip
WORDS = {"by": "both", "words": ["研发", "补助"], "passage": "研发补助"}
NEAR = {"by": "meaning", "words": [], "passage": "研发补助"}


def shown(found: Any, language: str) -> str:
    t = Words(language)
    made = card({**ITEM, "found": found}, {}, Shower(china(), {}, t), Firm())
    parts: Any = environment().get_template("parts.html").module
    return str(parts.card(t, made, False, ""))


@pytest.mark.parametrize(
    ("language", "line"),
    [("zh-Hans", "因为提到：研发、补助"), ("zh-Hant", "因為提到："), ("en", "It mentions: ")],
)
def test_the_words_that_found_a_measure_stand_on_its_card(language: str, line: str) -> None:
    assert line in shown(WORDS, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_words_the_card_says_that_it_is_near_and_never_how_near(language: str) -> None:
    assert str(Words(language)("card.near")) in shown(NEAR, language)
    assert "%" not in shown(NEAR, language)


def test_where_nothing_found_it_the_card_says_nothing() -> None:
    told = shown(None, "en")
    assert "It mentions" not in told
    assert Words("en")("card.near") not in told
