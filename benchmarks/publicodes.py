"""Rules written in publicodes as rules of ours: all of, one of, `applicable si`, comparisons, `est X`.

Knows no subject: what names stand for is handed in. Refuses loudly whatever it does not know.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.facts import Registry

Node = dict[str, Any]
APPLICABLE, ALL, ANY, VALUE = "applicable si", "toutes ces conditions", "une de ces conditions", "valeur"
_FORMS = ({ALL}, {ANY}, {VALUE}, {APPLICABLE, ALL}, {APPLICABLE, ANY}, {APPLICABLE, VALUE})
_COMPARISON = re.compile(r"(.+?) (<=|>=|<|>|=) (.+)")
_CHOICE = re.compile(r"(.+) \. est (.+)")
_TURNED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<", "=": "="}
_NUMBERS = {"<=": "lte", ">=": "gte", "<": "lt", ">": "gt"}
_OPERATORS: Mapping[str, Mapping[str, str]] = {
    "count": _NUMBERS,
    "date": {"<=": "on_or_before", ">=": "on_or_after", "<": "before", ">": "after"},
    "flag": {"=": "is"},
    "region": {"=": "within"},
}
_CHOSEN = {"industry": "within", "region": "within", "set": "has_any"}
_FLAGS = {"oui": True, "non": False}
_LISTED = ("within", "has_any")


class Unreadable(ValueError):
    """Something in publicodes that is not known here."""


@dataclass(frozen=True)
class Names:
    """What publicodes names stand for: facts, facts behind `NAME . est X`, and fixed values."""

    registry: Registry
    facts: Mapping[str, str]
    choices: Mapping[str, str]
    constants: Mapping[str, str | None] = field(default_factory=dict)


def converted(rules: Mapping[str, Any], root: str, names: Names) -> Node:
    """The rule `root` with all that it refers to; each named rule keeps its name as `place`."""
    sheet = _Sheet(rules, names)
    node = sheet.named(root, ())
    unused = set(rules) - sheet.used
    if unused:
        raise Unreadable(f"nothing refers to {sorted(unused)}")
    return node


def compared_with(rules: Mapping[str, Any], name: str) -> set[str]:
    """Every word that some condition compares `name` with, by `=` or by `est`."""
    found = set()
    for condition in _conditions(rules):
        for form in (f"{name} = ", f"{name} . est "):
            if condition.startswith(form):
                found.add(_unquoted(condition.removeprefix(form)))
    return found


def _conditions(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _conditions(item)


class _Sheet:
    """One reading of one set of rules; `used` are the names of those that were reached."""

    def __init__(self, rules: Mapping[str, Any], names: Names) -> None:
        self.rules, self.names = rules, names
        self.used: set[str] = set()

    def named(self, name: str, above: tuple[str, ...]) -> Node:
        """A rule by its full name; `above` are the rules that led here."""
        if name in above or name not in self.rules:
            raise Unreadable(f"{name}: {'refers to itself' if name in above else 'no such rule'}")
        self.used.add(name)
        return {**self._value(self.rules[name], (*above, name)), "place": {"article": name}}

    def _value(self, value: object, above: tuple[str, ...]) -> Node:
        if isinstance(value, str):
            return self._condition(value, above)
        if not isinstance(value, dict) or set(value) not in _FORMS:
            raise Unreadable(f"{above[-1]}: {value!r}")
        nodes = [_MECHANISMS[key](self, below, above) for key, below in value.items() if key != APPLICABLE]
        if APPLICABLE not in value:
            return nodes[0]
        place = {"article": f"{above[-1]} . {APPLICABLE}"}
        return {"all": [{**self._value(value[APPLICABLE], above), "place": place}, *nodes]}

    def all(self, value: object, above: tuple[str, ...]) -> Node:
        """`toutes ces conditions`."""
        return {"all": self._list(value, above)}

    def any(self, value: object, above: tuple[str, ...]) -> Node:
        """`une de ces conditions`; choices of one fact are joined into one condition."""
        return _joined(self._list(value, above))

    def constant(self, value: object, above: tuple[str, ...]) -> Node:
        """`valeur`: what always holds, or another condition."""
        return {"all": []} if value == "oui" else self._value(value, above)

    def _list(self, value: object, above: tuple[str, ...]) -> list[Node]:
        if not isinstance(value, list) or not value:
            raise Unreadable(f"{above[-1]}: {value!r} is not a list of conditions")
        return [self._value(item, above) for item in value]

    def _condition(self, text: str, above: tuple[str, ...]) -> Node:
        rule = self._full(text, above[-1], self.rules)
        if rule is not None:
            return self.named(rule, above)
        if comparison := _COMPARISON.fullmatch(text):
            return self._comparison(comparison, above[-1])
        chosen = _CHOICE.fullmatch(text)
        name = self._full(chosen[1], above[-1], self.names.choices) if chosen else None
        if chosen is None or name is None:
            raise Unreadable(f"{above[-1]}: {text}")
        fact = self.names.choices[name]
        return {"field": fact, _CHOSEN[self.names.registry.facts[fact].type]: [chosen[2]]}

    def _comparison(self, comparison: re.Match[str], at: str) -> Node:
        left, sign, right = comparison.groups()
        name, other = self._full(left, at, self.names.facts), right
        if name is None:
            name, other, sign = self._full(right, at, self.names.facts), left, _TURNED[sign]
        if name is None:
            raise Unreadable(f"{at}: {comparison[0]}")
        fact = self.names.facts[name]
        type_ = self.names.registry.facts[fact].type
        if sign not in _OPERATORS.get(type_, {}):
            if type_ == "count" and sign == "=":
                return {"field": fact, "between": [self._number(other, at)] * 2}
            raise Unreadable(f"{at}: {comparison[0]}")
        return {"field": fact, _OPERATORS[type_][sign]: self._operand(other, type_, at)}

    def _operand(self, written: str, type_: str, at: str) -> object:
        if type_ == "count":
            return self._number(written, at)
        if type_ == "region":
            return [_unquoted(written)]
        if type_ == "flag" and written in _FLAGS:
            return _FLAGS[written]
        name = self._full(written, at, self.names.constants)
        day = self.names.constants[name] if name is not None else None
        if type_ != "date" or day is None:
            raise Unreadable(f"{at}: {written} is no {type_}")
        return day

    @staticmethod
    def _number(written: str, at: str) -> int:
        if not re.fullmatch("[0-9]+", written):
            raise Unreadable(f"{at}: {written} is no whole number")
        return int(written)

    @staticmethod
    def _full(name: str, at: str, known: Mapping[str, object]) -> str | None:
        """The full name that a name written in the rule `at` means: the nearest around it that is known."""
        around = at.split(" . ")
        spaces = [" . ".join([*around[:depth], name]) for depth in range(len(around), -1, -1)]
        return next((full for full in spaces if full in known), None)


_MECHANISMS = {ALL: _Sheet.all, ANY: _Sheet.any, VALUE: _Sheet.constant}


def _joined(nodes: list[Node]) -> Node:
    """One condition where all choose from one list of the same fact, else a group."""
    fact = nodes[0].get("field")
    for operator in _LISTED:
        if all(set(node) == {"field", operator} and node["field"] == fact for node in nodes):
            return {"field": fact, operator: [word for node in nodes for word in node[operator]]}
    return {"any": nodes}


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
