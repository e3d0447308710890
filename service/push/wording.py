"""What an enterprise is told, in Chinese: what it may have, until when, what has changed, what to do.

Words only, from tables. Decides nobody's part.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from policies.documents import Document, Measure
from policies.windows import Standing

MATCHED: Mapping[str, str] = {
    "certain": "贵单位符合「{title}」的全部条件。",
    "checkable": "贵单位可能符合「{title}」，只待自行确认：{attests}。",
}
MODES: Mapping[str, str] = {"apply": "", "instant": "即申即享。", "automatic": "免申即享，无须申请。"}
STILL: Mapping[str, str] = {
    "certain": "按新的内容，贵单位仍符合全部条件。",
    "checkable": "按新的内容，贵单位可能仍符合，请确认。",
    "undecided": "按新的内容，是否符合还须补充资料。",
    "excluded": "按新的内容，贵单位不再符合条件。",
}
STATES: Mapping[str, str] = {
    "closed": "现已不能申请。",
    "exhausted": "资金已用完，现已不能申请。",
    "unstated": "申请时间未说明。",
}
_FROM = "依据：{document}（{issuers}）。"
_REVISED = "「{title}」有变化：{changes}。"
_WITHDRAWN = "「{title}」已撤回，不再受理。{reason}"
_OPENED = "「{title}」现在可以办理。"
_DEADLINE = "「{title}」还有{days}天截止（{day}）。"
_LAST_DAY = "「{title}」今天截止（{day}）。"
_SUMMARY_TITLE = "适合贵单位的措施共{n}项"
_SUMMARY = "按现有资料，贵单位可直接申请{certain}项，确认后可申请{checkable}项。例如：{best}。"
BEST = 5


def matched(
    document: Document, measure: Measure, part: str, standing: Standing, attests: Sequence[str]
) -> str:
    """The text of a `measure.matched`."""
    listed = "；".join(text.rstrip("。；") for text in attests)
    said = MATCHED[part].format(title=measure.title, attests=listed)
    return said + when(standing) + MODES[measure.mode] + _source(document)


def revised(
    document: Document, measure: Measure, part: str, standing: Standing, changes: Sequence[Mapping[str, Any]]
) -> str:
    """The text of a `measure.revised`."""
    told = "；".join(change["text"]["zh-Hans"].rstrip("。；") for change in changes)
    return (
        _REVISED.format(title=measure.title, changes=told) + STILL[part] + when(standing) + _source(document)
    )


def withdrawn(title: str, reason: str | None) -> str:
    """The text of a `measure.withdrawn`."""
    return _WITHDRAWN.format(title=title, reason=f"原因：{reason.rstrip('。')}。" if reason else "")


def opened(document: Document, measure: Measure, standing: Standing) -> str:
    """The text of a `measure.opened`."""
    until = standing.round.closes if standing.round else None
    end = f"{_day(until)}截止。" if until else ""
    return _OPENED.format(title=measure.title) + end + MODES[measure.mode] + _source(document)


def deadline(document: Document, measure: Measure, closes: date, days: int) -> str:
    """The text of a `measure.deadline`."""
    form = _DEADLINE if days else _LAST_DAY
    return form.format(title=measure.title, days=days, day=_day(closes)) + _source(document)


def summary(titles: Sequence[str], counts: Mapping[str, int]) -> tuple[str, str]:
    """Title and text of a `matches.summary`; the titles are in the order of showing."""
    best = "、".join(f"「{title}」" for title in titles[:BEST])
    return _SUMMARY_TITLE.format(n=len(titles)), _SUMMARY.format(best=best, **counts)


def when(standing: Standing) -> str:
    """Until or from when, in a sentence."""
    opens, closes = (standing.round.opens, standing.round.closes) if standing.round else (None, None)
    if standing.state == "open":
        return f"现在可以办理，{_day(closes)}截止。" if closes else "现在可以办理。"
    if standing.state == "upcoming":
        return f"{_day(opens)}起可以办理。" if opens else "即将可以办理。"
    return STATES.get(standing.state, "全年可以办理。")


def _source(document: Document) -> str:
    return _FROM.format(document=document.title, issuers="、".join(document.issuers))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
