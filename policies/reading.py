"""Small readers that turn decoded JSON into checked values and say, in document order, what is wrong.

Each reader also gives the JSON Schema of what it accepts, so OpenAPI is made from the same lines.
Why not pydantic: the contract fixes codes, pointers and their order (docs/decisions/0002-readers.md).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from typing import Any, Protocol

from policies.fault_order import in_order
from policies.faults import Fault, Refused, pointer
from policies.id_forms import malformed


class Bad(Enum):
    """The result of a reader that has reported a fault."""

    BAD = "bad"


BAD = Bad.BAD
Schema = dict[str, Any]


class Reader(Protocol):
    """Checks one decoded JSON value."""

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        """The checked value, or BAD after appending at least one fault."""

    def schema(self) -> Schema:
        """The JSON Schema of what is accepted."""


def read(reader: Reader, value: object, at: str = "") -> Any:
    """The checked value. Raises Refused with every fault."""
    faults: list[Fault] = []
    result = reader.read(value, at, faults)
    if faults:
        raise Refused(in_order(faults, value, at))
    return result


def wrong_type(at: str, expected: str, expected_zh: str) -> Fault:
    return Fault(at, "wrong_type", {"expected": expected, "expected_zh": expected_zh})


def out_of_range(at: str, expected: str, expected_zh: str = "") -> Fault:
    params = {"expected": expected}
    if expected_zh:
        params["expected_zh"] = expected_zh
    return Fault(at, "out_of_range", params)


MOST_HINTS = 50  # as many faults as an answer lists; finding the nearest name is slow

_UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# NFC makes at most four characters one; longer text is not normalised at all, which takes quadratic time.
MOST_SHRINKING = 4


@dataclass(frozen=True)
class Text:
    """A string: made NFC, CRLF to LF; length counts code points after that."""

    most: int
    least: int = 0

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str):
            faults.append(wrong_type(at, "text", "文字"))
            return BAD
        text = value.replace("\r\n", "\n")
        if len(text) > MOST_SHRINKING * self.most:
            faults.append(self._wrong_length(at))
            return BAD
        if _UNUSABLE.search(text):
            note = "control characters or lone surrogates"
            faults.append(Fault(at, "bad_text", {"note": note, "note_zh": "含有控制字符或不成对的代理码"}))
            return BAD
        text = unicodedata.normalize("NFC", text)
        if not self.least <= len(text) <= self.most:
            faults.append(self._wrong_length(at))
            return BAD
        return text

    def _wrong_length(self, at: str) -> Fault:
        note = f"{self.least} to {self.most} characters"
        return Fault(
            at, "bad_text", {"note": note, "note_zh": f"长度须为 {self.least} 至 {self.most} 个字符"}
        )

    def schema(self) -> Schema:
        return {"type": "string", "minLength": self.least, "maxLength": self.most}


@dataclass(frozen=True)
class Pattern:
    """A string of an exact form; another form is `code` (an id, a slug)."""

    pattern: str
    code: str = "bad_id"

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str):
            faults.append(wrong_type(at, "text", "文字"))
            return BAD
        if not re.fullmatch(self.pattern, value):
            faults.append(malformed(at, self.pattern, value, self.code))
            return BAD
        return value

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{self.pattern}$"}


@dataclass(frozen=True)
class Word:
    """One of a closed list of words; another one is `unknown_code`."""

    words: tuple[str, ...]

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str):
            faults.append(wrong_type(at, "text", "文字"))
            return BAD
        if value not in self.words:
            note = ", ".join(self.words[:24])
            faults.append(Fault(at, "unknown_code", {"got": value[:80], "note": note}))
            return BAD
        return value

    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, bool):
            faults.append(wrong_type(at, "true or false", "true 或 false"))
            return BAD
        return value

    def schema(self) -> Schema:
        return {"type": "boolean"}


def is_number(value: object) -> bool:
    """Whether a decoded JSON value is a number (a bool is not)."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def decimals(value: int | Decimal) -> int:
    """How many decimal places the value needs (trailing zeros do not count)."""
    if isinstance(value, int):
        return 0
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return 0
    for digit in reversed(digits):
        if digit or exponent >= 0:
            break
        exponent += 1
    return max(0, -exponent) if any(digits) else 0


@dataclass(frozen=True)
class Number:
    """An exact number in [least, most] with at most `places` decimals; the result is int or Decimal.

    With `places=0` a fraction is `wrong_type` (18.5 people), else too many decimals are `out_of_range`.
    """

    least: int
    most: int
    places: int | None = None

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            faults.append(wrong_type(at, "a number", "数字"))
            return BAD
        expected = f"{self.least} … {self.most}"
        if not self.least <= value <= self.most:
            faults.append(out_of_range(at, expected))
            return BAD
        if self.places is not None and decimals(value) > self.places:
            if self.places == 0:
                faults.append(wrong_type(at, "a whole number", "整数"))
            else:
                more = f"{self.places} decimals at most"
                faults.append(out_of_range(at, more, f"最多 {self.places} 位小数"))
            return BAD
        return int(value) if self.places == 0 else value

    def schema(self) -> Schema:
        kind = "integer" if self.places == 0 else "number"
        return {"type": kind, "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Day:
    """A calendar day `YYYY-MM-DD`; the result is a date."""

    first: date = date.min
    last: date = date.max

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str):
            faults.append(wrong_type(at, "a date YYYY-MM-DD", "日期 YYYY-MM-DD"))
            return BAD
        day = day_of(value)
        if day is None:
            faults.append(Fault(at, "bad_date", {"expected": "YYYY-MM-DD"}))
            return BAD
        if not self.first <= day <= self.last:
            faults.append(out_of_range(at, f"{self.first} … {self.last}"))
            return BAD
        return day

    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}


