"""What can be wrong with what somebody sends: a code, a place, and a sentence in two languages.

Readers collect faults and never raise on the first; `Refused` carries all of them to the edge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Language = Literal["zh", "en"]

# code -> sentence by language; {names} are filled from Fault.params, absent ones read as empty.
SENTENCES: Mapping[str, Mapping[Language, str]] = {
    "malformed_json": {
        "zh": "内容不是合法的 JSON 或 YAML。{note}",
        "en": "The content is not valid JSON or YAML. {note}",
    },
    "invalid_encoding": {"zh": "内容不是 UTF-8 编码。", "en": "The content is not UTF-8."},
    "too_deep": {
        "zh": "嵌套太深，最多 {most} 层。",
        "en": "Nested too deeply: at most {most} levels.",
    },
    "unknown_member": {
        "zh": "没有名为“{name}”的成员。{note}",
        "en": "There is no member named “{name}”. {note}",
    },
    "missing_member": {"zh": "缺少“{name}”。{note}", "en": "“{name}” is missing. {note}"},
    "wrong_type": {
        "zh": "类型不对：应为{expected_zh}。{note}",
        "en": "Wrong type: expected {expected}. {note}",
    },
    "out_of_range": {
        "zh": "超出允许范围：{expected_zh}。",
        "en": "Out of range: {expected}.",
    },
    "bad_range": {
        "zh": "终点早于或小于起点。",
        "en": "The end comes before the beginning.",
    },
    "bad_date": {
        "zh": "不是存在的日期或时刻，应写作 {expected}。",
        "en": "Not an existing date or instant; write it as {expected}.",
    },
    "bad_text": {"zh": "文字不可用：{note_zh}。", "en": "Unusable text: {note}."},
    "bad_id": {"zh": "标识不合格式：{expected_zh}。", "en": "Malformed id: it must be {expected}."},
    "bad_url": {"zh": "网址不可用。{note}", "en": "Unusable address. {note}"},
    "bad_credit_code": {
        "zh": "统一社会信用代码不正确：须为 18 位且校验位相符（GB 32100-2015）。",
        "en": "Wrong credit code: 18 characters with a matching check character (GB 32100-2015).",
    },
    "unknown_region": {
        "zh": "没有代码为“{got}”的行政区划（GB/T 2260）。{note}",
        "en": "There is no region with the code “{got}” (GB/T 2260). {note}",
    },
    "unknown_industry": {
        "zh": "没有代码为“{got}”的行业（GB/T 4754-2017）。{note}",
        "en": "There is no industry with the code “{got}” (GB/T 4754-2017). {note}",
    },
    "unknown_fact": {
        "zh": "“{got}”不是可以用在这里的事实，可用的见 /v1/facts。{note}",
        "en": "“{got}” is no fact that may stand here; /v1/facts lists them. {note}",
    },
    "unknown_code": {
        "zh": "“{got}”不在允许的取值之内。{note}",
        "en": "“{got}” is not one of the allowed values. {note}",
    },
    "unknown_operator": {
        "zh": "规则里没有“{got}”这个写法。{note}",
        "en": "The rule language has no “{got}”. {note}",
    },
    "unknown_measure": {
        "zh": "没有标识为“{got}”的已发布措施。",
        "en": "There is no published measure with the id “{got}”.",
    },
    "bad_rule": {"zh": "规则写法有误：{note_zh}。", "en": "Malformed rule: {note}."},
    "rule_too_large": {
        "zh": "规则太大：最多 2000 个节点、32 层，算式的数字最多 4000 位。",
        "en": "The rule is too large: at most 2,000 nodes, 32 levels and numbers of 4,000 digits.",
    },
    "conflicting_values": {
        "zh": "与另一处的取值互相矛盾。{note}",
        "en": "Contradicts another value. {note}",
    },
    "not_yet": {
        "zh": "“{name}”尚未支持，将在后续版本提供。",
        "en": "“{name}” is not supported yet; a later version brings it.",
    },
    "duplicate_id": {
        "zh": "标识“{got}”已经存在。",
        "en": "The id “{got}” exists already.",
    },
}


class Details(dict[str, str]):
    """Details that fill a sentence; an absent one reads as empty."""

    def __missing__(self, key: str) -> str:
        return ""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where (RFC 6901 pointer, `""` is the whole), which code, and details."""

    pointer: str
    code: str
    params: Mapping[str, str] = field(default_factory=dict)

    def sentence(self, language: Language = "zh") -> str:
        """The fault in words; a detail that is not known in a language falls back to the other."""
        params = Details(self.params)
        for name in ("expected", "note"):
            params.setdefault(f"{name}_zh", params[name])
        if language == "zh" and "note_zh" in self.params:
            params["note"] = params["note_zh"]
        return SENTENCES[self.code][language].format_map(params).strip()

    def line(self, language: Language = "zh") -> str:
        """The fault in one line: where, which code, and the sentence."""
        return f"{self.pointer or '/'}: {self.code}: {self.sentence(language)}"


class Refused(Exception):
    """What was sent is refused whole; `faults` lists why, in the order of the document."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{f.pointer or '/'}: {f.code}" for f in faults))
        self.faults = tuple(faults)


def pointer(at: str, *steps: str | int) -> str:
    """`at` extended by steps, escaped as RFC 6901 asks."""
    return at + "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
