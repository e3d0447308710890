"""The registry of facts: what can be known about an enterprise, as a value that is handed in.

China's registry is one such value, read from tables/facts.yaml; no module but composition roots asks for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, cast, get_args

from policies import derived
from policies.china_codes import TABLES, china_codes
from policies.codes import Codes, CodeTree
from policies.derived import Derivation
from policies.hints import Hints, china_hints
from policies.values import ANY_NUMBER, NOT_NEGATIVE, SHARE, Interval
from policies.yaml_reading import read_yaml

FactType = Literal["region", "industry", "date", "money", "count", "ratio", "enum", "flag", "set", "zones"]
Change = Literal["free", "wait", "move", "never"]
CHANGES: tuple[Change, ...] = get_args(Change)
Words = Mapping[str, str]
LANGUAGES = ("zh-Hans", "zh-Hant", "en")
NUMBERS = frozenset(("money", "count", "ratio"))
PLACES = frozenset(("region", "industry"))


@dataclass(frozen=True)
class Fact:
    """One thing that can be known about an enterprise; `change` is what the enterprise can do about it."""

    name: str
    type: FactType
    label: Words
    question: Words
    sensitivity: str
    unit: str | None = None
    by_year: bool = False
    derived: bool = False
    signed: bool = False
    change: Change = "free"
    values: tuple[str, ...] | None = None
    value_labels: Mapping[str, Words] = field(default_factory=dict)

    @property
    def number(self) -> bool:
        """Whether its values are numbers."""
        return self.type in NUMBERS

    @property
    def domain(self) -> Interval:
        """What an unknown number or date may be."""
        if self.signed or self.type == "date":
            return ANY_NUMBER
        return SHARE if self.type == "ratio" and not self.derived else NOT_NEGATIVE


@dataclass(frozen=True, eq=False)
class Registry:
    """The facts of one country in the order of /v1/facts, its codes, and how derived facts come about.

    `hints` gives what looks odd in its documents; it is asked for only where somebody wants warnings.
    """

    facts: Mapping[str, Fact]
    codes: Codes
    derive: Mapping[str, Derivation]
    units: Mapping[str, Words] = field(default_factory=dict)
    hints: Callable[[], Hints] = Hints

    def tree(self, fact: Fact) -> CodeTree:
        """The tree of codes that a fact of PLACES lies in."""
        return self.codes.regions if fact.type == "region" else self.codes.industries

    @property
    def given(self) -> tuple[str, ...]:
        """The facts that a profile may give."""
        return tuple(name for name, fact in self.facts.items() if not fact.derived)


@cache
def china() -> Registry:
    """The registry of China."""
    table = cast(dict[str, Any], read_yaml((TABLES / "facts.yaml").read_bytes()).value)
    codes = china_codes()
    return Registry(
        facts={entry["name"]: _fact(entry, codes) for entry in table["facts"]},
        codes=codes,
        derive={
            "size": derived.size(codes.size_scopes),
            "age_months": derived.AGE_MONTHS,
            "rd_ratio": derived.RD_RATIO,
            "small_low_profit": derived.SMALL_LOW_PROFIT,
        },
        units=table["units"],
        hints=china_hints,
    )


def _fact(entry: dict[str, Any], codes: Codes) -> Fact:
    if entry.get("change", "free") not in CHANGES:
        raise ValueError(f"{entry['name']}: change is one of {', '.join(CHANGES)}")
    labels = entry.get("values") or {}
    if entry["type"] == "set":
        labels = {code: qualification.names for code, qualification in codes.qualifications.items()}
    members = {name: value for name, value in entry.items() if name != "values"}
    return Fact(**members, values=tuple(labels) or None, value_labels=labels)
