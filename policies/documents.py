"""A policy document and its measures: read from decoded JSON or YAML, refused whole with every fault.

Decides the shape of what officers write. Never stores, indexes or judges it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from policies.benefits import Benefit, standing_for
from policies.codes import UnknownCode
from policies.facts import Registry
from policies.faults import Fault, pointer
from policies.id_forms import DOCUMENT_ID, MEASURE_ID, MEASURE_KEY
from policies.json_writing import digest_of
from policies.reading import BAD, Custom, Day, ListOf, Number, Object, Pattern, Reader, Text, Word
from policies.reading import read as read_whole
from policies.rules import FormulaRead, Rule, formula_reader, rule_reader
from policies.values import MOST_MONEY
from policies.windows import Budget, Recurring, Window, window_reader

LEVELS = ("national", "province", "city", "county")
IN_FORCE = ("stated_until", "repealed", "unconfirmed")
PROVENANCES = ("source-text", "digest", "secondary", "from-memory")
KINDS = (
    "grant", "tax", "loan_interest", "guarantee", "voucher",
    "service", "talent", "space", "recognition", "procurement",
)  # fmt: skip
MODES = ("apply", "instant", "automatic")
NATURES = ("cash", "tax_saved", "cost_reduced", "loan", "service", "status")
BUDGET_STATES = ("available", "low", "exhausted")

_LINE, _PARAGRAPH, _SOURCE_TEXT = Text(500, least=1), Text(5_000), Text(1_000_000)
_MONEY = Number(0, MOST_MONEY, places=2)


@dataclass(frozen=True)
class Measure:
    """One support item: the unit of matching. `windows` None is unstated, () is rolling."""

    id: str
    key: str
    title: str
    kind: str
    mode: str
    summary: str | None
    rule: Rule
    windows: tuple[Window | Recurring, ...] | None
    benefits: tuple[Benefit, ...]
    materials: tuple[str, ...]
    steps: tuple[str, ...]
    contact: Mapping[str, str | None] | None
    budget: Budget | None
    requires: tuple[str, ...]
    grants: tuple[str, ...]
    excludes: tuple[str, ...]
    content: Mapping[str, Any]

    @property
    def benefit(self) -> Benefit | None:
        """The benefit that stands for the measure as written; for a profile see policies.benefits."""
        return standing_for(self.benefits)


@dataclass(frozen=True)
class Document:
    """What was published. `content` is the whole document as plain JSON values, absent members null."""

    id: str
    title: str
    doc_no: str | None
    issuers: tuple[str, ...]
    level: str
    region: str
    published_on: date | None
    effective_from: date | None
    effective_to: date | None
    in_force: str
    provenance: str
    checked_on: date | None
    source: Mapping[str, str | None] | None
    text: str | None
    summary: str | None
    measures: tuple[Measure, ...]
    content: Mapping[str, Any]
    digest: str


def read_document(value: object, registry: Registry, at: str = "") -> Document:
    """The document. Raises Refused with every fault, pointers beginning with `at`."""
    document: Document = read_whole(document_reader(registry), value, at)
    return document


def document_reader(registry: Registry) -> Reader:
    """A reader whose result is a Document."""
    members = Object(
        _document_members(registry),
        required=("id", "title", "issuers", "level", "region", "in_force", "provenance", "measures"),
        finally_=_check_document,
    )

    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        found = members.read(value, at, faults)
        return BAD if found is BAD else _document(found)

    return Custom(reads, members.schema())


def _document_members(registry: Registry) -> dict[str, Reader]:
    return {
        "id": Pattern(DOCUMENT_ID),
        "title": Text(300, least=1),
        "doc_no": Text(100, least=1),
        "issuers": ListOf(Text(100, least=1), 30, least=1),
        "level": Word(LEVELS),
        "region": region_reader(registry),
        "published_on": Day(),
        "effective_from": Day(),
        "effective_to": Day(),
        "in_force": Word(IN_FORCE),
        "provenance": Word(PROVENANCES),
        "checked_on": Day(),
        "source": Object({"title": Text(300), "url": _url(), "place": Text(300)}),
        "text": _SOURCE_TEXT,
        "summary": _PARAGRAPH,
        "measures": ListOf(_measure(registry), 500, least=1),
    }


def _measure(registry: Registry) -> Reader:
    code = Word(tuple(registry.codes.qualifications))
    benefit: dict[str, Reader] = {
        "nature": Word(NATURES),
        "min": _MONEY,
        "max": _MONEY,
        "text": Text(1_000),
        "formula": formula_reader(registry),
    }
    contact: dict[str, Reader] = {
        "department": Text(200),
        "address": Text(300),
        "phone": Text(100),
        "url": _url(),
    }
    return Object(
        {
            "key": Pattern(MEASURE_KEY),
            "title": Text(300, least=1),
            "kind": Word(KINDS),
            "mode": Word(MODES),
            "summary": _PARAGRAPH,
            "rule": rule_reader(registry),
            "windows": ListOf(window_reader(), 100),
            "benefits": ListOf(Object(benefit, finally_=_check_benefit), 50),
            "materials": ListOf(_LINE, 100),
            "steps": ListOf(_LINE, 100),
            "contact": Object(contact),
            "budget": Object({"state": Word(BUDGET_STATES), "as_of": Day()}),
            "requires": ListOf(code, 50),
            "grants": ListOf(code, 50),
            "excludes": ListOf(Pattern(MEASURE_ID), 200),
        },
        required=("key", "title", "kind", "mode", "rule"),
    )


def region_reader(registry: Registry) -> Reader:
    """A reader of one region code, retired ones included; the result is the code as written."""

    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        text = Text(20).read(value, at, faults)
        if text is BAD:
            return BAD
        try:
            registry.codes.regions.resolve(text)
        except UnknownCode:
            faults.append(Fault(at, "unknown_region", {"got": text}))
            return BAD
        return text

    return Custom(reads, {"type": "string", "pattern": "^[0-9]{6}$"})


def _url() -> Reader:
    def reads(value: object, at: str, faults: list[Fault]) -> Any:
        text = Text(1_000).read(value, at, faults)
        if text is not BAD and not re.fullmatch(r"https?://[^\s/?#@]+([/?#]\S*)?", text):
            faults.append(Fault(at, "bad_url", {"note": "http(s)://…"}))
            return BAD
        return text

    return Custom(reads, {"type": "string", "format": "uri"})


def _check_benefit(benefit: dict[str, Any], at: str, faults: list[Fault]) -> None:
    if None not in (benefit["min"], benefit["max"]) and benefit["max"] < benefit["min"]:
        faults.append(Fault(pointer(at, "max"), "bad_range"))


def _check_document(document: dict[str, Any], at: str, faults: list[Fault]) -> None:
    start, end = document["effective_from"], document["effective_to"]
    if start and end and end < start:
        faults.append(Fault(pointer(at, "effective_to"), "bad_range"))
    seen: set[str] = set()
    for i, measure in enumerate(document["measures"] or ()):
        if measure["key"] in seen:
            faults.append(Fault(pointer(at, "measures", i, "key"), "duplicate_id", {"got": measure["key"]}))
        seen.add(measure["key"])
        if document["text"] is not None:
            rule, length = measure["rule"].written, len(document["text"])
            faults.extend(_spans_outside(rule, pointer(at, "measures", i, "rule"), length))


def _spans_outside(written: Any, at: str, length: int) -> Iterator[Fault]:
    """Places in a rule that point past the end of the document's text, which has `length` characters."""
    if isinstance(written, list):
        for i, each in enumerate(written):
            yield from _spans_outside(each, pointer(at, i), length)
    elif isinstance(written, dict):
        for name, each in written.items():
            if name != "place":
                yield from _spans_outside(each, pointer(at, name), length)
            elif isinstance(each, dict) and each.get("span") and each["span"][1] > length:
                limits = {
                    "expected": f"at most {length}, the length of the text",
                    "expected_zh": f"不超过原文长度 {length}",
                }
                yield Fault(pointer(at, "place", "span", 1), "out_of_range", limits)


