"""YAML to the same decoded values as JSON: the 1.2 core schema, no aliases, no doubled keys.

Keeps the line of every value, so that faults of a file can be told by line. Never makes dates or floats.
"""

import re
from decimal import Decimal
from typing import Any

import yaml

from policies.faults import Fault, Refused, pointer
from policies.json_reading import DEPTH, check_depth, decode, exact, malformed, too_deep

# YAML 1.2.2, section 10.3.2: the tag resolution of plain scalars in the core schema.
_NULL = re.compile(r"(?:null|Null|NULL|~|)")
_TRUE = re.compile(r"(?:true|True|TRUE)")
_FALSE = re.compile(r"(?:false|False|FALSE)")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FRACTION = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_UNTAGGED, _TEXT = "?", "tag:yaml.org,2002:str"
_KINDS = ("str", "int", "float", "bool", "null", "seq", "map")
_TAGS = {_UNTAGGED, *(f"tag:yaml.org,2002:{kind}" for kind in _KINDS)}


class Yaml:
    """One decoded YAML document and the line of each of its values."""

    def __init__(self, value: object, lines: dict[str, int]) -> None:
        self.value = value
        self._lines = lines

    def line(self, at: str) -> int:
        """The 1-based line where the value at this pointer begins; of its nearest ancestor if absent."""
        while at and at not in self._lines:
            at = at.rpartition("/")[0]
        return self._lines.get(at, 1)


def read_yaml(body: bytes) -> Yaml:
    """The only document in the file. Raises Refused with the codes of JSON's faults."""
    text = decode(body)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: dict[str, int] = {}
        value = _value(node, "", lines) if node is not None else None
    except RecursionError:
        raise too_deep(DEPTH) from None
    except yaml.YAMLError as error:
        raise malformed(" ".join(str(error).split())) from None
    check_depth(value, DEPTH)
    return Yaml(value, lines)


class _Loader(yaml.BaseLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            line = self.line + 1
            raise yaml.YAMLError(f"aliases are not accepted (line {line})")
        return super().compose_node(parent, index)

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return _UNTAGGED
        return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]


def _value(node: yaml.Node, at: str, lines: dict[str, int]) -> object:
    lines[at] = node.start_mark.line + 1
    if node.tag not in _TAGS:
        raise yaml.YAMLError(f"a tag outside the core schema: {node.tag[:80]} (line {lines[at]})")
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, pointer(at, i), lines) for i, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, at, lines)
    return node.value if node.tag == _TEXT else _plain(node.value)


def _mapping(node: yaml.MappingNode, at: str, lines: dict[str, int]) -> dict[str, object]:
    members: dict[str, object] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.YAMLError(f"only text may be a key (line {key.start_mark.line + 1})")
        if key.value in members:
            raise yaml.YAMLError(f"key named twice: {key.value[:80]} (line {key.start_mark.line + 1})")
        members[key.value] = _value(value, pointer(at, key.value), lines)
        lines[pointer(at, key.value)] = key.start_mark.line + 1
    return members


def _plain(text: str) -> object:
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text) or _FALSE.fullmatch(text):
        return text[0] in "tT"
    if _NOT_A_NUMBER.fullmatch(text):
        raise Refused([Fault("", "malformed_json", {"note": f"{text} is no number"})])
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FRACTION.fullmatch(text):
        number = exact(text)
        return int(number) if _INTEGER.fullmatch(text) and len(text) < 4_000 else Decimal(number)
    return text
