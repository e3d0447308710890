"""Codes that form trees (regions, industries) and sets of what lies at their finest level.

Knows no table: china_codes.py builds China's trees, a test builds small ones. Names decide nothing here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from policies.size_classes import SizeScopes
from policies.spans import Leaves

__all__ = ["CodeTree", "Codes", "Entry", "Leaves", "Qualification", "UnknownCode", "Written"]


class UnknownCode(LookupError):
    """A code that no table knows."""


@dataclass(frozen=True)
class Written:
    """What a code that is not in force means: codes in force, and whether they took it over whole."""

    codes: tuple[str, ...]
    exact: bool = True


@dataclass(frozen=True)
class Entry:
    """One code in force: its name, its parent in force (None at the top) and its level's number."""

    name: str
    parent: str | None
    level: int


class CodeTree:
    """Codes in force as a tree, and what other spellings and retired codes mean in it."""

    def __init__(
        self,
        entries: Mapping[str, Entry],
        written: Mapping[str, Written],
        *,
        root: str | None = None,
    ) -> None:
        self._entries = entries
        self._written = written
        self._root = root
        self._children: dict[str | None, list[str]] = {}
        for code in sorted(entries):
            self._children.setdefault(entries[code].parent, []).append(code)
        self._span: dict[str, tuple[int, int]] = {}
        self._end = 0
        for code in self._children.get(None, []):
            self._number(code)
        self._all = Leaves(((0, self._end),) if self._end else ())

    def _number(self, code: str) -> None:
        start = self._end
        for child in self._children.get(code, []):
            self._number(child)
        if self._end == start:
            self._end += 1
        self._span[code] = (start, self._end)

    def resolve(self, code: str) -> frozenset[str]:
        """The codes in force that a written code may mean. Raises UnknownCode."""
        if code in self._entries:
            return frozenset((code,))
        if code not in self._written:
            raise UnknownCode(code)
        return frozenset(self._written[code].codes)

    def resolve_in_rule(self, code: str) -> frozenset[str]:
        """Like resolve, but a retired code that nothing took over raises UnknownCode as well."""
        if code in self._written and not self._written[code].exact:
            raise UnknownCode(code)
        return self.resolve(code)

    def leaves(self, codes: Iterable[str]) -> Leaves:
        """The finest codes at or below codes in force; one without children is its own leaf."""
        return Leaves.of(self._span[self._known(code)] for code in codes)

    def everything(self) -> Leaves:
        """Every finest code."""
        return self._all

    def name(self, code: str) -> str:
        """The name of a code in force."""
        return self._entries[self._known(code)].name

    def level(self, code: str) -> int:
        """How deep the code's level is; regions 0 (country) … 3 (county), industries 1 … 4."""
        return self._entries[self._known(code)].level

    def path(self, code: str) -> tuple[str, ...]:
        """The codes from the top down to this one, without the root of all unless it is that."""
        steps = [self._known(code)]
        while (parent := self._entries[steps[-1]].parent) is not None and parent != self._root:
            steps.append(parent)
        return tuple(reversed(steps))

    def children(self, code: str) -> tuple[str, ...]:
        """The codes directly below, in code order."""
        return tuple(self._children.get(self._known(code), ()))

    @cached_property
    def pattern(self) -> str:
        """The forms that codes have, whether or not a code of that form exists."""
        forms = {re.sub("[A-Z]", "[A-Z]", _as_digits(code)) for code in (*self._entries, *self._written)}
        return f"^({'|'.join(sorted(forms))})$"

    def in_force(self) -> Iterable[str]:
        """Every code in force, in code order."""
        return sorted(self._entries)

    def search(self, q: str) -> list[str]:
        """Codes in force that begin with `q` (in any spelling) or whose name holds it, in code order."""
        found = {code for code, entry in self._entries.items() if code.startswith(q) or q in entry.name}
        for spelling, written in self._written.items():
            if spelling.startswith(q) and written.exact and self._is_spelling(spelling, written):
                found.update(written.codes)
        return sorted(found)

    @staticmethod
    def _is_spelling(spelling: str, written: Written) -> bool:
        return len(written.codes) == 1 and written.codes[0].endswith(spelling)

    def related(self, a: str, b: str) -> bool:
        """Whether two codes in force are equal or one contains the other."""
        up_a, up_b = self._ancestry(a), self._ancestry(b)
        return a in up_b or b in up_a

    def _ancestry(self, code: str) -> set[str]:
        steps: set[str] = set()
        at: str | None = self._known(code)
        while at is not None:
            steps.add(at)
            at = self._entries[at].parent
        return steps

    def _known(self, code: str) -> str:
        if code not in self._entries:
            raise UnknownCode(code)
        return code


def _as_digits(code: str) -> str:
    return re.sub("[0-9]", "[0-9]", re.escape(code))


@dataclass(frozen=True)
class Qualification:
    """A title that an enterprise can hold."""

    code: str
    names: Mapping[str, str]


@dataclass(frozen=True)
class Codes:
    """The code tables of one country."""

    regions: CodeTree
    industries: CodeTree
    qualifications: Mapping[str, Qualification]
    size_scopes: SizeScopes
