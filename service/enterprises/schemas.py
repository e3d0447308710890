"""What goes in and out of the enterprises' endpoints.

Shapes only; profiles are read by policies.profiles.
"""

from datetime import date

from policies.facts import Registry
from policies.profiles import profile_reader
from service.openapi_shapes import FLAG, TEXT, Shape, by_name, has, listed, maybe, paged

__all__ = ["ENTERPRISE", "ENTERPRISES", "components"]

PROFILE, CHANGES = "Profile", "ProfileChanges"

ENTERPRISE: Shape = has(
    id=TEXT,
    name=TEXT,
    credit_code=maybe(TEXT),
    text=maybe(TEXT),
    facts=by_name({}),
    answers=by_name(FLAG),
    resolved=by_name(listed(TEXT)),
    derived=by_name({}),
    demo=FLAG,
)
ENTERPRISES: Shape = paged(has(id=TEXT, name=TEXT, demo=FLAG))


def components(registry: Registry) -> dict[str, Shape]:
    """The schemas that depend on the registry, by name."""
    anyday = date(2000, 1, 1)
    return {
        PROFILE: profile_reader(registry, anyday, name_required=True).schema(),
        CHANGES: profile_reader(registry, anyday).schema(),
    }
