"""The one table of features: training and serving compute every value here, for all candidates at once.

A row depends on its own measure and firm only, never on the other candidates; what is unknown stays NaN.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]

# Raise it when the meaning of a value changes and no name, unit, direction or scale below does.
TABLE_VERSION = 2

# Words of the contract, in its order (a code is an index here), and the number that stands for each word.
# Where sense has a direction, a higher number is better for the firm; others are only ordered to be cut.
SCALES: Mapping[str, Mapping[str, float]] = {
    "part": {"certain": 3, "checkable": 2, "undecided": 1, "excluded": 0},
    "state": {"open": 4, "upcoming": 3, "closed": 1, "rolling": 4, "unstated": 2, "exhausted": 0},
    "mode": {"apply": 0, "instant": 1, "automatic": 2},
    "kind": {
        "grant": 9, "tax": 8, "loan_interest": 6, "guarantee": 5, "voucher": 7,
        "service": 1, "talent": 3, "space": 4, "recognition": 0, "procurement": 2,
    },
    "nature": {"cash": 5, "tax_saved": 4, "cost_reduced": 3, "loan": 2, "service": 1, "status": 0},
    "level": {"national": 0, "province": 1, "city": 2, "county": 3},
    "in_force": {"stated_until": 2, "repealed": 0, "unconfirmed": 1},
    "provenance": {"source-text": 3, "digest": 2, "secondary": 1, "from-memory": 0},
    "recurrence": {"once": 0, "yearly": 1, "rolling": 2},
}  # fmt: skip

# What one yuan of the stated amount is worth to the firm. A loan must be paid back: about a year's interest.
WORTH_OF_NATURE: Mapping[str, float] = {
    "cash": 1, "tax_saved": 1, "cost_reduced": 1, "loan": 0.03, "service": 1, "status": 1,
}  # fmt: skip

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Candidates:
    """Columns of one firm's n candidates, each of shape [n]; NaN in floats and -1 in codes mean unknown.

    Codes (int8) are indexes into the words of SCALES; `codes_of` makes them.
    """

    part: Codes
    state: Codes
    mode: Codes
    kind: Codes
    level: Codes
    provenance: Codes
    in_force: Codes
    recurrence: Codes
    """Whether it comes once, every year or without rounds; -1 where nothing is stated."""
    benefit_nature: Codes
    """Nature of the benefit shown; -1 without one."""
    met: Floats
    """Leaves of the rule that are met (a count; attestations that are answered count too)."""
    unknown: Floats
    """Leaves that are unknown, open attestations among them (as RuleBook counts)."""
    attests: Floats
    """Open attestations."""
    leaves: Floats
    """Leaves and attestations of the rule."""
    headroom: Floats
    """How far the nearest number or date that is met is from failing, 0 … 1; NaN where none counts."""
    words: Floats
    """Match of words, 0 … 1; NaN when the firm has neither query nor text."""
    meaning: Floats
    """Match of meaning, 0 … 1; NaN without a vector of the query."""
    title: Floats
    """Share of what the firm's words weigh that stands in the measure's title, 0 … 1; NaN likewise."""
    text: Floats
    """Both fused, 0 … 1; NaN when the firm has neither query nor text."""
    benefit_max: Floats
    """Largest amount of the benefit shown, yuan; its min where only that is known."""
    days_left: Floats
    """Days to the last day of an open window; NaN unless open with an end."""
    age_days: Floats
    """Days since the document was published."""
    region_depth: Floats
    """Depth of the document's region: 0 country, 1 province, 2 city, 3 county."""
    industry_share: Floats
    """Share of the industry tree's leaves that the rule lets through, 0 … 1; 1 when it names none."""
    size_share: Floats
    """Share of the size classes that the rule lets through, 0 … 1; 1 when it names none."""
    materials: Floats
    """Materials listed; NaN when the document says nothing of them."""
    steps: Floats
    """Steps listed; NaN likewise."""
    held: NDArray[np.bool_]
    """The firm holds, on the day, every qualification that the measure grants (and it grants one)."""
    opened_rate: Floats
    """Share of firms of this size that opened measures like it, smoothed; NaN while none was shown."""
    applied_rate: Floats
    """Share that applied, likewise."""
    dismissed_rate: Floats
    """Share that said it was not for them, likewise."""
    firm_revenue: float
    """Revenue of the last full year, yuan, the middle of a band; NaN when unknown."""

    def __post_init__(self) -> None:
        shapes = {f.name: np.shape(getattr(self, f.name)) for f in fields(self) if f.name != "firm_revenue"}
        if set(shapes.values()) != {(len(self.part),)}:
            raise ValueError(f"columns differ in shape: {shapes}")

    def __len__(self) -> int:
        return len(self.part)


