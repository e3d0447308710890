"""The formula of a benefit in words, in three languages: how an amount is worked out.

Words come from the same table as those of rules. Works nothing out.
"""

from policies.expressions import Expr
from policies.facts import Registry
from policies.leaf_words import LeafWords


def say_formula(formula: Expr, registry: Registry, lang: str = "zh-Hans") -> str:
    """How the amount is worked out, in one line."""
    words = LeafWords(registry, lang)
    told = words.expression(formula, kind=words.kind(formula))
    return told[:1].upper() + told[1:]
