"""Rules in plain sentences, in three languages, from one table (tables/wording.yaml).

A way of writing without words is an error, never a silent gap. Judges nothing.
"""

from collections.abc import Iterator
from functools import lru_cache

from policies.facts import Registry
from policies.leaf_words import PLAIN, LeafWords, traditional
from policies.nodes import Attest, Branch, Group, Leaf, Node, Points, Rule, Tiers, Years
from policies.values import Exact

LONGEST_KEPT, MOST_KEPT = 500, 8_192  # people send rules of their own: neither may grow without end

__all__ = ["condition_text", "say", "sentences", "traditional"]


def say(told: Rule | Node, registry: Registry, lang: str = "zh-Hans") -> str:
    """A rule, or a part of it, in one line."""
    return _words(registry, lang).line(told.root if isinstance(told, Rule) else told)


def sentences(rule: Rule, registry: Registry, lang: str = "zh-Hans") -> list[tuple[int, str]]:
    """The rule as an indented list: (depth, sentence) for each group and condition, in written order."""
    return list(_words(registry, lang).lines(rule.root, 0))


def condition_text(
    condition: Leaf | Attest,
    registry: Registry,
    lang: str = "zh-Hans",
    years: Years | None = None,
    *,
    turned: bool = False,
) -> str:
    """One condition: in Chinese the officer's own sentence if there is one, else in our words.

    `years` is the for_years that it stands in; a `turned` one is said as what must not be so.
    """
    words = _words(registry, lang)
    told = words.condition(condition)
    told = told if years is None else f"{words.quantified(years)}{words.space}{told}"
    return words.form("expressions", "turned", text=told) if turned else told


@lru_cache(maxsize=16)
def _words(registry: Registry, lang: str) -> "_Words":
    return _Words(LeafWords(registry, lang))


class _Words:
    """The sentences of one registry in one language; each distinct leaf is put into words once."""

    def __init__(self, leaves: LeafWords) -> None:
        self.leaves, self.lang, self.form = leaves, leaves.lang, leaves.form
        self._kept: dict[Leaf, str] = {}

    def condition(self, leaf: Leaf | Attest) -> str:
        """A leaf or attestation in a sentence."""
        if isinstance(leaf, Attest):
            return self._as_written(leaf.text)
        return self._as_written(leaf.text) if leaf.text and self.leaves.han else self.in_our_words(leaf)

    def in_our_words(self, leaf: Leaf) -> str:
        """A leaf in a sentence of ours; short ones are kept, as the same leaf stands in many rules."""
        told = self._kept.get(leaf)
        if told is None:
            told = self.leaves.leaf(leaf)
            if len(told) <= LONGEST_KEPT:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[leaf] = told
        return told

    @property
    def space(self) -> str:
        """What stands between a heading and what it introduces."""
        return "" if self.leaves.han else " "

    def heading(self, node: Branch) -> str:
        """What introduces the children of a node."""
        kind = self._kind(node)
        if not (node.text and self.leaves.han):
            return kind
        text = self._as_written(node.text).rstrip("：:")
        return self.form("expressions", "titled", text=text, kind=kind.rstrip("："))

    def _kind(self, node: Branch) -> str:
        if isinstance(node, Points):
            return self.form("groups", "points", n=self._plain(node.least))
        if isinstance(node, Tiers):
            return self.form("groups", "tiers")
        if isinstance(node, Years):
            return self.quantified(node)
        return self.form("groups", node.kind if node.children else "nothing", n=node.n)

    def quantified(self, years: Years) -> str:
        """For which years something holds."""
        return self.form("groups", years.kind, years=self.leaves.years(*years.years))

    def _plain(self, points: Exact) -> str:
        return self.leaves.number(points, PLAIN)

    def children(self, node: Branch) -> list[tuple[str | None, Node]]:
        """What stands below a node, each with what introduces it, if anything does."""
        if isinstance(node, Points):
            told = [self._plain(points) for points in node.points]
            heads = [self.form("entries", "one" if n == "1" else "points", n=n) for n in told]
            return list(zip(heads, node.children, strict=True))
        if isinstance(node, Tiers):
            cases = ["when", *["or_when"] * (len(node.whens) - 1)]
            heads = [self.form("entries", word) for case in cases for word in (case, "then")]
            return list(zip(heads, node.children, strict=True))
        return [(None, child) for child in ((node.each,) if isinstance(node, Years) else node.children)]

    def line(self, node: Node) -> str:
        """A node and everything below it in one line."""
        if isinstance(node, Leaf | Attest):
            return self.condition(node)
        if not node.children:
            return self.heading(node)
        told = [self._introduced(head, self._nested(child)) for head, child in self.children(node)]
        joint = node.kind if isinstance(node, Group) else "all"
        inside = self.form("joints", joint).join(told)
        return (
            inside
            if isinstance(node, Group) and joint == "all"
            else self._introduced(self.heading(node), inside)
        )

    def _introduced(self, head: str | None, told: str) -> str:
        return told if head is None else f"{head}{self.space}{told}"

    def lines(self, node: Node, depth: int) -> Iterator[tuple[int, str]]:
        """A node and everything below it, one sentence for each."""
        if isinstance(node, Leaf | Attest):
            yield depth, self.condition(node)
            return
        yield depth, self.heading(node)
        for head, child in self.children(node):
            if head is not None:
                yield depth + 1, head
            yield from self.lines(child, depth + (1 if head is None else 2))

    def _nested(self, node: Node) -> str:
        inside = self.line(node)
        is_long = not isinstance(node, Leaf | Attest) and len(node.children) > 1
        return self.form("expressions", "brackets", inside=inside) if is_long else inside

    def _as_written(self, text: str) -> str:
        return traditional(text) if self.lang == "zh-Hant" else text
