"""What an enterprise is told, in words: what it may have, until when, what has changed, what to do.

Made of what is kept of a notification, whenever somebody reads it; names and reasons stay as documents
write them. Decides nobody's part.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.leaf_words import traditional
from service.push.message_types import DEADLINE, MATCHED, OPENED, REVISED, SUMMARY, WITHDRAWN

CHINESE, ENGLISH = "zh-Hans", "en"
BEST = 5
_WORDS: Mapping[str, tuple[str, str]] = {
    "certain": ("贵单位符合「{title}」的全部条件。", "You meet every condition of “{title}”. "),
    "checkable": (
        "贵单位可能符合「{title}」，只待自行确认：{attests}。",
        "You may be eligible for “{title}”, once you confirm: {attests}. ",
    ),
    "apply": ("", ""),
    "instant": ("即申即享。", "Granted as soon as you apply. "),
    "automatic": ("免申即享，无须申请。", "Granted without an application. "),
    "still.certain": ("按新的内容，贵单位仍符合全部条件。", "You still meet every condition. "),
    "still.checkable": (
        "按新的内容，贵单位可能仍符合，请确认。",
        "You may still be eligible; please confirm. ",
    ),
    "still.undecided": (
        "按新的内容，是否符合还须补充资料。",
        "Whether you are eligible now depends on facts that are not known. ",
    ),
    "still.excluded": ("按新的内容，贵单位不再符合条件。", "You are no longer eligible. "),
    "open": ("现在可以办理。", "Open now. "),
    "open.until": ("现在可以办理，{day}截止。", "Open now, until {day}. "),
    "upcoming": ("即将可以办理。", "Opens soon. "),
    "upcoming.from": ("{day}起可以办理。", "Opens on {day}. "),
    "rolling": ("全年可以办理。", "Open all year. "),
    "closed": ("现已不能申请。", "Closed now. "),
    "exhausted": ("资金已用完，现已不能申请。", "The money is used up; closed now. "),
    "unstated": ("申请时间未说明。", "When to apply is not stated. "),
    "from": ("依据：{document}（{issuers}）。", "Source: {document} ({issuers})."),
    "revised": ("「{title}」有变化：{changes}。", "“{title}” has changed: {changes}. "),
    "withdrawn": ("「{title}」已撤回，不再受理。", "“{title}” has been withdrawn. "),
    "reason": ("原因：{reason}。", "Reason: {reason}."),
    "opened": ("「{title}」现在可以办理。", "“{title}” is open now. "),
    "opened.until": ("{day}截止。", "Until {day}. "),
    "deadline": ("「{title}」还有{days}天截止（{day}）。", "“{title}” ends in {days} days ({day}). "),
    "deadline.1": ("「{title}」还有1天截止（{day}）。", "“{title}” ends tomorrow ({day}). "),
    "deadline.0": ("「{title}」今天截止（{day}）。", "“{title}” ends today ({day}). "),
    "summary.title": ("适合贵单位的措施共{n}项", "Measures for your enterprise: {n}"),
    "summary": (
        "按现有资料，贵单位可直接申请{certain}项，确认后可申请{checkable}项。例如：{best}。",
        "You can apply for {certain}, and for {checkable} once you confirm. For example: {best}.",
    ),
    "joint": ("；", "; "),
    "comma": ("、", ", "),
    "quoted": ("「{title}」", "“{title}”"),
}


@dataclass(frozen=True)
class Kept:
    """What is kept of a notification: its type, the measure's title, the part, and the data beside."""

    type: str
    title: str
    part: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True)
class _Words:
    """Forms of words, Chinese or English."""

    english: bool

    def __call__(self, key: str, **values: object) -> str:
        return _WORDS[key][self.english].format(**values)

    def day(self, day: str) -> str:
        """A day of a window."""
        return day_in_words(day, english=self.english)


def day_in_words(day: str, *, english: bool) -> str:
    """A day, or a day of every year (`03-31`), in the one form that a language has for it in messages."""
    if english:
        return day
    *year, month, number = (int(each) for each in day.split("-"))
    return "".join(f"{each}年" for each in year) + f"{month}月{number}日"


