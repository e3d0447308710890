"""Bytes to decoded JSON: exact numbers, no doubled members, no NaN, bounded depth.

Never yields a float; everything that reads bodies, imports and files starts here.
"""

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from policies.faults import Fault, Refused

DEPTH = 128
_LONGEST_INTEGER = 4_000  # digits; Python refuses to convert more than 4,300


def read_json(body: bytes, *, depth: int = DEPTH) -> object:
    """The decoded value: None, bool, int, Decimal, str, list, dict.

    Raises Refused with `malformed_json`, `invalid_encoding` or `too_deep`.
    """
    text = decode(body)
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_members,
            parse_float=exact,
            parse_int=_whole,
            parse_constant=_constant,
        )
    except RecursionError:
        raise too_deep(depth) from None
    except json.JSONDecodeError as error:
        raise malformed(f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    check_depth(value, depth)
    return value


def decode(body: bytes) -> str:
    """UTF-8 bytes as text, a leading byte-order mark dropped. Raises Refused (`invalid_encoding`)."""
    try:
        return body.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise Refused([Fault("", "invalid_encoding")]) from None


def malformed(note: str) -> Refused:
    """The refusal of content that is no JSON or YAML."""
    return Refused([Fault("", "malformed_json", {"note": note})])


def too_deep(depth: int) -> Refused:
    """The refusal of content that is nested too deeply."""
    return Refused([Fault("", "too_deep", {"most": str(depth)})])


def exact(text: str) -> Decimal:
    """The number as written; beyond Decimal's exponents an infinity, which every reader refuses."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("-Infinity" if text.startswith("-") else "Infinity")


def check_depth(value: object, depth: int) -> None:
    """Raises Refused (`too_deep`) when containers are nested more than `depth` deep."""
    level = [value] if isinstance(value, list | dict) else []
    for _ in range(depth):
        if not level:
            return
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, list | dict)
        ]
    if level:
        raise too_deep(depth)


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) < _LONGEST_INTEGER else exact(text)


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, n in times.items() if n > 1)
        raise malformed(f"member named twice: {twice[:80]}")
    return members


def _constant(name: str) -> NoReturn:
    raise malformed(f"{name} is no JSON number")