def codes_of(column: str, words: Sequence[str | None]) -> Codes:
    """int8 [n]: the code of each word in SCALES[column], -1 for None. Raises KeyError for any other word."""
    order: dict[str | None, int] = {word: code for code, word in enumerate(SCALES[column])}
    order[None] = UNKNOWN
    return np.array([order[word] for word in words], dtype=np.int8)


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the table: what it is called, measured in, and how it is computed."""

    name: str
    unit: str
    monotone: int
    """1: a higher value never ranks lower, all else equal; -1: never higher; 0: the data decide."""
    label: Mapping[str, str]
    doc: str
    values: Callable[[Candidates], Floats]


def _label(hans: str, hant: str, en: str) -> Mapping[str, str]:
    return {"zh-Hans": hans, "zh-Hant": hant, "en": en}


@cache
def _scale(column: str) -> Floats:
    return np.array([*SCALES[column].values(), np.nan])


@cache
def _worth_scale() -> Floats:
    return np.array([*(WORTH_OF_NATURE[nature] for nature in SCALES["nature"]), np.nan])


def _scaled(column: str, field: str = "") -> Callable[[Candidates], Floats]:
    return lambda c: _scale(column)[getattr(c, field or column)]


def _given(field: str) -> Callable[[Candidates], Floats]:
    return lambda c: np.asarray(getattr(c, field), dtype=np.float64)


def _met_share(c: Candidates) -> Floats:
    leaves = np.asarray(c.leaves, dtype=np.float64)
    share: Floats = np.divide(c.met, leaves, out=np.full(len(c), np.nan), where=leaves > 0)
    return share


def _unknown(c: Candidates) -> Floats:
    return np.asarray(c.unknown, dtype=np.float64) - c.attests


def _worth(c: Candidates) -> Floats:
    return np.asarray(c.benefit_max * _worth_scale()[c.benefit_nature], dtype=np.float64)


def _worth_share(c: Candidates) -> Floats:
    return _worth(c) / c.firm_revenue if c.firm_revenue > 0 else np.full(len(c), np.nan)


FEATURES: tuple[Feature, ...] = (
    Feature("text", "share", 1, _label("与需求相符", "與需求相符", "Fits your need"),
            "Match of the firm's own words with the measure, words and meaning fused.", _given("text")),
    Feature("words", "share", 1, _label("用词相同", "用詞相同", "Same words"),
            "Match of words alone.", _given("words")),
    Feature("meaning", "share", 1, _label("含义相近", "含義相近", "Similar meaning"),
            "Match of meaning alone.", _given("meaning")),
    Feature("title_words", "share", 1, _label("标题用词相同", "標題用詞相同", "Same words in the title"),
            "What of the firm's own words stands in the title.", _given("title")),
    Feature("part", "word", 1, _label("符合程度", "符合程度", "Entitlement"),
            "How certain it is that the firm is entitled.", _scaled("part")),
    Feature("met_share", "share", 1, _label("已满足条件", "已滿足條件", "Conditions met"),
            "Met conditions among all of the rule.", _met_share),
    Feature("unknown", "count", -1, _label("缺少信息的条件", "缺少資訊的條件", "Conditions not known"),
            "Conditions that hang on facts nobody told.", _unknown),
    Feature("attests", "count", -1, _label("需自行确认的条件", "需自行確認的條件", "Conditions to confirm"),
            "Open attestations.", _given("attests")),
    Feature("conditions", "count", 0, _label("条件总数", "條件總數", "Conditions in all"),
            "How targeted the rule is.", _given("leaves")),
    Feature("headroom", "share", 0, _label("离不符合的余地", "離不符合的餘地", "Room before a limit"),
            "Distance to failing: near a limit means made for such firms, or soon lost.", _given("headroom")),
    Feature("worth", "yuan", 1, _label("预计价值", "預計價值", "Expected worth"),
            "Largest stated amount, a loan counted as about a year's interest.", _worth),
    Feature("worth_share", "share", 1, _label("价值占营收", "價值佔營收", "Worth against revenue"),
            "The same against the firm's revenue: felt more by the small.", _worth_share),
    Feature("nature", "word", 0, _label("支持方式", "支持方式", "Form of support"),
            "Nature of the benefit.", _scaled("nature", "benefit_nature")),
    Feature("kind", "word", 0, _label("措施类型", "措施類型", "Kind of measure"),
            "Kind of the measure.", _scaled("kind")),
    Feature("mode", "word", 1, _label("办理方式", "辦理方式", "How to get it"),
            "How little the firm has to do.", _scaled("mode")),
    Feature("materials", "count", -1, _label("所需材料", "所需材料", "Materials needed"),
            "Listed materials.", _given("materials")),
    Feature("steps", "count", -1, _label("办理步骤", "辦理步驟", "Steps"),
            "Listed steps.", _given("steps")),
    Feature("available", "word", 1, _label("受理状态", "受理狀態", "Availability"),
            "Whether it can be had now, later or no longer.", _scaled("state")),
    Feature("days_left", "days", 0, _label("距截止", "距截止", "Days left"),
            "Near enough to hurry, far enough to manage: no direction.", _given("days_left")),
    Feature("age_days", "days", 0, _label("发布至今", "發布至今", "Since publication"),
            "Age of the document.", _given("age_days")),
    Feature("recurrence", "word", 0, _label("申报频率", "申報頻率", "How often"),
            "Once, every year, or at any time.", _scaled("recurrence")),
    Feature("in_force", "word", 1, _label("政策效力", "政策效力", "In force"),
            "Whether the document is known to be in force.", _scaled("in_force")),
    Feature("provenance", "word", 1, _label("内容依据", "內容依據", "Where it is from"),
            "How near our text is to the source.", _scaled("provenance")),
    Feature("level", "word", 0, _label("政策层级", "政策層級", "Level of government"),
            "Level of the issuer.", _scaled("level")),
    Feature("region_depth", "depth", 0, _label("适用区域", "適用區域", "Region"),
            "How local the document is.", _given("region_depth")),
    Feature("industry_share", "share", 0, _label("行业覆盖面", "行業覆蓋面", "Industries covered"),
            "How many industries it is for.", _given("industry_share")),
    Feature("size_share", "share", 0, _label("规模覆盖面", "規模覆蓋面", "Firm sizes covered"),
            "How many size classes it is for.", _given("size_share")),
    Feature("opened_rate", "share", 1,
            _label("同类企业查看率", "同類企業查看率", "Opened by firms like yours"),
            "How often firms of this size open measures like it.", _given("opened_rate")),
    Feature("applied_rate", "share", 1,
            _label("同类企业申报率", "同類企業申報率", "Applied for by firms like yours"),
            "How often they apply.", _given("applied_rate")),
    Feature("dismissed_rate", "share", -1,
            _label("同类企业忽略率", "同類企業忽略率", "Dismissed by firms like yours"),
            "How often they say that it is not for them.", _given("dismissed_rate")),
    Feature("held", "word", -1, _label("已持有该资质", "已持有該資質", "Held already"),
            "The firm has already what the measure grants.", _given("held")),
)  # fmt: skip

NAMES: tuple[str, ...] = tuple(f.name for f in FEATURES)
COLUMN: Mapping[str, int] = {name: i for i, name in enumerate(NAMES)}


def table(candidates: Candidates) -> Floats:
    """float64 [n, len(FEATURES)], C order; NaN = unknown. Columns as in FEATURES."""
    out = np.empty((len(candidates), len(FEATURES)))
    for column, feature in enumerate(FEATURES):
        out[:, column] = feature.values(candidates)
    return out


@cache
def table_hash() -> str:
    """sha256 (hex) of version, names, units, directions, order and scales: what a trained model relies on."""
    content = {
        "version": TABLE_VERSION,
        "features": [[f.name, f.unit, f.monotone] for f in FEATURES],
        "scales": {column: dict(scale) for column, scale in SCALES.items()},
        "worth": dict(WORTH_OF_NATURE),
    }
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
