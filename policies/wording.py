"""Rules in plain sentences, in three languages, from one table (tables/wording.yaml).

A way of writing without words is an error, never a silent gap. Judges nothing.
"""

from collections.abc import Iterator
from functools import lru_cache

from policies.facts import Registry
from policies.leaf_words import LeafWords, traditional
from policies.nodes import Attest, Group, Leaf, Node, Rule

LONGEST_KEPT, MOST_KEPT = 500, 8_192  # people send rules of their own: neither may grow without end

__all__ = ["condition_text", "say", "sentences", "traditional"]


def say(told: Rule | Node, registry: Registry, lang: str = "zh-Hans") -> str:
    """A rule, or a part of it, in one line."""
    return _words(registry, lang).line(told.root if isinstance(told, Rule) else told)


def sentences(rule: Rule, registry: Registry, lang: str = "zh-Hans") -> list[tuple[int, str]]:
    """The rule as an indented list: (depth, sentence) for each group and condition, in written order."""
    return list(_words(registry, lang).lines(rule.root, 0))


def condition_text(condition: Leaf | Attest, registry: Registry, lang: str = "zh-Hans") -> str:
    """One condition: in Chinese the officer's own sentence if there is one, else in our words."""
    return _words(registry, lang).condition(condition)


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

    def heading(self, group: Group) -> str:
        """What introduces the children of a group."""
        kind = self.form("groups", group.kind if group.children else "nothing", n=group.n)
        if not (group.text and self.leaves.han):
            return kind
        text = self._as_written(group.text).rstrip("：:")
        return self.form("expressions", "titled", text=text, kind=kind.rstrip("："))

    def line(self, node: Node) -> str:
        """A node and everything below it in one line."""
        if not isinstance(node, Group):
            return self.condition(node)
        if not node.children:
            return self.heading(node)
        inside = self.form("joints", node.kind).join(self._nested(child) for child in node.children)
        if node.kind == "all":
            return inside
        return f"{self.heading(node)}{'' if self.leaves.han else ' '}{inside}"

    def lines(self, node: Node, depth: int) -> Iterator[tuple[int, str]]:
        """A node and everything below it, one sentence for each."""
        if not isinstance(node, Group):
            yield depth, self.condition(node)
            return
        yield depth, self.heading(node)
        for child in node.children:
            yield from self.lines(child, depth + 1)

    def _nested(self, node: Node) -> str:
        inside = self.line(node)
        is_long = isinstance(node, Group) and len(node.children) > 1
        return self.form("expressions", "brackets", inside=inside) if is_long else inside

    def _as_written(self, text: str) -> str:
        return traditional(text) if self.lang == "zh-Hant" else text
