"""The JSON Schema of one rule, made from the tables by which rules are read.

Says nothing that needs sums, an order or a table of codes; those faults are told by the reader alone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.expressions import ARITHMETIC, OVER_YEARS, PAIRS
from policies.facts import NUMBERS, Fact, Registry
from policies.id_forms import ATTEST_KEY
from policies.operators import OPERATORS, OperandKind
from policies.reading import Day, Object, Pattern, Schema
from policies.rule_branches import QUANTIFIERS
from policies.rule_leaves import AGO, code_of, word_of
from policies.rule_numbers import CONSTANT, POINTS, limits_of
from policies.rule_numbers import FORM_OF as EXPRESSION_FORM_OF
from policies.rule_reading import PLACE, TOLD, YEAR
from policies.rules import FORM_OF as NODE_FORM_OF

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NULL: Schema = {"type": "null"}
_DAY: Schema = {**Day().schema(), "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def rule_schema(registry: Registry) -> Schema:
    """The JSON Schema (2020-12) of one rule node over the facts of this registry."""
    told = {"text": TOLD["text"].schema(), "place": _object(PLACE)}
    years = {"year": YEAR.schema(), "years": _pair(_ref("year"))}
    return {
        "$schema": DIALECT,
        "title": "A rule of huiqi",
        "$ref": "#/$defs/node",
        "$defs": {**_Side(registry, "").definitions(), **_Side(registry, "_each_year").definitions()}
        | years
        | told,
    }


@dataclass(frozen=True)
class _Side:
    """Rules outside for_years, or with a suffix to their names those inside, where no year is written."""

    registry: Registry
    suffix: str

    def definitions(self) -> Schema:
        """Nodes, EXPRs, and EXPRs that are no bare number."""
        nodes = dict.fromkeys(NODE_FORM_OF.values())
        if self.suffix:
            nodes.pop("for_years")
        formulas = dict.fromkeys(EXPRESSION_FORM_OF.values())
        return {
            f"node{self.suffix}": {"anyOf": [one for form in nodes for one in _NODES[form](self)]},
            f"expression{self.suffix}": {"anyOf": [CONSTANT.schema(), self.ref("formula")]},
            f"formula{self.suffix}": {"anyOf": [one for form in formulas for one in self.formula(form)]},
        }

    def ref(self, name: str) -> Schema:
        """A definition of this side."""
        return _ref(f"{name}{self.suffix}")

    def formula(self, form: str) -> list[Schema]:
        """The EXPRs of one form."""
        if form in ARITHMETIC:
            most = {"maxItems": 2, "minItems": 2} if form in PAIRS else {}
            return [_told({form: {**_some(self.ref("expression")), **most}})]
        return _EXPRESSIONS[form](self, form)

    def numbers(self) -> Iterable[Fact]:
        """The facts that are numbers."""
        return (fact for fact in self.registry.facts.values() if fact.type in NUMBERS)

    def year(self, fact: Fact) -> Schema:
        """The optional year of a fact."""
        return {"anyOf": [_ref("year"), _NULL]} if fact.by_year and not self.suffix else _NULL


def _facts(side: _Side, _: str) -> list[Schema]:
    return _by_shape((fact.name, _told({"field": {}}, {"year": side.year(fact)})) for fact in side.numbers())


def _totals(side: _Side, form: str) -> list[Schema]:
    return [_told({form: _strict({"field": _by_year(side), "years": _ref("years")})})]


def _growth(side: _Side, form: str) -> list[Schema]:
    members = {"field": _by_year(side), "from": _ref("year"), "to": _ref("year")}
    return [_told({form: _strict(members)})]


def _by_year(side: _Side) -> Schema:
    return {"enum": [fact.name for fact in side.numbers() if fact.by_year]}


_EXPRESSIONS: Mapping[str, Callable[[_Side, str], list[Schema]]] = {
    "fact": _facts,
    "growth": _growth,
    **dict.fromkeys(OVER_YEARS, _totals),
}


def _at_least(side: _Side) -> list[Schema]:
    return [_told({"at_least": {"type": "integer", "minimum": 1}, "of": _some(side.ref("node"))})]


def _points(side: _Side) -> list[Schema]:
    entry = _strict({"when": side.ref("node"), "points": POINTS.schema()})
    return [_told({"points": _some(entry), "gte": POINTS.schema()})]


def _tiers(side: _Side) -> list[Schema]:
    return [_told({"tiers": _some(_strict({"when": side.ref("node"), "then": side.ref("node")}))})]


def _attest(_: _Side) -> list[Schema]:
    return [_strict({"attest": Pattern(ATTEST_KEY).schema(), "text": _ref("text")}, _TOLD)]


def _for_years(_: _Side) -> list[Schema]:
    inside = _ref("node_each_year")
    return [_told({"for_years": _ref("years"), kind: inside}) for kind in QUANTIFIERS]


def _leaves(side: _Side) -> list[Schema]:
    of_facts = _by_shape((fact.name, _leaf(side, fact)) for fact in side.registry.facts.values())
    return [*of_facts, _leaf(side, None)]


def _leaf(side: _Side, fact: Fact | None) -> Schema:
    """Leaves on one fact, or on an EXPR, with one of the operators that fit."""
    types = NUMBERS if fact is None else {fact.type}
    fitting = {name: operator for name, operator in OPERATORS.items() if types & set(operator.types)}
    operands = {name: _OPERANDS[operator.operand](side, fact) for name, operator in fitting.items()}
    subject = {"value": side.ref("expression")} if fact is None else {"field": {}}
    year = _NULL if fact is None else side.year(fact)
    one = [{"required": [name]} for name in operands]
    return {**_told(subject, {"year": year, **operands}), "oneOf": one}


_NODES: Mapping[str, Callable[[_Side], list[Schema]]] = {
    "all": lambda side: [_told({"all": {"type": "array", "items": side.ref("node")}})],
    "any": lambda side: [_told({"any": _some(side.ref("node"))})],
    "not": lambda side: [_told({"not": side.ref("node")})],
    "at_least": _at_least,
    "attest": _attest,
    "points": _points,
    "tiers": _tiers,
    "for_years": _for_years,
    "leaf": _leaves,
}


def _area(side: _Side, fact: Fact | None) -> Schema:
    assert fact is not None, "no EXPR lies in an area"
    return _some({"type": "string", "pattern": side.registry.tree(fact).pattern})


def _bound(side: _Side, fact: Fact | None) -> Schema:
    number = CONSTANT if fact is None else limits_of(fact)
    return {"anyOf": [number.schema(), side.ref("formula")]}


_OPERANDS: Mapping[OperandKind, Callable[[_Side, Fact | None], Schema]] = {
    "area": _area,
    "value": lambda _, fact: word_of(fact).schema(),
    "values": lambda _, fact: _some(word_of(fact).schema()),
    "bound": _bound,
    "bounds": lambda side, fact: _pair(_bound(side, fact)),
    "day": lambda *_: _DAY,
    "ago": lambda *_: _object(AGO),
    "codes": lambda _, fact: _some(code_of(fact).schema()),
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _some(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 1}


def _pair(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 2, "maxItems": 2}


_TOLD: Schema = {name: {"anyOf": [_ref(name), _NULL]} for name in TOLD}


def _strict(required: Schema, optional: Schema | None = None) -> Schema:
    """An object with these members and no others."""
    properties = {**(optional or {}), **required}
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _told(required: Schema, optional: Schema | None = None) -> Schema:
    """A node or EXPR: `text` and `place` may stand on each, or be null."""
    return _strict(required, {**(optional or {}), **_TOLD})


def _object(reader: Object) -> Schema:
    """What an Object takes: null members count as absent."""
    members = {name: {"anyOf": [one.schema(), _NULL]} for name, one in reader.members.items()}
    given: Callable[[str], Schema] = lambda name: {  # noqa: E731
        "required": [name],
        "properties": {name: {"not": _NULL}},
    }
    groups = [{"oneOf": [given(name) for name in group]} for group in reader.one_of]
    return {**_strict({}, members), "allOf": groups}


def _by_shape(schemas: Iterable[tuple[str, Schema]]) -> list[Schema]:
    """One schema for all facts whose schemas are alike."""
    alike: list[tuple[Schema, list[str]]] = []
    for name, schema in schemas:
        names = next((names for one, names in alike if one == schema), None)
        if names is None:
            alike.append((schema, [name]))
        else:
            names.append(name)
    return [_naming(schema, names) for schema, names in alike]


def _naming(schema: Schema, names: list[str]) -> Schema:
    properties: dict[str, Any] = {**schema["properties"], "field": {"enum": names}}
    return {**schema, "properties": properties}
