"""What a new revision changes for whoever was told of the old one, in sentences, in three languages.

Material members, and the title beside them. Decides for whom the difference matters not at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from policies.documents import Document, Measure
from policies.facts import LANGUAGES, Registry
from policies.nodes import Leaf, Rule, leaves_in_years
from policies.wording import condition_text, sentences, traditional
from service.push.material import parts
from service.push.wording import day_in_words

TITLE = "title"
Told = list[dict[str, Any]]
_WORDS: Mapping[str, Mapping[str, str]] = {
    "gone": {"zh": "不再要求：{list}", "en": "No longer asked: {list}"},
    "new": {"zh": "新的要求：{list}", "en": "Now asked: {list}"},
    "turned": {"zh": "各项条件之间的关系有变化", "en": "How the conditions combine has changed"},
    "title": {"zh": "名称由“{before}”改为“{after}”", "en": "Name: “{after}” (was: “{before}”)"},
    "windows": {"zh": "申报时间由“{before}”改为“{after}”", "en": "Time to apply: {after} (was: {before})"},
    "benefits": {"zh": "支持内容由“{before}”改为“{after}”", "en": "What it gives: {after} (was: {before})"},
    "budget": {"zh": "资金由“{before}”变为“{after}”", "en": "Money: {after} (was: {before})"},
    "in_force": {"zh": "效力由“{before}”变为“{after}”", "en": "Validity: {after} (was: {before})"},
    "effective_from": {"zh": "施行日由{before}改为{after}", "en": "In effect from {after} (was: {before})"},
    "effective_to": {"zh": "有效期至由{before}改为{after}", "en": "In effect until {after} (was: {before})"},
    "back": {"zh": "重新生效", "en": "In effect again"},
    "unstated": {"zh": "未说明", "en": "not stated"},
    "rolling": {"zh": "全年", "en": "all year"},
    "yearly": {"zh": "每年{opens}至{closes}", "en": "every year {opens} to {closes}"},
    "between": {"zh": "{opens}至{closes}", "en": "{opens} to {closes}"},
    "from": {"zh": "{opens}起", "en": "from {opens}"},
    "until": {"zh": "至{closes}止", "en": "until {closes}"},
    "always": {"zh": "随时", "en": "at any time"},
    "most": {"zh": "最高{max}元", "en": "at most CNY {max}"},
    "least": {"zh": "最低{min}元", "en": "at least CNY {min}"},
    "range": {"zh": "{min}元至{max}元", "en": "CNY {min} to {max}"},
    "formula": {"zh": "按公式计算", "en": "by formula"},
    "available": {"zh": "有余额", "en": "left"},
    "low": {"zh": "余额不多", "en": "little left"},
    "exhausted": {"zh": "已用完", "en": "used up"},
    "stated_until": {"zh": "有效", "en": "in force"},
    "repealed": {"zh": "已废止", "en": "repealed"},
    "unconfirmed": {"zh": "有效性未确认", "en": "not confirmed"},
    "joint": {"zh": "；", "en": "; "},
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """Forms of words in one language."""

    lang: str

    def __call__(self, key: str, **values: object) -> str:
        text = _WORDS[key]["en" if self.lang == "en" else "zh"].format(**values)
        return traditional(text) if self.lang == "zh-Hant" else text

    def day(self, day: str | None) -> str | None:
        """A day in the form of the language; None for none."""
        return None if day is None else day_in_words(day, english=self.lang == "en")

    def joined(self, told: Sequence[str]) -> str:
        """Several as one."""
        return self("joint").join(told)


def differences(old: tuple[Document, Measure], new: tuple[Document, Measure], registry: Registry) -> Told:
    """One entry for each material member that differs: {"what", "text": {language: sentence}}.

    Another title is named beside, so that nobody looks for the measure by its old one.
    """
    before, after = parts(*old), parts(*new)
    changed = [name for name in after if before[name] != after[name]]
    if changed and old[1].title != new[1].title:
        changed = [TITLE, *changed]
        before, after = before | {TITLE: old[1].title}, after | {TITLE: new[1].title}
    return [
        {
            "what": name,
            "text": {
                lang: _sentence(name, old, new, before, after, registry, Words(lang)) for lang in LANGUAGES
            },
        }
        for name in changed
    ]


def back() -> Told:
    """The difference of a measure that was told as withdrawn and stands again."""
    return [{"what": "withdrawn", "text": {lang: Words(lang)("back") for lang in LANGUAGES}}]


def _sentence(
    name: str,
    old: tuple[Document, Measure],
    new: tuple[Document, Measure],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    registry: Registry,
    words: Words,
) -> str:
    if name == "rule":
        return _rule(old[1].rule, new[1].rule, registry, words)
    tell = _TOLD.get(name, _day)
    return words(name, before=tell(before[name], words), after=tell(after[name], words))


def _rule(old: Rule, new: Rule, registry: Registry, words: Words) -> str:
    for lines in (_as_shown, _in_our_words):
        before, after = lines(old, registry, words.lang), lines(new, registry, words.lang)
        gone = [line for line in dict.fromkeys(before) if line not in set(after)]
        added = [line for line in dict.fromkeys(after) if line not in set(before)]
        told = [words(key, list=words.joined(some)) for key, some in (("gone", gone), ("new", added)) if some]
        if told:
            return words.joined(told)
    return words("turned")


def _as_shown(rule: Rule, registry: Registry, lang: str) -> list[str]:
    return [text for _, text in sentences(rule, registry, lang)]


def _in_our_words(rule: Rule, registry: Registry, lang: str) -> list[str]:
    """For conditions whose own sentence stayed while what it says was changed."""
    return [
        condition_text(replace(leaf, text=None) if isinstance(leaf, Leaf) else leaf, registry, lang, years)
        for leaf, years in leaves_in_years(rule.root)
    ]


def _windows(windows: Sequence[Mapping[str, Any]] | None, words: Words) -> str:
    if windows is None:
        return words("unstated")
    return words.joined([_window(one, words) for one in windows]) if windows else words("rolling")


def _window(window: Mapping[str, Any], words: Words) -> str:
    opens, closes = words.day(window.get("opens")), words.day(window.get("closes"))
    if window.get("recurs"):
        return words("yearly", opens=opens, closes=closes)
    key = {(True, True): "between", (True, False): "from", (False, True): "until"}
    return words(key.get((opens is not None, closes is not None), "always"), opens=opens, closes=closes)


def _benefits(benefits: Sequence[Mapping[str, Any]], words: Words) -> str:
    return words.joined([_benefit(one, words) for one in benefits]) if benefits else words("unstated")


def _benefit(benefit: Mapping[str, Any], words: Words) -> str:
    least, most = benefit["min"], benefit["max"]
    key = {(True, True): "range", (False, True): "most", (True, False): "least"}.get(
        (least is not None, most is not None)
    )
    amount = words(key, min=_number(least), max=_number(most)) if key else None
    counted = words("formula") if benefit["formula"] is not None else None
    return " ".join(part for part in (benefit["text"], amount, counted) if part) or words("unstated")


def _number(yuan: Any) -> str:
    return "" if yuan is None else f"{yuan:,}"


def _budget(budget: Any, words: Words) -> str:
    state = budget["state"] if isinstance(budget, dict) else budget
    return words(state or "unstated")


def _in_force(word: str, words: Words) -> str:
    return words(word)


def _day(day: str | date | None, words: Words) -> str:
    return words.day(None if day is None else str(day)) or words("unstated")


def _title(title: str, _words: Words) -> str:
    return title


_TOLD: Mapping[str, Callable[[Any, Words], str]] = {
    TITLE: _title,
    "windows": _windows,
    "benefits": _benefits,
    "budget": _budget,
    "in_force": _in_force,
}
