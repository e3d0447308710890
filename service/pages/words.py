"""The one table of what the pages say, and amounts, dates and places as people read them.

Reads translations.yaml once, when first asked. Never decides what is shown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup, escape

from policies.leaf_words import traditional
from service.clock import SHANGHAI

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
SOON = 14  # days; FACES.md: under 14 days a deadline is marked


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Key to text by language (`zh`, `en`)."""
    text = (Path(__file__).parent / "translations.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded


@dataclass(frozen=True)
class Words:
    """What the pages say in one language."""

    language: str

    @property
    def english(self) -> bool:
        return self.language == "en"

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, its {names} filled. Raises KeyError for a key that is in no table."""
        text = table()[key]["en" if self.english else "zh"].format(**values)
        text = _numbered(text) if self.english else text
        return traditional(text) if self.language == "zh-Hant" else text

    def spoken(self, text: Any) -> Markup:
        """Content as HTML, marked with its language where that is not the page's."""
        text = str(text)
        chinese = re.search(r"[\u3400-\u9fff]", text) is not None
        foreign = chinese and (self.english or (self.language == "zh-Hant" and traditional(text) != text))
        return Markup('<span lang="zh-Hans">{}</span>').format(text) if foreign else escape(text)

    def mixed(self, text: Any) -> Markup:
        """Our own words as HTML, around names that stay Chinese: in English those alone are marked."""
        if not self.english:
            return self.spoken(text)
        pieces = re.split("([\u2e80-\u9fff\uff00-\uffef]+)", str(text))
        return Markup("").join(self.spoken(piece) for piece in pieces)

    def money(self, yuan: Any) -> str:
        """An amount of yuan: 元, 万元, 亿元 in Chinese; CNY with thousands in English."""
        amount = Decimal(str(yuan))
        if amount < 0:
            return f"−{self.money(-amount)}"
        if self.english:
            return f"CNY {amount:,.0f}" if amount == amount.to_integral_value() else f"CNY {amount:,.2f}"
        for unit, name in ((10**8, "亿元"), (10**4, "万元")):
            if amount >= unit:
                return self._shown(f"{(amount / unit).normalize():f} {name}")
        return f"{amount.normalize():f} 元"

    def _shown(self, text: str) -> str:
        return traditional(text) if self.language == "zh-Hant" else text

    def benefit(self, benefit: Mapping[str, Any] | None) -> str:
        """What a measure is worth, as an amount; empty where none is known."""
        least, most = (benefit["min"], benefit["max"]) if benefit else (None, None)
        if most is None and not least:  # "from 0" tells nobody anything
            return ""
        if most is None:
            return self("amount.from", amount=self.money(least))
        if least == most:
            return self.money(most)
        return self("amount.up_to", amount=self.money(most))

    def when(self, state: str, window: Mapping[str, Any] | None) -> str:
        """Until or from when, in a few words."""
        if state == "open" and window and window["days_left"] is not None:
            key = "when.last_day" if window["days_left"] == 0 else "when.days_left"
            return self(key, days=window["days_left"], day=self.day(window["closes"]))
        if state == "upcoming" and window and window["opens"]:
            return self("when.from", day=self.day(window["opens"]))
        return self(f"when.{state}")

    def day(self, iso: str) -> str:
        """A day as people write it."""
        day = date.fromisoformat(iso)
        return day.strftime("%d %b %Y") if self.english else f"{day.year}年{day.month}月{day.day}日"

    def day_of(self, instant: str) -> str:
        """The day of an instant in Shanghai, as people write it."""
        return self.day(_there(instant).date().isoformat())

    def moment(self, instant: str) -> str:
        """Day and minute of an instant in Shanghai."""
        return f"{self.day_of(instant)}{', ' if self.english else ' '}{_there(instant):%H:%M}"


def _numbered(text: str) -> str:
    """English: `measure[s]` after a number loses its s where that number is 1."""
    return re.sub(r"(?<![\d.,])1 ((?:\w+ )?\w+)\[s\]", r"1 \1", text).replace("[s]", "s")


def _there(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(SHANGHAI)


def is_soon(state: str, window: Mapping[str, Any] | None) -> bool:
    """Whether a deadline is near enough to be marked."""
    left = window["days_left"] if window else None
    return state == "open" and left is not None and left < SOON
