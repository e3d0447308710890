"""Why a measure stands where it stands: contributions put into words that a firm understands.

It tells only what the ranker computed, in three languages, and never explains eligibility.
"""

from collections.abc import Callable, Mapping
from math import isnan
from typing import Literal, TypedDict

from ranking.features import COLUMN, FEATURES, Feature, Floats

Lang = Literal["zh-Hans", "zh-Hant", "en"]
_LANGS: tuple[Lang, ...] = ("zh-Hans", "zh-Hant", "en")
Words = tuple[str, str, str]

# Below this a contribution moves nothing that could be seen.
LEAST = 0.005


# Values that say nothing about this measure: the firm wrote no need; a title that it does not hold; nothing
# that others did was logged; no number of the rule speaks for it.
_SAYS_NOTHING: Mapping[str, Callable[[float], bool]] = {
    "text": isnan,
    "words": isnan,
    "meaning": isnan,
    "title_words": isnan,
    "headroom": isnan,
    "opened_rate": isnan,
    "applied_rate": isnan,
    "dismissed_rate": isnan,
    "held": lambda value: value != 1,
}


class Reason(TypedDict):
    """One entry of an answer's `why`."""

    feature: str
    text: str
    contribution: float


_LEVELS: Mapping[float, Words] = {
    0: ("全国", "全國", "national"),
    1: ("省级", "省級", "province"),
    2: ("市级", "市級", "city"),
    3: ("区县级", "區縣級", "county"),
}

# feature → value → its word; values are those of SCALES in features.py.
VALUE_WORDS: Mapping[str, Mapping[float, Words]] = {
    "part": {
        3: ("确定符合", "確定符合", "certain"),
        2: ("确认后符合", "確認後符合", "to be confirmed"),
        1: ("信息不足", "資訊不足", "undecided"),
        0: ("不符合", "不符合", "not entitled"),
    },
    "nature": {
        5: ("现金", "現金", "cash"),
        4: ("减税", "減稅", "tax saved"),
        3: ("降低成本", "降低成本", "lower costs"),
        2: ("贷款", "貸款", "loan"),
        1: ("服务", "服務", "service"),
        0: ("资质", "資質", "status"),
    },
    "kind": {
        9: ("补助奖励", "補助獎勵", "grant"),
        8: ("税收优惠", "稅收優惠", "tax relief"),
        7: ("券", "券", "voucher"),
        6: ("贴息", "貼息", "loan interest"),
        5: ("担保", "擔保", "guarantee"),
        4: ("场地", "場地", "space"),
        3: ("人才", "人才", "talent"),
        2: ("政府采购", "政府採購", "procurement"),
        1: ("服务", "服務", "service"),
        0: ("资质认定", "資質認定", "recognition"),
    },
    "mode": {
        2: ("免申即享", "免申即享", "comes without applying"),
        1: ("即申即享", "即申即享", "granted at once"),
        0: ("需要申报", "需要申報", "by application"),
    },
    "available": {
        4: ("现在可办理", "現在可辦理", "can be had now"),
        3: ("即将开放", "即將開放", "opens later"),
        2: ("时间未公布", "時間未公布", "dates not stated"),
        1: ("已截止", "已截止", "closed"),
        0: ("资金已用完", "資金已用完", "funds exhausted"),
    },
    "in_force": {
        2: ("现行有效", "現行有效", "in force"),
        1: ("效力待确认", "效力待確認", "not confirmed"),
        0: ("已废止", "已廢止", "repealed"),
    },
    "provenance": {
        3: ("与原文核对", "與原文核對", "compared with the source"),
        2: ("原文摘录", "原文摘錄", "digest of the source"),
        1: ("间接来源", "間接來源", "secondary source"),
        0: ("凭记忆整理", "憑記憶整理", "from memory"),
    },
    "recurrence": {
        2: ("随时可申报", "隨時可申報", "at any time"),
        1: ("每年一次", "每年一次", "every year"),
        0: ("仅此一次", "僅此一次", "once"),
    },
    "level": _LEVELS,
    "region_depth": _LEVELS,
    "held": {1: ("是", "是", "yes"), 0: ("否", "否", "no")},
}

_UNKNOWN: Words = ("未知", "未知", "not known")
_UP: Words = (
    "{label}：{value}（使排名靠前）",
    "{label}：{value}（使排名靠前）",
    "{label}: {value} (ranks it higher)",
)
_DOWN: Words = (
    "{label}：{value}（使排名靠后）",
    "{label}：{value}（使排名靠後）",
    "{label}: {value} (ranks it lower)",
)
_DAYS: Words = ("{} 天", "{} 天", "{} days")
_COUNT: Words = ("{} 项", "{} 項", "{}")
_YUAN: Words = ("{} 元", "{} 元", "{} yuan")
_WAN: Words = ("{} 万元", "{} 萬元", "")
_YI: Words = ("{} 亿元", "{} 億元", "")


def why(contributions: Floats, values: Floats, lang: Lang, *, most: int = 3) -> list[Reason]:
    """The strongest reasons of one row, strongest first, equals in the table's order.

    contributions, values: float64 [len(FEATURES)], a row of `explain` and the same row of `table`.
    """
    rows = [(f, float(contributions[COLUMN[f.name]]), float(values[COLUMN[f.name]])) for f in FEATURES]
    told = sorted((row for row in rows if _tells(*row)), key=lambda row: -abs(row[1]))
    return [_reason(*row, lang) for row in told[:most]]


def _tells(feature: Feature, contribution: float, value: float) -> bool:
    silent = _SAYS_NOTHING.get(feature.name)
    return abs(contribution) >= LEAST and not (silent and silent(value))


def _reason(feature: Feature, contribution: float, value: float, lang: Lang) -> Reason:
    at = _LANGS.index(lang)
    shape = _UP if contribution > 0 else _DOWN
    text = shape[at].format(label=feature.label[lang], value=said(feature, value, at))
    return {"feature": feature.name, "text": text, "contribution": round(contribution, 6)}


def said(feature: Feature, value: float, at: int) -> str:
    """A value in the words or the unit of its feature; `at` is the place of the language."""
    if isnan(value):
        return _UNKNOWN[at]
    if feature.name in VALUE_WORDS:
        return VALUE_WORDS[feature.name].get(value, _UNKNOWN)[at]
    return _SAYERS[feature.unit](value, at)


def _share(value: float, at: int) -> str:
    del at
    return f"{100 * value:.1f}%" if value < 0.1 else f"{100 * value:.0f}%"


def _days(value: float, at: int) -> str:
    return _DAYS[at].format(round(value))


def _count(value: float, at: int) -> str:
    return _COUNT[at].format(round(value))


def _yuan(value: float, at: int) -> str:
    if at == _LANGS.index("en") or value < 10_000:
        return _YUAN[at].format(f"{value:,.0f}")
    if value < 100_000_000:
        return _WAN[at].format(f"{value / 10_000:,.6g}")
    return _YI[at].format(f"{value / 100_000_000:,.6g}")


_SAYERS = {"share": _share, "days": _days, "count": _count, "yuan": _yuan}
