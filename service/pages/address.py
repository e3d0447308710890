"""A firm described by an address: /embed?region=&industry=&size=&q=, and the same on the first page.

Names what is wrong with a parameter. A size says which classes are possible; it is no fact of a profile.
"""

from dataclasses import dataclass

from starlette.datastructures import QueryParams

from policies.codes import UnknownCode
from policies.facts import Registry
from service.pages.firm_form import Firm

LONGEST = 2_000
NAMES = ("region", "industry", "size", "q", "lang")


@dataclass(frozen=True)
class WrongParameter:
    """What is wrong: a key of the translations, the parameter, and what it was."""

    key: str
    name: str
    got: str


def firm_at(given: QueryParams, registry: Registry) -> tuple[Firm, WrongParameter | None]:
    """The firm that the parameters describe, and the first that cannot be read; empty ones are absent."""
    said = {name: value.strip() for name, value in given.items() if value.strip()}
    firm = Firm(text=said.get("q", ""))
    if len(firm.text) > LONGEST:
        return Firm(), WrongParameter("address.long", "q", str(len(firm.text)))
    trees = {"region": registry.codes.regions, "industry": registry.codes.industries}
    for name, tree in trees.items():
        if code := said.get(name):
            try:
                tree.resolve(code)
            except UnknownCode:
                return Firm(), WrongParameter("address.code", name, code[:40])
            firm.facts[name] = code
    if size := said.get("size"):
        firm.sizes = [each.strip() for each in size.split(",")]
        classes = registry.facts["size"].values or () if "size" in registry.facts else ()
        if not set(firm.sizes) <= set(classes):
            return Firm(), WrongParameter("address.size", "size", size[:40])
    return firm, None
