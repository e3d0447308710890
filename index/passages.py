"""What is indexed of a measure and of an enterprise: the only place that decides it.

Serves bulk builds and single updates alike; never reads the clock, never asks a model.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.codes import CodeTree, UnknownCode
from policies.documents import Document, Measure
from policies.facts import Registry
from policies.profiles import Profile

SIZE, OVERLAP = 300, 50  # characters
VERSION = 2  # raise it when another text is indexed: generations built before are refused

_SENTENCE_ENDS = re.compile(r"[。！？；!?;\n]|\.(?=\s)")

# What people call a kind of support, beside its name.
KIND_WORDS: Mapping[str, str] = {
    "grant": "资金补助 补贴 奖励 扶持资金",
    "tax": "税收优惠 减税 免税 退税 税费减免",
    "loan_interest": "贷款贴息 融资 利息补贴",
    "guarantee": "融资担保 贷款担保 增信",
    "voucher": "创新券 服务券 抵扣券",
    "service": "公共服务 辅导 咨询",
    "talent": "人才 引才 用工 就业 社保补贴",
    "space": "场地 厂房 租金减免 办公用房 孵化",
    "recognition": "资质认定 称号 评价 入库",
    "procurement": "政府采购 预留份额",
}
MODE_WORDS: Mapping[str, str] = {"apply": "申报", "instant": "即申即享", "automatic": "免申即享"}

_OUR_LINES = frozenset(f"{kind} {mode}" for kind in KIND_WORDS.values() for mode in MODE_WORDS.values())


@dataclass(frozen=True)
class Entry:
    """One measure as the index sees it: all its words, its title among them, and the passages encoded."""

    id: str
    words: str
    passages: tuple[str, ...]
    title: str = ""


def entry_of(document: Document, measure: Measure, registry: Registry) -> Entry:
    """The measure's texts in the order a reader needs them, then those of its document."""
    parts = [part for part in _measure_parts(document, measure, registry) if part]
    text = "\n".join(parts)
    words = "\n".join([text, *(part for part in _document_parts(document, registry) if part)])
    return Entry(measure.id, words, cut(text), measure.title)


def enterprise_text(profile: Profile, registry: Registry) -> str:
    """Name, own words and the names of the industry: what an enterprise is encoded by; may be empty."""
    given = profile.as_sent()["facts"].get("industry")
    code = given.get("value") if isinstance(given, Mapping) else given
    parts = [profile.name, profile.text, *_names(registry.codes.industries, code)]
    return "\n".join(part for part in parts if part)


def documented(passage: str) -> str:
    """A passage without the lines that are ours and stand in no document."""
    return "\n".join(line for line in passage.split("\n") if line not in _OUR_LINES)


def cut(text: str) -> tuple[str, ...]:
    """Passages of at most SIZE characters that end with a sentence where one ends in their second half."""
    return tuple(_cut(text.strip()))


def _cut(text: str) -> Iterator[str]:
    begin = 0
    while begin < len(text):
        end = begin + SIZE
        if end < len(text):
            ends = [match.end() for match in _SENTENCE_ENDS.finditer(text, begin + SIZE // 2, end)]
            end = ends[-1] if ends else end
        if passage := text[begin:end].strip():
            yield passage
        begin = end if end >= len(text) else end - OVERLAP


def _measure_parts(document: Document, measure: Measure, registry: Registry) -> Iterator[str | None]:
    yield measure.title
    yield measure.summary
    yield f"{KIND_WORDS.get(measure.kind, '')} {MODE_WORDS.get(measure.mode, '')}".strip()
    yield from (benefit.text for benefit in measure.benefits)
    yield from _condition_words(measure.rule.written, registry)
    yield "、".join(_qualifications(measure.grants, registry))
    yield from measure.materials
    yield document.title


def _document_parts(document: Document, registry: Registry) -> Iterator[str | None]:
    yield document.doc_no
    yield from document.issuers
    yield "".join(_names(registry.codes.regions, document.region))
    yield document.summary


def _condition_words(node: object, registry: Registry) -> Iterator[str]:
    """The officer's own words for each condition, and the names behind codes that ask for something.

    What stands under `not` or `has_none` is left out: a measure is not about what it excludes.
    """
    if not isinstance(node, Mapping):
        return
    if isinstance(text := node.get("text"), str):
        yield text
    trees = {"region": registry.codes.regions, "industry": registry.codes.industries}
    tree = trees.get(node.get("field", ""))
    if tree is not None:
        yield from (name for code in _listed(node, "within") for name in _names(tree, code)[-1:])
    for operator in ("has_any", "has_all"):
        yield from _qualifications(_listed(node, operator), registry)
    for child in _children(node):
        yield from _condition_words(child, registry)


def _children(node: Mapping[str, Any]) -> Iterator[object]:
    """The rules inside a node, in written order; numbers of expressions say nothing in words."""
    yield from (node.get(quantifier) for quantifier in ("every", "some"))
    yield from (child for group in ("all", "any", "of") for child in _listed(node, group))
    branches = [entry for group in ("points", "tiers") for entry in _listed(node, group)]
    for branch in branches:
        if isinstance(branch, Mapping):
            yield from (branch.get(part) for part in ("when", "then"))


def _listed(node: Mapping[str, Any], name: str) -> list[Any]:
    value = node.get(name)
    return value if isinstance(value, list) else []


def _qualifications(codes: Any, registry: Registry) -> list[str]:
    known = registry.codes.qualifications
    return [known[code].names["zh-Hans"] for code in codes if code in known]


def _names(tree: CodeTree, code: object) -> list[str]:
    """Names from the top down of what a written code may mean; none for a code of no table."""
    if not isinstance(code, str):
        return []
    try:
        meant = sorted(tree.resolve(code))
    except UnknownCode:
        return []
    steps = dict.fromkeys(step for found in meant for step in tree.path(found))
    return [tree.name(step) for step in steps]
