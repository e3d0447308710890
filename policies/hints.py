"""What looks odd in a document without being wrong: plausible amounts and words, a table that is handed in.

China's is tables/hints.yaml. Compares nothing; policies.warnings does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from policies.china_codes import TABLES
from policies.text_bounds import BoundWords
from policies.yaml_reading import read_yaml

IN = ("zh", "en")  # the languages of texts; both Chinese scripts are read as one
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class Plausible:
    """From what to what amount nobody is asked to look again; yuan."""

    least: int
    most: int


@dataclass(frozen=True)
class AttestHint:
    """How an attestation reads that a fact can decide, by language, and what to write instead.

    `write` holds … where the text has to say more.
    """

    words: Mapping[str, re.Pattern[str]]
    write: str


@dataclass(frozen=True)
class Hints:
    """Plausible amounts by fact and by nature of benefit, and what attestations say; empty says nothing."""

    amounts: Mapping[str, Plausible] = field(default_factory=dict)
    other_amount: Plausible | None = None
    benefits: Mapping[str, Plausible] = field(default_factory=dict)
    for_each: re.Pattern[str] = _NEVER
    units: Mapping[str, int] = field(default_factory=dict)
    amount_in_text: re.Pattern[str] = _NEVER
    local: re.Pattern[str] = _NEVER
    kind_of_place: re.Pattern[str] = _NEVER
    attests: Mapping[str, AttestHint] = field(default_factory=dict)
    bounds: Mapping[str, BoundWords] = field(default_factory=dict)


@cache
def china_hints() -> Hints:
    """The hints for China."""
    return read_hints(read_yaml((TABLES / "hints.yaml").read_bytes()).value)


def read_hints(table: object) -> Hints:
    """The hints of a decoded table."""
    told = cast(dict[str, Any], table)
    pieces: dict[str, str] = {}
    for name, words in told["pieces"].items():
        pieces[name] = _filled(words, pieces)
    units = "|".join(re.escape(unit) for unit in sorted(told["units"], key=len, reverse=True))
    return Hints(
        amounts=_ranges(told["amounts"]),
        other_amount=_ranges({"": told["other_amount"]})[""],
        benefits=_ranges(told["benefits"]),
        for_each=re.compile(told["for_each"]),
        units=told["units"],
        amount_in_text=re.compile(rf"([0-9][0-9,]*(?:\.[0-9]+)?)\s*({units})"),
        local=re.compile(told["local"]),
        kind_of_place=re.compile(told["kind_of_place"]),
        attests={fact: _attest(row, pieces) for fact, row in told["attests"].items()},
        bounds={lang: _bounds(told["bounds"], lang) for lang in IN},
    )


def _ranges(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Plausible]:
    return {name: Plausible(row["least"], row["most"]) for name, row in rows.items()}


def _attest(row: Mapping[str, str], pieces: Mapping[str, str]) -> AttestHint:
    words = {lang: re.compile(_filled(row[lang], pieces)) for lang in IN}
    return AttestHint(words, row["write"])


def _bounds(told: Mapping[str, Any], lang: str) -> BoundWords:
    operators = {operator: re.compile(words) for operator, words in told[lang].items()}
    return BoundWords(operators, re.compile(told["unsure"]))


def _filled(words: str, pieces: Mapping[str, str]) -> str:
    """The words with each <NAME> replaced by its piece."""
    return re.sub(r"<([A-Z]+)>", lambda name: pieces[name[1]], words)
