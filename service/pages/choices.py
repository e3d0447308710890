"""What the first page offers: provinces with cities, sections with divisions, and what was chosen before.

Made from the code tables once. Never holds a code that the API would not accept.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from policies.codes import CodeTree
from policies.facts import Registry
from policies.leaf_words import traditional
from service.pages.api import Api
from service.pages.firm_form import BANDS, SEARCHED, Firm, said
from service.pages.shown_values import place_name
from service.pages.words import Words

FOUND = 8  # names that a search offers


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


def with_chosen(groups: list[dict[str, Any]], tree: CodeTree, firm: Firm, fact: str) -> list[dict[str, Any]]:
    """The groups, and the chosen code where it is finer than they are."""
    chosen = firm.facts.get(fact)
    if not isinstance(chosen, str) or any(chosen == c for group in groups for c, _ in group["options"]):
        return groups
    name = place_name(tree, chosen)
    return [{"name": name, "options": [(chosen, name)]}, *groups]


@cache
def _names(tree: CodeTree) -> dict[str, tuple[str, ...]]:
    """What each code in force is called, in both scripts: alone and after those above it."""
    named: dict[str, set[str]] = {}
    for code in tree.in_force():
        for name in (tree.name(code), "".join(tree.name(step) for step in tree.path(code))):
            for text in (name, traditional(name)):
                named.setdefault(text, set()).add(code)
    return {name: tuple(sorted(codes)) for name, codes in named.items()}


async def taken(api: Api, form: Any, name: str, registry: Registry) -> str | None:
    """The one code that the typed words mean; None where they mean several or none."""
    words = said(form, f"{name}_words")[:50]
    tree = registry.codes.regions if name == "region" else registry.codes.industries
    exact = _names(tree).get(re.sub(r"\s+", "", words), ())
    if exact:
        return exact[0] if len(exact) == 1 else None
    listed = (await api.get(f"/v1/codes/{SEARCHED[name]}", q=words, limit=100)).fine()["items"]
    fitting = [c["code"] for c in listed if c["code"] == words] or [c["code"] for c in listed]
    return fitting[0] if len(fitting) == 1 else None


def nearest(found: Iterable[Mapping[str, Any]], q: str, tree: CodeTree) -> list[dict[str, str]]:
    """The found codes: those called so first, then those that begin so, the wider before the finer."""
    ordered = sorted(
        found, key=lambda c: (c["name"] != q, not c["name"].startswith(q), len(c["path"]), c["code"])
    )
    return [{"code": c["code"], "name": place_name(tree, c["code"])} for c in ordered[:FOUND]]


async def offered(api: Api, form: Any, fields: Iterable[str], registry: Registry) -> dict[str, Any]:
    """For each fact whose words led to no choice yet: what these words find, where they find anything."""
    trees = {"region": registry.codes.regions, "industry": registry.codes.industries}
    found = {}
    for name in (name for name in trees if f"{name}-words" in fields):
        words = said(form, f"{name}_words")
        listed = (await api.get(f"/v1/codes/{SEARCHED[name]}", q=words[:50], limit=100)).fine()["items"]
        found[name] = nearest(listed, words, trees[name])
    return {name: choices for name, choices in found.items() if choices}


def filled(firm: Firm, form: Any, registry: Registry) -> dict[str, Any]:
    """What the form's fields hold: what was typed just now, else what was said before."""
    people = firm.facts.get("employees")
    band = f"{people.get('min', '')}-{people.get('max', '')}" if isinstance(people, dict) else ""
    trees = {"region": registry.codes.regions, "industry": registry.codes.industries}
    chosen = {name: str(firm.facts.get(name) or "") for name in trees}
    words = {
        f"{name}_words": said(form, f"{name}_words")
        or (place_name(tree, chosen[name]) if chosen[name] else "")
        for name, tree in trees.items()
    }
    return {
        "need": firm.text,
        **chosen,
        **words,
        "registered_on": said(form, "registered_on") or firm.facts.get("registered_on", ""),
        "registered_unknown": bool(said(form, "registered_unknown")),
        "employees": said(form, "employees") or ("" if band or people is None else people),
        "employees_band": said(form, "employees_band") or band,
    }
