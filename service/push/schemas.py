"""What goes in and out of an enterprise's inbox.

Shapes only.
"""

from collections.abc import Mapping

from policies.reading import Object, Reader, Text
from service.openapi_shapes import TEXT, Shape, by_name, has, maybe, paged
from service.paging import PAGE

NOTHING = Object({})
INBOX: Mapping[str, Reader] = {**PAGE, "after": Text(80)}
INBOX_TOLD = {"after": "id of a notification: what came later than it"}
NOTIFICATION: Shape = has(
    id=TEXT,
    type=TEXT,
    created_at=TEXT,
    measure_id=maybe(TEXT),
    title=TEXT,
    part=maybe(TEXT),
    text=TEXT,
    read_at=maybe(TEXT),
    data=by_name({}),
)
NOTIFICATIONS: Shape = paged(NOTIFICATION)
