"""Sets as a profile gives them: what is held and when, what is not held, and whether that is all.

A bare list says what is held and nothing about the rest.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from policies.faults import Fault, pointer
from policies.reading import BAD, Bad, Day, Flag, ListOf, Object, Reader, Schema, wrong_type
from policies.values import Holding, Stay

MOST_ITEMS = 1000


@dataclass(frozen=True)
class SetValue:
    """A checked set and the JSON to echo."""

    holding: Holding
    sent: object


@dataclass(frozen=True)
class _Item:
    """A code, or an object with the dates between which it is held; gives (code, stay, sent)."""

    code: Reader

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if isinstance(value, str):
            code = self.code.read(value, at, faults)
            return BAD if code is BAD else (code, Stay(), code)
        if not isinstance(value, dict):
            faults.append(wrong_type(at, "a code or an object with a code", "代码或含代码的对象"))
            return BAD
        members = Object(
            {"code": self.code, "since": Day(), "until": Day()}, ("code",), finally_=_end_after_beginning
        )
        read = members.read(value, at, faults)
        if read is BAD:
            return BAD
        stay = Stay(read["since"], read["until"])
        return read["code"], stay, {name: _json(read[name]) for name in value if read[name] is not None}

    def schema(self) -> Schema:
        day = Day().schema()
        item = {"code": self.code.schema(), "since": day, "until": day}
        shape = {"type": "object", "properties": item, "required": ["code"], "additionalProperties": False}
        return {"anyOf": [self.code.schema(), shape]}


def _end_after_beginning(item: dict[str, Any], at: str, faults: list[Fault]) -> None:
    if item["since"] and item["until"] and item["until"] < item["since"]:
        faults.append(Fault(pointer(at, "until"), "bad_range"))


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True)
class _Unlike:
    """Reads an item and refuses one whose code the other list of the set names already."""

    item: Reader
    other: set[str]
    mine: set[str]

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        read = self.item.read(value, at, faults)
        if read is BAD:
            return BAD
        code = read if isinstance(read, str) else read[0]
        if code in self.other:
            faults.append(Fault(at, "conflicting_values", {"note": code}))
            return BAD
        self.mine.add(code)
        return read

    def schema(self) -> Schema:
        return self.item.schema()


@dataclass(frozen=True)
class SetReader:
    """A list of held items, or an object of `held`, `not_held` and `complete`; `code` reads one code."""

    code: Reader

    def read(self, value: object, at: str, faults: list[Fault]) -> SetValue | Bad:
        """The set, BAD after a fault."""
        if isinstance(value, list):
            items = ListOf(_Item(self.code), MOST_ITEMS).read(value, at, faults)
            return BAD if isinstance(items, Bad) else SetValue(_holding(items), _sent(items))
        if not isinstance(value, dict):
            faults.append(wrong_type(at, "a list or an object", "列表或对象"))
            return BAD
        read = self._object().read(value, at, faults)
        if isinstance(read, Bad):
            return BAD
        sent = {name: read[name] for name in value if read[name] is not None}
        if "held" in sent:
            sent["held"] = _sent(read["held"])
        holding = _holding(read["held"] or [], read["not_held"] or [], bool(read["complete"]))
        return SetValue(holding, sent)

    def _object(self) -> Object:
        held: set[str] = set()
        not_held: set[str] = set()
        return Object(
            {
                "held": ListOf(_Unlike(_Item(self.code), not_held, held), MOST_ITEMS),
                "not_held": ListOf(_Unlike(self.code, held, not_held), MOST_ITEMS),
                "complete": Flag(),
            }
        )

    def schema(self) -> Schema:
        return {"anyOf": [ListOf(_Item(self.code), MOST_ITEMS).schema(), self._object().schema()]}


def _holding(
    items: list[tuple[str, Stay, object]], not_held: list[str] | None = None, complete: bool = False
) -> Holding:
    held: dict[str, tuple[Stay, ...]] = {}
    for code, stay, _ in items:
        held[code] = (*held.get(code, ()), stay)
    return Holding(held, frozenset(not_held or ()), complete)


def _sent(items: list[tuple[str, Stay, object]]) -> list[object]:
    return [sent for _, _, sent in items]