def said(kept: Kept, lang: str) -> tuple[str, str] | None:
    """Title and text in one of policies.facts.LANGUAGES; None where too little was kept to say it."""
    how = _TOLD.get(kept.type)
    if how is None or not kept.data.keys() >= set(how[1]):
        return None
    title, text = how[0](kept, _Words(lang == ENGLISH))
    if lang == "zh-Hant":
        return traditional(title), traditional(text)
    return title, text.rstrip()


def in_chinese(kept: Kept) -> tuple[str, str]:
    """Title and text as they are told. Raises ValueError where too little is kept."""
    found = said(kept, CHINESE)
    if found is None:
        raise ValueError(f"a {kept.type} cannot be told from {sorted(kept.data)}")
    return found


def _matched(kept: Kept, words: _Words) -> tuple[str, str]:
    attests = words("joint").join(text.rstrip("。；") for text in kept.data["attests"])
    text = words(kept.part or "", title=kept.title, attests=attests)
    return kept.title, text + _when(kept, words) + words(kept.data["mode"]) + _source(kept, words)


def _revised(kept: Kept, words: _Words) -> tuple[str, str]:
    lang = ENGLISH if words.english else CHINESE
    changes = words("joint").join(each["text"][lang].rstrip("。；") for each in kept.data["difference"])
    text = words("revised", title=kept.title, changes=changes) + words(f"still.{kept.part}")
    return kept.title, text + _when(kept, words) + _source(kept, words)


def _withdrawn(kept: Kept, words: _Words) -> tuple[str, str]:
    reason = kept.data["reason"]
    why = words("reason", reason=reason.rstrip("。")) if reason else ""
    return kept.title, words("withdrawn", title=kept.title) + why


def _opened(kept: Kept, words: _Words) -> tuple[str, str]:
    _, closes = _round(kept)
    until = words("opened.until", day=words.day(closes)) if closes else ""
    text = words("opened", title=kept.title) + until + words(kept.data["mode"])
    return kept.title, text + _source(kept, words)


def _deadline(kept: Kept, words: _Words) -> tuple[str, str]:
    _, closes = _round(kept)
    days = kept.data["window"]["days_left"]
    key = f"deadline.{days}" if days in {0, 1} else "deadline"
    text = words(key, title=kept.title, days=days, day=words.day(closes or ""))
    return kept.title, text + _source(kept, words)


def _summary(kept: Kept, words: _Words) -> tuple[str, str]:
    counts: Mapping[str, int] = kept.data["counts"]
    best = [words("quoted", title=each["title"]) for each in kept.data["measures"][:BEST]]
    title = words("summary.title", n=sum(counts.values()))
    return title, words("summary", best=words("comma").join(best), **counts)


def _when(kept: Kept, words: _Words) -> str:
    """Until or from when, in a sentence."""
    state = kept.data["state"]
    opens, closes = _round(kept)
    if state == "open" and closes:
        return words("open.until", day=words.day(closes))
    if state == "upcoming" and opens:
        return words("upcoming.from", day=words.day(opens))
    return words(state)


def _round(kept: Kept) -> tuple[str | None, str | None]:
    window = kept.data["window"] or {}
    return window.get("opens"), window.get("closes")


def _source(kept: Kept, words: _Words) -> str:
    document = kept.data["document"]
    return words("from", document=document["title"], issuers=words("comma").join(document["issuers"]))


_STANDING = ("state", "window", "document")
# How each type is said, and of what.
_TOLD: Mapping[str, tuple[Callable[[Kept, _Words], tuple[str, str]], tuple[str, ...]]] = {
    MATCHED: (_matched, (*_STANDING, "mode", "attests")),
    REVISED: (_revised, (*_STANDING, "difference")),
    WITHDRAWN: (_withdrawn, ("reason",)),
    OPENED: (_opened, (*_STANDING, "mode")),
    DEADLINE: (_deadline, _STANDING),
    SUMMARY: (_summary, ("counts", "measures")),
}
