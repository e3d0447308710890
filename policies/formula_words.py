"""The formula of a benefit in words, in three languages: how an amount is worked out.

Words come from the same table as those of rules. Works nothing out.
"""

from collections.abc import Iterator

from policies.facts import Registry
from policies.graded import Amount, Graded
from policies.leaf_words import LeafWords
from policies.nodes import Attest, Leaf, Node, leaves_of
from policies.wording import say


def say_formula(formula: Amount, registry: Registry, lang: str = "zh-Hans") -> str:
    """How the amount is worked out, in one line."""
    words = LeafWords(registry, lang)
    if isinstance(formula, Graded):
        told = words.form("amounts", "joint").join(_cases(formula, words))
    else:
        told = words.expression(formula, kind=words.kind(formula))
    return told[:1].upper() + told[1:]


def _cases(graded: Graded, words: LeafWords) -> Iterator[str]:
    for place, (when, then) in enumerate(zip(graded.whens, graded.thens, strict=True)):
        told = words.expression(then, kind=words.kind(then))
        if _always(when):
            yield words.form("amounts", "otherwise" if place else "always", then=told)
        else:
            told_when = say(when, words.registry, words.lang)
            single = isinstance(when, Leaf | Attest) or len(when.children) == 1
            condition = told_when if single else words.form("expressions", "brackets", inside=told_when)
            yield words.form("amounts", "or_when" if place else "when", when=condition, then=told)


def _always(when: Node) -> bool:
    return not any(leaves_of(when))
