"""What the first page offers without script: provinces with cities, sections with divisions.

Made from the code tables once. Never holds a code that the API would not accept.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from policies.codes import CodeTree
from policies.facts import Registry
from service.pages.firm_form import BANDS
from service.pages.words import Words


@cache
def options(tree: CodeTree, tops: tuple[str, ...]) -> list[dict[str, Any]]:
    """Option groups: each top code itself, then its children."""
    return [
        {"name": tree.name(top), "options": [(code, tree.name(code)) for code in (top, *tree.children(top))]}
        for top in tops
    ]


def regions(registry: Registry) -> list[dict[str, Any]]:
    """Provinces with their cities (or their districts, where there are no cities)."""
    tree = registry.codes.regions
    return options(tree, tuple(tree.children("000000")))


def industries(registry: Registry) -> list[dict[str, Any]]:
    """Sections with their divisions."""
    tree = registry.codes.industries
    return options(tree, tuple(code for code in tree.in_force() if len(code) == 1))


def bands(t: Words) -> list[tuple[str, str]]:
    """Numbers of people as ranges."""
    return [
        (
            f"{least}-{most or ''}",
            t("start.people", min=least, max=most) if most else t("start.people.more", min=least),
        )
        for least, most in BANDS
    ]


def with_chosen(groups: list[dict[str, Any]], tree: CodeTree, chosen: str) -> list[dict[str, Any]]:
    """The groups, and the chosen code where it is finer than they are."""
    if not chosen or any(chosen == code for group in groups for code, _ in group["options"]):
        return groups
    name = " ".join(tree.name(code) for code in tree.path(chosen))
    return [{"name": name, "options": [(chosen, name)]}, *groups]


def place_names(registry: Registry, facts: Mapping[str, Any]) -> dict[str, str]:
    """`fact:code` → name, for the region and the industry that a visitor chose."""
    trees = {"region": registry.codes.regions, "industry": registry.codes.industries}
    return {
        f"{name}:{facts[name]}": " ".join(tree.name(code) for code in tree.path(str(facts[name])))
        for name, tree in trees.items()
        if isinstance(facts.get(name), str) and facts[name] in set(tree.in_force())
    }
