"""What an enterprise is told of a measure, in Chinese: what stands open, until when, what to do.

Words only, from tables. Decides nobody's part.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from policies.documents import Document, Measure
from policies.windows import Standing

MATCHED: Mapping[str, str] = {
    "certain": "贵单位符合「{title}」的全部条件。",
    "checkable": "贵单位可能符合「{title}」，只待自行确认：{attests}。",
}
MODES: Mapping[str, str] = {"apply": "", "instant": "即申即享。", "automatic": "免申即享，无须申请。"}
_FROM = "依据：{document}（{issuers}）。"


def matched(
    document: Document, measure: Measure, part: str, standing: Standing, attests: Sequence[str]
) -> str:
    """The text of a `measure.matched`."""
    listed = "；".join(text.rstrip("。；") for text in attests)
    said = MATCHED[part].format(title=measure.title, attests=listed)
    source = _FROM.format(document=document.title, issuers="、".join(document.issuers))
    return said + when(standing) + MODES[measure.mode] + source


def when(standing: Standing) -> str:
    """Until or from when, in a sentence."""
    opens, closes = (standing.round.opens, standing.round.closes) if standing.round else (None, None)
    if standing.state == "open":
        return f"现在可以办理，{_day(closes)}截止。" if closes else "现在可以办理。"
    if standing.state == "upcoming":
        return f"{_day(opens)}起可以办理。" if opens else "即将可以办理。"
    return "全年可以办理。"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