def day_of(text: str) -> date | None:
    """The day that `YYYY-MM-DD` names, None where there is none."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Instant:
    """An RFC 3339 instant with offset; the result is an aware datetime."""

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str):
            faults.append(wrong_type(at, "an instant", "时刻"))
            return BAD
        form = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2})"
        try:
            if not re.fullmatch(form, value):
                raise ValueError(value)
            return datetime.fromisoformat(value)
        except ValueError:
            faults.append(Fault(at, "bad_date", {"expected": "2026-11-24T09:00:00+08:00"}))
            return BAD

    def schema(self) -> Schema:
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True)
class ListOf:
    """A list of like items; too few or too many is `out_of_range`."""

    item: Reader
    most: int
    least: int = 0

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, list):
            faults.append(wrong_type(at, "a list", "列表"))
            return BAD
        if not self.least <= len(value) <= self.most:
            faults.append(
                out_of_range(at, f"{self.least} … {self.most} items", f"{self.least} 至 {self.most} 项")
            )
            return BAD
        items = [self.item.read(item, pointer(at, i), faults) for i, item in enumerate(value)]
        return BAD if any(item is BAD for item in items) else items

    def schema(self) -> Schema:
        bounds = {"minItems": self.least, "maxItems": self.most}
        return {"type": "array", "items": self.item.schema(), **bounds}


@dataclass(frozen=True)
class Custom:
    """A reader made of a function and the JSON Schema of what it accepts."""

    function: Callable[[object, str, list[Fault]], Any]
    shape: Schema = field(default_factory=dict)

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        return self.function(value, at, faults)

    def schema(self) -> Schema:
        return self.shape


@dataclass(frozen=True)
class Later:
    """A member that a later version brings: `not_yet` whenever it is given."""

    name: str

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        faults.append(Fault(at, "not_yet", {"name": self.name}))
        return BAD

    def schema(self) -> Schema:
        return {"description": "not yet", "type": "null"}


@dataclass(frozen=True)
class Object:
    """An object with known members only; null counts as absent, absent ones are None in the result.

    `required`: told after the object's other faults. `one_of`: groups of which exactly one must stand.
    `finally_`: looks at the result as a whole (ends before beginnings); members at fault are None there.
    """

    members: Mapping[str, Reader]
    required: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    finally_: Callable[[dict[str, Any], str, list[Fault]], None] | None = None

    def read(self, value: object, at: str, faults: list[Fault]) -> Any:
        if not isinstance(value, dict):
            faults.append(wrong_type(at, "an object", "对象"))
            return BAD
        before = len(faults)
        result: dict[str, Any] = dict.fromkeys(self.members)
        seen: list[str] = []
        for name, member in value.items():
            self._read_member(name, member, at, result, seen, faults)
        faults.extend(self._absent(seen, at))
        if self.finally_ is not None:
            self.finally_({n: None if member is BAD else member for n, member in result.items()}, at, faults)
        return result if len(faults) == before else BAD

    def _read_member(
        self,
        name: str,
        member: object,
        at: str,
        result: dict[str, Any],
        seen: list[str],
        faults: list[Fault],
    ) -> None:
        here = pointer(at, name)
        reader = self.members.get(name)
        if reader is None:
            note = near(name, self.members) if len(faults) < MOST_HINTS else ""
            params = {"name": name[:80], "note": note}
            faults.append(Fault(here, "unknown_member", params))
        elif member is not None:
            rivals = [g for g in self.one_of if name in g and any(s in g for s in seen)]
            if rivals:
                faults.append(Fault(here, "conflicting_values", {"note": " / ".join(rivals[0])}))
            seen.append(name)
            result[name] = reader.read(member, here, faults)

    def _absent(self, seen: list[str], at: str) -> Iterable[Fault]:
        for name in self.required:
            if name not in seen:
                yield Fault(pointer(at, name), "missing_member", {"name": name})
        for group in self.one_of:
            if not any(name in seen for name in group):
                yield Fault(pointer(at, group[0]), "missing_member", {"name": " / ".join(group)})

    def schema(self) -> Schema:
        schema: Schema = {
            "type": "object",
            "properties": {name: reader.schema() for name, reader in self.members.items()},
            "additionalProperties": False,
        }
        if self.required:
            schema["required"] = list(self.required)
        if self.one_of:
            schema["allOf"] = [{"oneOf": [{"required": [name]} for name in group]} for group in self.one_of]
        return schema


def near(got: str, known: Iterable[str]) -> str:
    """A hint naming the known word that is closest to what was written, or nothing."""
    close = get_close_matches(got[:80], list(known), n=1, cutoff=0.75)
    return f"→ {close[0]}?" if close else ""