def _document(found: dict[str, Any]) -> Document:
    measures = tuple(_built_measure(found["id"], measure) for measure in found["measures"])
    content = {name: _plain(value) for name, value in found.items() if name != "measures"}
    content["measures"] = [dict(measure.content) for measure in measures]
    built = {**found, "issuers": tuple(found["issuers"]), "measures": measures}
    return Document(**built, content=content, digest=digest_of(content))


def _built_measure(document_id: str, found: dict[str, Any]) -> Measure:
    benefits = found["benefits"] or []
    windows, budget = found["windows"], found["budget"]
    lists = {
        name: tuple(found[name] or ()) for name in ("materials", "steps", "requires", "grants", "excludes")
    }
    built = {
        **found,
        **lists,
        "id": f"{document_id}.{found['key']}",
        "windows": None if windows is None else tuple(windows),
        "benefits": tuple(_built_benefit(b) for b in benefits),
        "budget": Budget(budget["state"], budget["as_of"]) if budget else None,
    }
    return Measure(**built, content={name: _plain(value) for name, value in found.items()})


def _built_benefit(found: Mapping[str, Any]) -> Benefit:
    formula = found["formula"]
    return Benefit(**{**found, "formula": None if formula is None else formula.number})


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Rule | FormulaRead):
        return value.written
    if isinstance(value, Window | Recurring):
        return value.plain()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    return value
