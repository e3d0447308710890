"""What goes in and out of an enterprise's inbox, and of what it wishes to be told.

Shapes only.
"""

from collections.abc import Mapping
from typing import Any

from policies.facts import LANGUAGES
from policies.faults import Fault, pointer
from policies.reading import BAD, Custom, Flag, Object, Reader, Text, Word, near, wrong_type
from service.openapi_shapes import FLAG, TEXT, WHOLE, Shape, by_name, has, listed, maybe, paged
from service.paging import PAGE
from service.push.message_types import TYPES
from service.push.wishes import REASONS

NOTHING = Object({})
INBOX: Mapping[str, Reader] = {**PAGE, "after": Text(80), "lang": Word(LANGUAGES)}
INBOX_TOLD = {
    "after": "id of a notification: what came later than it",
    "lang": "language of title and text; names stay as documents write them",
}
NOTIFICATION: Shape = has(
    id=TEXT,
    type=TEXT,
    created_at=TEXT,
    measure_id=maybe(TEXT),
    title=TEXT,
    part=maybe(TEXT),
    text=TEXT,
    read_at=maybe(TEXT),
    dismissed_at=maybe(TEXT),
    data=by_name({}),
)
NOTIFICATIONS: Shape = paged(NOTIFICATION)
FOLLOWED: Mapping[str, Reader] = {"after": Text(80), "lang": Word(LANGUAGES)}


def _kinds(value: object, at: str, faults: list[Fault]) -> Any:
    """Kinds of message, each with whether it may be told."""
    if not isinstance(value, dict):
        faults.append(wrong_type(at, "an object", "对象"))
        return BAD
    before, found = len(faults), dict[str, Any]()
    for name, wanted in value.items():
        here = pointer(at, name)
        if name not in TYPES:
            faults.append(Fault(here, "unknown_code", {"got": name[:80], "note": near(name, TYPES)}))
        elif wanted is not None:
            found[name] = Flag().read(wanted, here, faults)
    return found if len(faults) == before else BAD


_KINDS_SHAPE: Shape = {
    "type": "object",
    "properties": {kind: {"type": ["boolean", "null"]} for kind in TYPES},
    "additionalProperties": False,
}
WANTED = Object({"all": Flag(), "types": Custom(_kinds, _KINDS_SHAPE)})
DISMISS = Object({"reason": Word(REASONS)}, ("reason",))
CONSENT: Shape = has(all=FLAG, types=by_name(FLAG), links=by_name(TEXT))
DISMISSED: Shape = has(**{**NOTIFICATION["properties"], "dismissed_at": TEXT}, reason=TEXT)
WATCHED: Shape = has(checked_until=TEXT, measures=WHOLE, told=WHOLE)
WISH: Shape = has(deed=TEXT, type=maybe(TEXT), title=maybe(TEXT), reason=maybe(TEXT), done=FLAG)
PAUSED: Shape = has(items=listed(has(subject=TEXT, reason=TEXT, paused_at=TEXT, told=WHOLE, not_ours=WHOLE)))
